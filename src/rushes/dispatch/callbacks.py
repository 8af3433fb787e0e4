"""How a running attempt hears what a provider far away reports of it."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rushes.actions.callbacks import mint_callback_token
from rushes.db import callbacks
from rushes.db.pool import Database
from rushes.domain.callbacks import Report, ReportKind
from rushes.domain.ids import Lease
from rushes.domain.jobs import Attempt

PATH = "/api/v1/callbacks"
GRACE = timedelta(minutes=10)
"""How long beyond the time limit of its attempt a token lasts; the lease ends sooner."""

POLL = timedelta(seconds=5)
"""A notification only wakes earlier; this is how late a report can be heard without one."""


@dataclass(slots=True, kw_only=True)
class AttemptCallback:
    """The line from the provider of one attempt: `url` is for the provider, `next` for who waits here."""

    url: str
    lease: Lease
    database: Database
    poll: timedelta
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    _heard_at: datetime | None = None

    async def next(self) -> Report:
        """Wait for the next report: the latest progress that was not heard yet, or the end."""
        while True:
            self.wake.clear()
            if (report := await self._look()) is not None:
                return report
            try:
                async with asyncio.timeout(self.poll.total_seconds()):
                    await self.wake.wait()
            except TimeoutError:
                continue

    async def _look(self) -> Report | None:
        async with self.database.transaction() as tx:
            found = await callbacks.list_reports(tx, lease=self.lease)
        ends = [one for one in found if one.report.kind is not ReportKind.PROGRESS]
        news = ends or [one for one in found if self._heard_at is None or one.received_at > self._heard_at]
        if not news:
            return None
        self._heard_at = news[0].received_at
        return news[0].report


@dataclass(slots=True, kw_only=True)
class Callbacks:
    """The callbacks of a worker's attempts. `origin` is what providers reach the web under."""

    database: Database
    secret: bytes
    origin: str
    poll: timedelta = POLL
    _open: dict[str, AttemptCallback] = field(default_factory=dict[str, AttemptCallback])

    def open(self, attempt: Attempt) -> AttemptCallback:
        """Begin to listen for an attempt, until `close`."""
        lifetime = timedelta(seconds=attempt.time_limit_seconds) + GRACE
        token = mint_callback_token(self.secret, attempt, lifetime=lifetime)
        callback = AttemptCallback(
            url=f"{self.origin}{PATH}/{token}", lease=attempt.lease, database=self.database, poll=self.poll
        )
        self._open[str(attempt.lease)] = callback
        return callback

    def close(self, lease: Lease) -> None:
        """Forget an attempt."""
        self._open.pop(str(lease), None)

    def wake(self, lease: str) -> None:
        """Have an attempt look for its report, if it is one of ours."""
        if (callback := self._open.get(lease)) is not None:
            callback.wake.set()

    def wake_all(self) -> None:
        """Have all look: notifications may have been missed."""
        for callback in self._open.values():
            callback.wake.set()
