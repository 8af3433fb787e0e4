"""Waiting for a while that somebody can end, and keeping users and killer abreast of each other."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import asyncpg

from rushes.errors import DatabaseUnavailable

AWAY = (DatabaseUnavailable, asyncpg.InternalClientError)
"""What a transaction raises while the database is down; the second outside the pool."""

SLACK = 0.1
"""How far the users and the killer may get ahead of each other, as a share of the whole."""


async def pause(seconds: float, *, until: asyncio.Event | None = None) -> None:
    """Wait until an event is set, for some seconds at the most."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await (until or asyncio.Event()).wait()


@dataclass
class Pace:
    """How many of the wanted jobs are submitted and of the wanted kills done."""

    jobs: int
    kills: int
    submitted: int = 0
    killed: int = 0
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def count(self, *, submitted: int = 0, killed: int = 0) -> None:
        """Say that more was done."""
        async with self._changed:
            self.submitted += submitted
            self.killed += killed
            self._changed.notify_all()

    async def may_submit(self) -> None:
        """Wait until the kills have come as far as the jobs, or nearly so."""
        await self._until(lambda: self.submitted / self.jobs <= self.killed / max(self.kills, 1) + SLACK)

    async def may_kill(self) -> None:
        """Wait until the jobs have come as far as the kills, or nearly so."""
        await self._until(lambda: self.killed / self.kills <= self.submitted / self.jobs + SLACK)

    async def _until(self, holds: Callable[[], bool]) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: holds() or self.killed >= self.kills)
