"""Claiming jobs for the free slots of a worker, and starting an attempt at each."""

import asyncio
import time
from dataclasses import dataclass, field

from rushes.db import queue
from rushes.db.pool import Database
from rushes.dispatch.config import WorkerConfig
from rushes.dispatch.execution import execute
from rushes.dispatch.running import Running, RunningAttempt
from rushes.dispatch.settling import Settler
from rushes.domain.ids import WorkerId
from rushes.engines.base import Runner
from rushes.storage.store import Storage


@dataclass(frozen=True, slots=True, kw_only=True)
class Wakes:
    """What wakes a worker's loops before their time; a claim is woken by `Running.changed`."""

    uploads: asyncio.Event = field(default_factory=asyncio.Event)
    cancels: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """What the claims and attempts of one worker share; `attempts` owns their tasks."""

    id: WorkerId
    database: Database
    storage: Storage
    runner: Runner
    config: WorkerConfig
    running: Running
    settler: Settler
    attempts: asyncio.TaskGroup
    wakes: Wakes


async def claim(worker: Worker) -> None:
    """Claim exactly as many jobs as there are free slots, and start them."""
    free = worker.config.slots - len(worker.running.attempts)
    if free <= 0:
        return
    claimed_at = time.monotonic()
    async with worker.database.autocommit() as tx:
        claimed = await queue.claim_jobs(
            tx,
            lanes=worker.config.lanes,
            engines=worker.config.engines,
            count=free,
            worker_id=worker.id,
            lease_time=worker.config.lease_time,
        )
    for one in claimed:
        running = worker.running.add(one, claimed_at=claimed_at)
        worker.attempts.create_task(_run(worker, running))


async def _run(worker: Worker, running: RunningAttempt) -> None:
    try:
        await execute(worker.storage, worker.runner, worker.settler, running, scratch=worker.config.scratch)
    finally:
        worker.running.remove(running)
