"""Starting a worker's loops together, and ending them in order."""

import asyncio
import os
import socket
from collections.abc import Callable
from contextlib import aclosing
from datetime import timedelta
from importlib.metadata import version
from typing import Any

import structlog
from uuid_utils.compat import uuid7

from rushes.db import workers
from rushes.db.listen import ASSETS, CANCELS, LANES, REPORTS, WEBHOOKS, WORKERS, listen
from rushes.db.pool import Database
from rushes.db.workers import NewWorker, WorkerState
from rushes.dispatch import checker, lease, progress
from rushes.dispatch.callbacks import Callbacks
from rushes.dispatch.config import WorkerConfig
from rushes.dispatch.courier import Courier
from rushes.dispatch.drain import Drain, beat
from rushes.dispatch.housekeeping import start_housekeeping
from rushes.dispatch.loop import Turn, repeat
from rushes.dispatch.running import Running, Stopped
from rushes.dispatch.settling import Settler
from rushes.dispatch.worker import Wakes, Worker, claim
from rushes.domain.ids import WorkerId
from rushes.engines.base import Examiner, Runner
from rushes.errors import DatabaseUnavailable
from rushes.outgoing.client import OutgoingClient
from rushes.storage.store import Storage

HEARTBEAT = timedelta(seconds=10)
CLAIM_SECONDS = 10.0
"""How long a claim under way may take to end at shutdown."""

STOP_SECONDS = 30.0
"""How long stopped attempts may take to be settled at shutdown; their leases lapse otherwise."""

_log: Any = structlog.get_logger()


async def run_worker(
    *,
    database: Database,
    listen_url: str,
    storage: Storage,
    runner: Runner,
    examiner: Examiner,
    config: WorkerConfig,
    stop: asyncio.Event,
    on_ready: Callable[[], None] | None = None,
) -> None:
    """Work until `stop` is set; then finish or hand back what runs, and say goodbye.

    Raises:
        DatabaseUnavailable: The database is away at the start. Later it is waited for.
    """
    worker_id = await _announce(database, config)
    async with (
        aclosing(OutgoingClient(allow_private=config.webhooks_allow_private)) as client,
        asyncio.TaskGroup() as attempts,
        asyncio.TaskGroup() as loops,
    ):
        worker = Worker(
            id=worker_id,
            database=database,
            storage=storage,
            runner=runner,
            config=config,
            running=Running(lease_time=config.lease_time, callbacks=_callbacks(database, config)),
            settler=Settler(database=database),
            attempts=attempts,
            wakes=Wakes(),
        )
        courier, drain = Courier(database=database, client=client, tasks=attempts), Drain()
        claiming = loops.create_task(_claim_until(stop, worker, drain))
        others = [
            loops.create_task(_listen(listen_url, worker, courier, drain, on_ready)),
            *_start_loops(loops, worker, examiner, drain),
            *start_housekeeping(loops, database, storage, courier, config),
        ]
        await stop.wait()
        await _wind_up(worker, claiming)
        for task in others:
            task.cancel()
    await _set_state(database, worker_id, WorkerState.GONE)


def _callbacks(database: Database, config: WorkerConfig) -> Callbacks | None:
    if config.callbacks is None:
        return None
    return Callbacks(database=database, secret=config.callbacks.secret, origin=config.callbacks.origin)


async def _claim_until(stop: asyncio.Event, worker: Worker, drain: Drain) -> None:
    await repeat(
        "claim",
        drain.hold_back(lambda: claim(worker)),
        interval=worker.config.poll_interval,
        wake=worker.running.changed,
        stop=stop,
    )


