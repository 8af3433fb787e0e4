"""What the tests of the dispatch are about: an account with jobs, a worker, an obedient runner."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
from uuid_utils.compat import uuid7

from rushes.actions.accounts import Registration, register
from rushes.actions.submit import Submission, submit
from rushes.db import accounts, jobs, media
from rushes.db.listen import JOBS
from rushes.db.pool import Database
from rushes.dispatch.config import WorkerConfig
from rushes.dispatch.supervisor import run_worker
from rushes.domain.accounts import Plan, Role, Viewer
from rushes.domain.ids import AssetId
from rushes.domain.jobs import Job, JobStatus, JobType
from rushes.domain.media import AssetRole, Bucket, MediaLimits, Probe
from rushes.domain.options import BaseOptions
from rushes.engines.base import Artifact, Event, Product, Request
from rushes.storage.store import Storage

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
        film = request.workdir / "film.mp4"
        film.write_bytes(b"film")
        artifact = Artifact(role=AssetRole.OUTPUT, path=film, probe=FILM)
        return Product(artifacts=(artifact,), engine=engine, engine_version="1", generative=False)


class NoExaminer:
    """Measures nothing: the tests of the queue bring measured files."""

    async def probe(self, path: Path, *, media_type: str, scratch: Path) -> Probe:
        raise AssertionError("nothing is to be checked")


async def make_viewer(owner: Database, *, credits_: int = 100_000, slots: int = 1000) -> Viewer:
    """An account that can pay for much and have much waiting."""
    email = f"{uuid7()}@example.org"
    user = await register(
        owner, Registration(email=email, password="correct horse", plan=Plan.PRO, credits=credits_)
    )
    async with owner.transaction() as tx:
        await tx.execute("UPDATE users SET slots = $1 WHERE id = $2", slots, user.id)
    return Viewer(user_id=user.id, role=Role.USER, session_id=None)


async def make_inputs(owner: Database, storage: Storage, viewer: Viewer) -> dict[AssetRole, AssetId]:
    """A measured picture and film of the account, stored."""
    picture = await _make_asset(owner, storage, viewer, AssetRole.REFERENCE, Bucket.IMAGES, PICTURE)
    film = await _make_asset(owner, storage, viewer, AssetRole.MOTION, Bucket.VIDEOS, FILM)
    return {AssetRole.REFERENCE: picture, AssetRole.MOTION: film}


async def make_job(owner: Database, viewer: Viewer, inputs: dict[AssetRole, AssetId]) -> Job:
    """A submitted job."""
    submission = Submission(job_type=JobType.BASE, inputs=inputs, options=BaseOptions())
    return await submit(owner, viewer, submission, limits=MediaLimits())


async def read_job(owner: Database, job: Job) -> Job:
    """The job as it stands now."""
    async with owner.transaction() as tx:
        found = await jobs.get_job(tx, job_id=job.id, user_id=job.user_id)
    assert found is not None
    return found


async def balance(owner: Database, viewer: Viewer) -> int:
    """The account's credits."""
    async with owner.transaction() as tx:
        user = await accounts.get_user(tx, user_id=viewer.user_id)
    assert user is not None
    return user.credits


async def until(url: str, owner: Database, job: Job, *statuses: JobStatus, progress: int = 0) -> Job:
    """Wait for the job to reach one of the states, and some progress, by its notifications."""
    changed = asyncio.Event()
    connection = await asyncpg.connect(url)
    try:
        await connection.add_listener(JOBS, lambda *_: changed.set())
        async with asyncio.timeout(60):
            while True:
                found = await read_job(owner, job)
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
    runner: ObedientRunner,
    scratch: Path,
    *,
    slots: int = 4,
    lease_time: timedelta = timedelta(seconds=30),
    drain_time: timedelta = timedelta(0),
) -> AsyncIterator[asyncio.Event]:
    """A worker that runs inside the block; setting the event it yields stops it."""
    config = WorkerConfig(
        name="test",
        lanes=("cpu",),
        scratch=scratch,
        slots=slots,
        lease_time=lease_time,
        drain_time=drain_time,
        poll_interval=timedelta(milliseconds=200),
        rescue_interval=timedelta(milliseconds=200),
        progress_interval=timedelta(milliseconds=20),
    )
    stop, ready = asyncio.Event(), asyncio.Event()
    task = asyncio.create_task(
        run_worker(
            database=work,
            listen_url=url,
            storage=storage,
            runner=runner,
            examiner=NoExaminer(),
            config=config,
            stop=stop,
            on_ready=ready.set,
        )
    )
    ended = asyncio.create_task(ready.wait())
    await asyncio.wait([task, ended], return_when=asyncio.FIRST_COMPLETED)
    try:
        yield stop
    finally:
        stop.set()
        ended.cancel()
        await task


async def _make_asset(
    owner: Database, storage: Storage, viewer: Viewer, role: AssetRole, bucket: Bucket, probe: Probe
) -> AssetId:
    asset_id = AssetId(uuid7())
    key = f"{viewer.user_id}/{asset_id}/{role}"
    digest = await storage.write(bucket, key, _once(b"input"))
    async with owner.transaction() as tx:
        await media.insert_upload(
            tx,
            asset_id=asset_id,
            user_id=viewer.user_id,
            role=role,
            bucket=bucket,
            key=key,
            media_type=probe.media_type,
            file_name=None,
        )
        await media.finish_upload(tx, asset_id=asset_id, size=digest.bytes, sha256=digest.sha256)
        ((_, lease, _),) = await media.claim_checks(tx, count=1, lease_time=timedelta(seconds=60))
        await media.accept_asset(tx, asset_id=asset_id, lease=lease, probe=probe)
    return asset_id


async def _once(chunk: bytes) -> AsyncIterator[bytes]:
    yield chunk
