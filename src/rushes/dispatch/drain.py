"""Hearing that a worker should take nothing more, and heeding it."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import structlog

from rushes.db import workers
from rushes.db.pool import Database
from rushes.dispatch.loop import Turn
from rushes.domain.ids import WorkerId

_log: Any = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class Drain:
    """Whether an administrator asked this worker to drain; `wake` has it look before its next heartbeat.

    A draining worker finishes what it runs, keeps its leases and its heartbeat, and stays until its process
    is stopped: whoever watches over the process would start an ended one again.
    """

    is_asked: bool = False
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    def hold_back(self, turn: Turn) -> Turn:
        """Return a turn of a loop that does nothing once the worker drains."""

        async def turn_unless_draining() -> None:
            if not self.is_asked:
                await turn()

        return turn_unless_draining


async def beat(database: Database, worker_id: WorkerId, drain: Drain) -> None:
    """Say that the worker is alive, and hear whether it should drain."""
    async with database.transaction() as tx:
        is_asked = await workers.beat(tx, worker_id=worker_id)
    if is_asked and not drain.is_asked:
        _log.info("worker.draining", worker_id=str(worker_id))
    drain.is_asked = is_asked
