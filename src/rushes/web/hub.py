"""Reads what happened to jobs once for all streams of this process, and hands it to their followers."""

import asyncio
import time
from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

import structlog

from rushes.db import events
from rushes.db.events import BATCH_EVENTS, News
from rushes.db.pool import Database
from rushes.domain.ids import JobId, UserId
from rushes.domain.positions import Position
from rushes.errors import Limited
from rushes.web.credentials import Credential, KeyCredential, SessionCredential
from rushes.web.feeds import Audience, Feed
from rushes.web.outbox import REVOKED, STOPPING, TOO_SLOW, Close

POLL_SECONDS = 5.0
"""A notification only wakes earlier; this is how late the truth can be without one."""
READS_PER_SECOND = 50
"""The most reads: while one is awaited, what happens is gathered for the next."""

_RETRY_SECONDS = 1.0
_LIMITED_SECONDS = 15
_SHIFTS = 15
"""In so many groups the streams are kept alive, each at its own time."""
_FEEDS_AT_ONCE = 250
"""After handing a line to so many, others get their turn."""

_log: Any = structlog.get_logger()


class Hub:
    """The streams of this process by account; `run` serves them."""

    def __init__(self, database: Database, *, streams_per_user: int, keep_alive: timedelta) -> None:
        """Begin without streams; `keep_alive` is how often each is told that it lives, and checked."""
        self._database = database
        self._streams_per_user = streams_per_user
        self._keep_alive = keep_alive
        self._audiences: dict[UserId, Audience] = {}
        self._latest: Position | None = None
        self._numbers = count()
        self._shifts: tuple[dict[Feed, None], ...] = tuple({} for _ in range(_SHIFTS))
        self._changed: dict[UserId, set[JobId]] = {}
        self._suspects: set[UserId] = set()
        self._woken = asyncio.Event()
        self._poll_at = 0.0
        self._is_closed = False

    def note_change(self, payload: str) -> None:
        """Hear that a job changed: its id and its owner's."""
        job_id, _, user_id = payload.partition(" ")
        with suppress(ValueError):
            owner = UserId(UUID(user_id))
            if owner in self._audiences:
                self._changed.setdefault(owner, set()).add(JobId(UUID(job_id)))
                self._woken.set()

    def note_access(self, payload: str) -> None:
        """Hear that an account lost a session or a key, or was disabled."""
        with suppress(ValueError):
            owner = UserId(UUID(payload))
            if owner in self._audiences:
                self._suspects.add(owner)
                self._woken.set()

    def note_all(self) -> None:
        """Hear that something may have been missed."""
        self._poll_at = 0.0
        self._woken.set()

    async def join(self, feed: Feed) -> None:
        """Collect for a stream from now on; whoever joins must leave.

        Raises:
            Limited: Its account has as many streams as it may.
            DatabaseUnavailable: Nothing could be read yet.
        """
        if self._latest is None:
            async with self._database.autocommit() as tx:
                self._latest = await events.read_position(tx)
        audience = self._audiences.get(feed.user_id)
        if audience is None:
            # What was read before this moment cannot be newer than what the stream will read of its past.
            audience = self._audiences[feed.user_id] = Audience(feed.user_id, self._latest)
        if len(audience.feeds) >= self._streams_per_user:
            raise Limited(
                f"An account may have {self._streams_per_user} streams open; close one.",
                retry_after_seconds=_LIMITED_SECONDS,
            )
        audience.feeds[feed] = None
        feed.shift = next(self._numbers) % _SHIFTS
        self._shifts[feed.shift][feed] = None
        if self._is_closed:
            feed.outbox.end(STOPPING)

    def audience_of(self, feed: Feed) -> Audience:
        """Return the streams among which one is."""
        return self._audiences[feed.user_id]

    def leave(self, feed: Feed) -> None:
        """Hand nothing more to a stream; one that never joined may leave too."""
        audience = self._audiences.get(feed.user_id)
        if audience is None or feed not in audience.feeds:
            return
        del audience.feeds[feed]
        del self._shifts[feed.shift][feed]
        if not audience.feeds:
            del self._audiences[feed.user_id]

    def close(self) -> None:
        """End every stream, and those to come: they would hold up the server's end."""
        self._is_closed = True
        self._end(self._feeds(), STOPPING)

    async def run(self) -> None:
        """Serve the streams until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow())
            tasks.create_task(self._tend())

    async def _follow(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, self._poll_at - time.monotonic())):
                    await self._woken.wait()
            self._woken.clear()
            is_poll = time.monotonic() >= self._poll_at
            if is_poll:
                self._poll_at = time.monotonic() + POLL_SECONDS
            try:
                await self._turn(is_poll=is_poll)
            except Exception:  # noqa: BLE001  # the top of a loop that must go on
                _log.exception("hub.failed")
                await asyncio.sleep(_RETRY_SECONDS)
                # What was noted is lost, so everything has to be looked at.
                self.note_all()
            await asyncio.sleep(1 / READS_PER_SECOND)

    async def _turn(self, *, is_poll: bool) -> None:
        # First who may no longer see: the notifications come in the order in which things happened.
        await self._check_suspects()
        changed, self._changed = self._changed, {}
        audiences = [
            audience
            for user_id in (self._audiences if is_poll else changed)
            if (audience := self._audiences.get(user_id)) is not None
        ]
        if not audiences:
            return
        job_ids = None if is_poll else set[JobId]().union(*changed.values())
        async with self._database.autocommit() as tx:
            seen = {audience.user_id: audience.position.seen for audience in audiences}
            news = await events.read_news(tx, seen=seen, job_ids=job_ids)
        self._latest = news.position
        await self._check_suspects()
        for audience in audiences:
            await self._hand_out(audience, news)

    async def _hand_out(self, audience: Audience, news: News) -> None:
        # What an account gets is what the rows say is its own.
        happened = news.events.get(audience.user_id, ())
        lines = audience.lines(happened, news.progress.get(audience.user_id, ()), news.position)
        if len(happened) > BATCH_EVENTS:
            self._end(audience.feeds, TOO_SLOW)
            return
        for line in lines:
            for number, feed in enumerate(tuple(audience.feeds), start=1):
                feed.take(line)
                if number % _FEEDS_AT_ONCE == 0:
                    await asyncio.sleep(0)
            # Who reads fast has it by the next line: many at once make nobody slow.
            await asyncio.sleep(0)

    async def _tend(self) -> None:
        while True:
            for shift in self._shifts:
                await asyncio.sleep(self._keep_alive.total_seconds() / _SHIFTS)
                feeds = tuple(shift)
                try:
                    await self._check(feeds)
                except Exception:  # noqa: BLE001  # the top of a loop that must go on
                    _log.exception("hub.failed")
                for feed in feeds:
                    if feed.keep_alive is not None:
                        feed.outbox.put(feed.keep_alive, key="keep-alive")

    async def _check_suspects(self) -> None:
        if self._suspects:
            suspects, self._suspects = self._suspects, set()
            found = [self._audiences[user_id] for user_id in suspects if user_id in self._audiences]
            await self._check([feed for audience in found for feed in audience.feeds])

    async def _check(self, feeds: Collection[Feed]) -> None:
        credentials = {feed.credential for feed in feeds}
        if not credentials:
            return
        valid = await self._valid_among(credentials)
        self._end([feed for feed in feeds if feed.credential not in valid], REVOKED)

    async def _valid_among(self, credentials: Collection[Credential]) -> set[Credential]:
        async with self._database.autocommit() as tx:
            sessions, keys = await events.list_live_credentials(
                tx,
                session_ids=[one.session_id for one in credentials if isinstance(one, SessionCredential)],
                keys=[one.key_sha256 for one in credentials if isinstance(one, KeyCredential)],
            )
        valid: set[Credential] = {SessionCredential(session_id=session_id) for session_id in sessions}
        return valid | {KeyCredential(key_sha256=key) for key in keys}

    def _feeds(self) -> list[Feed]:
        return [feed for audience in self._audiences.values() for feed in audience.feeds]

    def _end(self, feeds: Iterable[Feed], ending: Close) -> None:
        for feed in feeds:
            feed.outbox.end(ending)
