"""What every worker does beside its jobs, for the whole fleet; any number of workers may do it at once."""

import asyncio
from datetime import timedelta

from rushes.db.pool import Database
from rushes.dispatch import rescuer
from rushes.dispatch.chores import do_chores
from rushes.dispatch.config import WorkerConfig
from rushes.dispatch.courier import Courier, deliver
from rushes.dispatch.loop import repeat
from rushes.dispatch.pruner import prune
from rushes.storage.store import Storage

CHORES_INTERVAL = timedelta(seconds=5)
DELIVER_INTERVAL = timedelta(seconds=5)
PRUNE_INTERVAL = timedelta(minutes=5)


def start_housekeeping(
    loops: asyncio.TaskGroup, database: Database, storage: Storage, courier: Courier, config: WorkerConfig
) -> list[asyncio.Task[None]]:
    """Start the loops that rescue, end what is overdue, send webhooks, do chores and prune."""

    async def do_due_chores() -> None:
        await do_chores(database, ageing_interval=config.ageing_interval)

    async def prune_all() -> None:
        await prune(database, storage, config.retention)

    return [
        loops.create_task(one)
        for one in (
            repeat("rescue", lambda: rescuer.rescue(database), interval=config.rescue_interval),
            repeat("deadlines", lambda: rescuer.cancel_overdue(database), interval=config.rescue_interval),
            repeat("deliver", lambda: deliver(courier), interval=DELIVER_INTERVAL, wake=courier.wake),
            repeat("chores", do_due_chores, interval=CHORES_INTERVAL),
            repeat("prune", prune_all, interval=PRUNE_INTERVAL),
        )
    ]
