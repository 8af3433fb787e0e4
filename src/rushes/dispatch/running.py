"""The attempts that a worker is running, and the way to stop each."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from rushes.db.queue import Claimed, Said
from rushes.dispatch.callbacks import Callbacks
from rushes.domain.ids import Lease
from rushes.domain.jobs import Attempt
from rushes.domain.media import Asset, AssetRole
from rushes.engines.base import Callback

LOG_LINES = 500


class Stopped(StrEnum):
    """Why an attempt's work was stopped from outside."""

    CANCELLED = "cancelled"
    LOST = "lost"
    HANDED_BACK = "handed_back"


@dataclass(slots=True, kw_only=True)
class RunningAttempt:
    """One attempt under way. `held_until` is in seconds of the monotonic clock.

    `inputs` are the job's files by role; `checkpoint` is what an earlier attempt left to go on from, and then
    what this one leaves; `parent_watermarked` tells whether the output that it works on has the watermark;
    `callback` is where a provider can report on it; `log` holds the last lines that its engine said; `noted`
    tells whether both are saved, `to_note` is set to have them saved at once, and `saved` waits for that.
    """

    attempt: Attempt
    held_until: float
    inputs: Mapping[AssetRole, Asset] = field(default_factory=dict[AssetRole, Asset])
    checkpoint: Mapping[str, Any] | None = None
    parent_watermarked: bool = False
    callback: Callback | None = None
    stopped: Stopped | None = None
    said: Said | None = None
    log: deque[str] = field(default_factory=lambda: deque[str](maxlen=LOG_LINES))
    noted: bool = True
    to_note: asyncio.Event = field(default_factory=asyncio.Event)
    saved: asyncio.Future[None] | None = None
    _work: asyncio.Task[object] | None = None

    def add_line(self, line: str) -> None:
        """Add a line to the log."""
        self.log.append(f"{line}\n")
        self.noted = False

    def save_state(self, state: Mapping[str, Any]) -> Awaitable[None]:
        """Keep what a later attempt needs to go on from here; what is returned is done when it is saved."""
        self.checkpoint = state
        self.noted = False
        self.saved = asyncio.get_running_loop().create_future()
        self.to_note.set()
        return self.saved

    def begin(self, work: asyncio.Task[object]) -> None:
        """Name the task that does the work; a stop that came before takes effect now."""
        self._work = work
        if self.stopped is not None:
            work.cancel()

    def stop(self, why: Stopped) -> None:
        """Stop the work; the first reason stays."""
        if self.stopped is None:
            self.stopped = why
            if self._work is not None:
                self._work.cancel()


@dataclass(slots=True, kw_only=True)
class Running:
    """All attempts of one worker.

    `changed` is set when one ends, so that its slot is filled again; `to_note` when one waits for its notes.
    """

    lease_time: timedelta
    callbacks: Callbacks | None = None
    attempts: dict[Lease, RunningAttempt] = field(default_factory=dict[Lease, RunningAttempt])
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    to_note: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, claimed: Claimed, *, claimed_at: float) -> RunningAttempt:
        """Take a claimed attempt in; its lease counts from before the claim was sent."""
        running = RunningAttempt(
            attempt=claimed.attempt,
            held_until=claimed_at + self.lease_time.total_seconds(),
            inputs=claimed.inputs,
            checkpoint=claimed.checkpoint,
            parent_watermarked=claimed.parent_watermarked,
            to_note=self.to_note,
            callback=self.callbacks and self.callbacks.open(claimed.attempt),
        )
        self.attempts[claimed.attempt.lease] = running
        return running

    def remove(self, running: RunningAttempt) -> None:
        """Forget an attempt that has ended."""
        del self.attempts[running.attempt.lease]
        if self.callbacks is not None:
            self.callbacks.close(running.attempt.lease)
        self.changed.set()

    def stop_all(self, why: Stopped) -> None:
        """Stop every attempt."""
        for running in self.attempts.values():
            running.stop(why)

    async def empty(self, timeout_seconds: float) -> bool:
        """Wait until no attempt is left; `False` if the time ran out before."""
        deadline = time.monotonic() + timeout_seconds
        while self.attempts:
            self.changed.clear()
            try:
                async with asyncio.timeout(deadline - time.monotonic()):
                    await self.changed.wait()
            except TimeoutError:
                return False
        return True
