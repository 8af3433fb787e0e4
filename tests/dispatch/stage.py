"""What the tests of the dispatch are about: an account with jobs, a worker, an obedient runner."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import asyncpg

from rushes.db import jobs
from rushes.db.listen import JOBS
from rushes.db.pool import Database
from rushes.dispatch.config import CallbackConfig, WorkerConfig
from rushes.dispatch.supervisor import run_worker
from rushes.domain.accounts import Viewer
from rushes.domain.ids import AssetId
from rushes.domain.jobs import Job, JobStatus, JobType
from rushes.domain.media import INPUT_BUCKETS, REQUIRED_INPUTS, AssetRole, Probe
from rushes.engines.base import Artifact, Event, Examined, Product, Request, Runner
from rushes.storage.store import Storage
from tests.factories import make_asset, stream

LAST_ID = UUID(int=2**128 - 1)
"""An id above all others: a page before it is the first page."""

PICTURE = Probe(media_type="image/png", width=64, height=48)
FILM = Probe(media_type="video/mp4", width=64, height=48, duration_seconds=2.0, fps=8.0, frames=16)


@dataclass(kw_only=True)
class ObedientRunner:
    """Runs nothing: it notes each start, waits at its gate, then hands over a film or raises."""

    error: Exception | None = None
    gate: asyncio.Event | None = None
    events: tuple[Event, ...] = ()
    started: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    stopped: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, engine: str, request: Request, *, on_event: Callable[[Event], None]) -> Product:
        self.started.put_nowait(request.workdir.parent.name)
        for event in self.events:
            on_event(event)
        try:
            if self.gate is not None:
                await self.gate.wait()
        except asyncio.CancelledError:
            self.stopped.set()
            raise
        if self.error is not None:
            raise self.error
        request.workdir.mkdir(parents=True, exist_ok=True)
        film = request.workdir / "film.mp4"
        film.write_bytes(b"film")
        artifact = Artifact(role=AssetRole.OUTPUT, path=film, probe=FILM)
        return Product(artifacts=(artifact,), engine=engine, engine_version="1", generative=False)


WorkWith = Callable[..., AbstractAsyncContextManager[asyncio.Event]]
"""`working` with all but its runner and options given."""


class NoExaminer:
    """Measures nothing: the tests of the queue bring measured files."""

    async def examine(self, path: Path, *, media_type: str, scratch: Path) -> Examined:
        raise AssertionError("nothing is to be checked")


async def make_inputs(owner: Database, storage: Storage, viewer: Viewer) -> dict[AssetRole, AssetId]:
    """A measured picture and film of the account, and bytes of theirs in the storage."""
    inputs: dict[AssetRole, AssetId] = {}
    for role in REQUIRED_INPUTS[JobType.BASE]:
        inputs[role] = await make_asset(owner, viewer, role=role)
        await storage.write(INPUT_BUCKETS[role], f"{inputs[role]}/{role}", stream(b"input"))
    return inputs


async def read_live_job(owner: Database, job: Job) -> Job:
    """The job as it stands now, with what its running attempt says."""
    async with owner.transaction() as tx:
        found = await jobs.get_job(tx, job_id=job.id, user_id=job.user_id)
    assert found is not None
    return found


async def until(url: str, owner: Database, job: Job, *statuses: JobStatus, progress: int = 0) -> Job:
    """Wait for the job to reach one of the states, and some progress, by its notifications."""
    changed = asyncio.Event()
    connection = await asyncpg.connect(url)
    try:
        await connection.add_listener(JOBS, lambda *_: changed.set())
        async with asyncio.timeout(60):
            while True:
                found = await read_live_job(owner, job)
                if found.status in statuses and found.progress >= progress:
                    return found
                await changed.wait()
                changed.clear()
    finally:
        await connection.close()


@asynccontextmanager
async def working(
    work: Database,
    url: str,
    storage: Storage,
    scratch: Path,
    runner: Runner,
    *,
    slots: int = 4,
    lease_time: timedelta = timedelta(seconds=30),
    drain_time: timedelta = timedelta(0),
    deaf: bool = False,
    callbacks: CallbackConfig | None = None,
) -> AsyncIterator[asyncio.Event]:
    """A worker that runs inside the block; the event it yields stops it. A deaf one is never woken."""
    config = WorkerConfig(
        name="test",
        lanes=("cpu",),
        engines=("motion",),
        scratch=scratch,
        slots=slots,
        lease_time=lease_time,
        drain_time=drain_time,
        poll_interval=timedelta(milliseconds=200),
        rescue_interval=timedelta(milliseconds=200),
        progress_interval=timedelta(milliseconds=20),
        webhooks_allow_private=True,
        callbacks=callbacks,
    )
    stop, ready = asyncio.Event(), asyncio.Event()
    task = asyncio.create_task(
        run_worker(
            database=work,
            listen_url=f"{url}_that_is_not_there" if deaf else url,
            storage=storage,
            runner=runner,
            examiner=NoExaminer(),
            config=config,
            stop=stop,
            on_ready=ready.set,
        )
    )
    ended = asyncio.create_task(ready.wait())
    if not deaf:
        await asyncio.wait([task, ended], return_when=asyncio.FIRST_COMPLETED)
    try:
        yield stop
    finally:
        stop.set()
        ended.cancel()
        await task