def _start_loops(
    loops: asyncio.TaskGroup, worker: Worker, examiner: Examiner, drain: Drain
) -> list[asyncio.Task[None]]:
    """Start what keeps the worker's own attempts and checks going, but for the claims."""
    database, config, running, wakes = worker.database, worker.config, worker.running, worker.wakes

    async def check() -> None:
        await checker.check_next(database, worker.storage, examiner, config)

    async def save_progress() -> None:
        await progress.save(database, running, webhook_interval=config.webhook_progress_interval)

    def start(
        name: str, turn: Turn, interval: timedelta, wake: asyncio.Event | None = None
    ) -> asyncio.Task[None]:
        return loops.create_task(repeat(name, turn, interval=interval, wake=wake))

    return [
        loops.create_task(worker.settler.run()),
        start("check", drain.hold_back(check), config.poll_interval, wakes.uploads),
        start("renew", lambda: lease.renew(database, running), config.lease_time / 3, wakes.cancels),
        start("expire", lambda: lease.stop_expiring(running), config.lease_time / lease.LOOKS_PER_LEASE),
        start("progress", save_progress, config.progress_interval),
        start(
            "notes", lambda: progress.save_notes(database, running), config.notes_interval, running.to_note
        ),
        start("heartbeat", lambda: beat(database, worker.id, drain), HEARTBEAT, drain.wake),
    ]


async def _listen(
    url: str, worker: Worker, courier: Courier, drain: Drain, on_ready: Callable[[], None] | None
) -> None:
    wakes, running, lanes = worker.wakes, worker.running, worker.config.lanes

    def wake_all() -> None:
        for event in (running.changed, wakes.uploads, wakes.cancels, courier.wake, drain.wake):
            event.set()
        if running.callbacks is not None:
            running.callbacks.wake_all()
        if on_ready is not None:
            on_ready()

    channels: dict[str, Callable[[str], None]] = {
        LANES: lambda lane: running.changed.set() if lane in lanes else None,
        ASSETS: lambda _payload: wakes.uploads.set(),
        CANCELS: lambda _payload: wakes.cancels.set(),
        WORKERS: lambda worker_id: drain.wake.set() if worker_id == str(worker.id) else None,
        WEBHOOKS: lambda _payload: courier.wake.set(),
    }
    if running.callbacks is not None:
        channels[REPORTS] = running.callbacks.wake
    await listen(url, channels, on_connect=wake_all)


async def _wind_up(worker: Worker, claiming: asyncio.Task[None]) -> None:
    """Claim no more, let what runs finish in its time, and hand the rest back."""
    running, config = worker.running, worker.config
    # A claim under way is not cut off: what it claimed would wait out its lease, and count as lost.
    running.changed.set()
    await asyncio.wait([claiming], timeout=CLAIM_SECONDS)
    claiming.cancel()
    await _set_state(worker.database, worker.id, WorkerState.DRAINING)
    if not await running.empty(config.drain_time.total_seconds()):
        running.stop_all(Stopped.HANDED_BACK)
        if not await running.empty(STOP_SECONDS):
            _log.error("worker.unsettled", attempts=len(running.attempts))


async def _announce(database: Database, config: WorkerConfig) -> WorkerId:
    config.scratch.mkdir(parents=True, exist_ok=True)
    worker = NewWorker(
        id=WorkerId(uuid7()),
        name=config.name,
        host=socket.gethostname(),
        pid=os.getpid(),
        lanes=list(config.lanes),
        engines=sorted(config.engines),
        slots=config.slots,
        version=version("rushes"),
    )
    async with database.transaction() as tx:
        await workers.insert_worker(tx, worker)
    _log.info("worker.started", worker=config.name, lanes=config.lanes, slots=config.slots)
    return worker.id


async def _set_state(database: Database, worker_id: WorkerId, state: WorkerState) -> None:
    try:
        async with database.transaction() as tx:
            await workers.set_state(tx, worker_id=worker_id, state=state)
    except DatabaseUnavailable as error:
        # The state is only shown; what runs must be drained all the same.
        _log.warning("worker.state_unsaved", state=state, error=error.message)
    else:
        _log.info("worker.state", state=state)
