"""Accounts, files, jobs and attempts, each made from only what a test is about."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from uuid_utils.compat import uuid7

from rushes.actions.settle import settle
from rushes.actions.submit import Submission, submit
from rushes.db import accounts, jobs, ledger, media, queue, workers
from rushes.db.pool import Database
from rushes.domain.accounts import Plan, Role, Viewer
from rushes.domain.endings import Ending, Output
from rushes.domain.ids import AssetId, JobId, Lease, UserId, WorkerId
from rushes.domain.jobs import Attempt, Job, JobStatus, JobType
from rushes.domain.media import (
    INPUT_BUCKETS,
    REQUIRED_INPUTS,
    Asset,
    AssetRole,
    AssetStatus,
    MediaLimits,
    Probe,
    StoredOutput,
)
from rushes.domain.options import OPTIONS
from rushes.errors import LeaseLost

FILM = Probe(media_type="video/mp4", width=64, height=48, duration_seconds=2.0, fps=8.0, frames=16)
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"picture" * 100
MEDIA_TYPES = {
    AssetRole.REFERENCE: "image/png",
    AssetRole.MOTION: "video/mp4",
    AssetRole.MASK: "image/png",
    AssetRole.TEMPLATE: "application/zip",
    AssetRole.DATA: "application/json",
    AssetRole.AUDIO: "audio/mpeg",
    AssetRole.SUBTITLES: "text/vtt",
}
LEASE_TIME = timedelta(minutes=5)
SHA256 = hashlib.sha256(b"").hexdigest()

PATHS: Mapping[JobStatus, tuple[JobStatus, ...]] = {
    JobStatus.PENDING: (),
    JobStatus.VALIDATING: (JobStatus.VALIDATING,),
    JobStatus.QUEUED: (JobStatus.VALIDATING, JobStatus.QUEUED),
    JobStatus.PROCESSING: (JobStatus.VALIDATING, JobStatus.QUEUED, JobStatus.PROCESSING),
    JobStatus.COMPLETED: (
        JobStatus.VALIDATING,
        JobStatus.QUEUED,
        JobStatus.PROCESSING,
        JobStatus.COMPLETED,
    ),
    JobStatus.FAILED: (JobStatus.VALIDATING, JobStatus.FAILED),
    JobStatus.CANCELLED: (JobStatus.CANCELLED,),
}
"""How a new job comes into each state."""

ENTER = """
    UPDATE jobs
    SET status = $2, progress = CASE $2 WHEN 'completed' THEN 100 ELSE 0 END, queued_at = now(),
        lease = CASE $2 WHEN 'processing' THEN gen_random_uuid() END,
        lease_until = CASE $2 WHEN 'processing' THEN now() + interval '5 minutes' END,
        completed_at = CASE WHEN $2 IN ('completed', 'failed', 'cancelled') THEN now() END,
        error_code = CASE $2 WHEN 'failed' THEN 'test' END,
        cancelled_reason = CASE $2 WHEN 'cancelled' THEN 'user' END
    WHERE id = $1
"""
"""Changes a job's state, with every column that the constraints tie to it."""

BLOCKED = """
    SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""

INSERT_JOB = """
    INSERT INTO jobs (id, user_id, job_type, model, lane, price, watermark_applied, status)
    VALUES ($1, $2, 'base', 'motion', 'cpu', 5, true, $3)
"""


async def make_viewer(
    owner: Database, *, credits_: int = 10_000, plan: Plan = Plan.FREE, slots: int | None = None
) -> Viewer:
    """An account that nobody can sign in to: hashing a password takes a quarter of a second."""
    user_id = UserId(uuid7())
    async with owner.transaction() as tx:
        await accounts.insert_user(
            tx,
            user_id=user_id,
            email=f"{user_id}@example.org",
            password_hash="*",
            username=None,
            role=Role.USER,
            plan=plan,
        )
        await ledger.add_grant(tx, user_id=user_id, amount=credits_, reason="test")
        await tx.execute("UPDATE users SET slots = $1 WHERE id = $2", slots, user_id)
    return Viewer(user_id=user_id, role=Role.USER, session_id=None)


async def make_asset(
    database: Database,
    viewer: Viewer,
    *,
    role: AssetRole = AssetRole.MOTION,
    status: AssetStatus = AssetStatus.READY,
    seconds: float = 2.0,
) -> AssetId:
    """A file of the account that is being checked, ready or rejected; nothing is stored."""
    asset_id = AssetId(uuid7())
    async with database.transaction(viewer=viewer.user_id) as tx:
        await media.insert_upload(
            tx,
            asset_id=asset_id,
            user_id=viewer.user_id,
            role=role,
            bucket=INPUT_BUCKETS[role],
            key=f"{asset_id}/{role}",
            media_type=MEDIA_TYPES[role],
            file_name=None,
        )
        await media.finish_upload(tx, asset_id=asset_id, size=1, sha256=SHA256)
        if status is AssetStatus.CHECKING:
            return asset_id
        await tx.execute(
            "UPDATE assets SET status = $2, width = 64, height = 48, duration_seconds = $3, "
            "error_code = CASE $2 WHEN 'rejected' THEN 'media_rejected' END WHERE id = $1",
            asset_id,
            status,
            seconds if role is AssetRole.MOTION else None,
        )
    return asset_id


def submission(**changes: Any) -> Submission:
    """A submission without inputs, but for the changes."""
    kind = changes.get("job_type", JobType.BASE)
    asked: dict[str, Any] = {"job_type": kind, "inputs": {}, "options": OPTIONS[kind]()}
    return Submission(**asked | changes)


async def make_job(database: Database, viewer: Viewer, **changes: Any) -> Job:
    """A submitted job; inputs that the test does not name are ready, the film as long as is allowed."""
    inputs = changes.pop("inputs", {})
    for role in REQUIRED_INPUTS[JobType.BASE] - inputs.keys():
        inputs = inputs | {role: await make_asset(database, viewer, role=role, seconds=60.0)}
    return await submit(database, viewer, submission(inputs=inputs, **changes), limits=MediaLimits())


async def make_post_model(owner: Database) -> str:
    """The slug of a model that works on the output of other jobs, in the lane `cpu`."""
    async with owner.transaction() as tx:
        await tx.execute(
            """
            INSERT INTO models (slug, title, engine, lane, job_types, price, time_limit_seconds)
            SELECT 'polish', 'Polish', engine, lane, '{extend,upscale,subtitles,audio}', price, 60
            FROM models WHERE slug = 'motion'
            ON CONFLICT DO NOTHING
            """
        )
    return "polish"


async def make_painter(owner: Database) -> str:
    """The slug of a model that makes videos and pictures of words, in the lane `cpu`; it has an alias."""
    async with owner.transaction() as tx:
        await tx.execute(
            """
            INSERT INTO models (slug, title, engine, lane, job_types, price, time_limit_seconds, aliases)
            SELECT 'painter', 'Painter', engine, lane, '{text_to_video,image,render}', price, 60,
                '{"painter_image_fast": {"job_type": "image", "quality": "fast"}}'::jsonb
            FROM models WHERE slug = 'motion'
            ON CONFLICT DO NOTHING
            """
        )
    return "painter"


async def make_bare_job(owner: Database, viewer: Viewer, status: JobStatus) -> JobId:
    """A job in any state, written by the owner without money, inputs or attempts."""
    job_id = JobId(uuid7())
    async with owner.transaction() as tx:
        await tx.execute(INSERT_JOB, job_id, viewer.user_id, "pending")
        for step in PATHS[status]:
            await tx.execute(ENTER, job_id, step)
    return job_id


async def claim(work: Database, *, count: int = 1, lease_time: timedelta = LEASE_TIME) -> list[Attempt]:
    """Attempts at the next jobs of the lane `cpu`, by a new worker."""
    worker_id = WorkerId(uuid4())
    worker = workers.NewWorker(
        id=worker_id, name="test", host="test", pid=1, lanes=["cpu"], engines=[], slots=1, version="0"
    )
    async with work.transaction() as tx:
        await workers.insert_worker(tx, worker)
        claimed = await queue.claim_jobs(
            tx, lanes=["cpu"], engines=["motion"], count=count, worker_id=worker_id, lease_time=lease_time
        )
    return [one.attempt for one in claimed]


async def claim_one(work: Database, *, lease_time: timedelta = LEASE_TIME) -> Attempt:
    """An attempt at the next job of the lane `cpu`; there is one."""
    (attempt,) = await claim(work, lease_time=lease_time)
    return attempt


async def claim_check(work: Database) -> tuple[Asset, Lease]:
    """The next file to be checked, and the lease of its check."""
    async with work.transaction() as tx:
        ((asset, lease, _),) = await media.claim_checks(tx, count=1, lease_time=LEASE_TIME)
    return asset, lease


def make_output(*, seconds: float = 2.0) -> Output:
    """What an attempt made: one film of some length; nothing is stored."""
    probe = Probe(media_type="video/mp4", width=64, height=48, duration_seconds=seconds, fps=8.0, frames=16)
    asset_id = AssetId(uuid7())
    film = StoredOutput(
        asset_id=asset_id, role=AssetRole.OUTPUT, key=f"{asset_id}.mp4", bytes=1, sha256=SHA256, probe=probe
    )
    return Output(files={AssetRole.OUTPUT: film}, made_by={"engine": "test"})


def make_picture() -> Output:
    """What an attempt made: one upright picture; nothing is stored."""
    probe = Probe(media_type="image/png", width=48, height=64)
    asset_id = AssetId(uuid7())
    picture = StoredOutput(
        asset_id=asset_id, role=AssetRole.OUTPUT, key=f"{asset_id}.png", bytes=1, sha256=SHA256, probe=probe
    )
    return Output(files={AssetRole.OUTPUT: picture}, made_by={"engine": "test"})


async def complete(work: Database, attempt: Attempt, output: Output, *, log: str) -> Job:
    """End a job with its output."""
    return await settle_one(work, Ending.success(attempt, output, log=log))


async def retry_or_fail(
    work: Database, attempt: Attempt, *, error_code: str, error_message: str, retryable: bool, log: str
) -> Job:
    """End an attempt that went wrong."""
    ending = Ending.failure(
        attempt, error_code=error_code, error_message=error_message, retryable=retryable, log=log
    )
    return await settle_one(work, ending)


async def settle_one(work: Database, ending: Ending) -> Job:
    """End one attempt; raises `LeaseLost` as the settler does."""
    settled = await settle(work, [ending])
    if ending.lease not in settled:
        raise LeaseLost
    return settled[ending.lease]


async def read_job(owner: Database, job_id: JobId) -> Job:
    """The job as it stands now."""
    async with owner.transaction() as tx:
        (row,) = await tx.fetch("SELECT * FROM jobs WHERE id = $1", job_id)
    return jobs.job_from_row(row)


async def read_balance(owner: Database, viewer: Viewer) -> int:
    """The account's credits."""
    return await fetch_value(owner, "SELECT credits FROM users WHERE id = $1", viewer.user_id)


async def read_ledger(owner: Database, viewer: Viewer) -> list[tuple[str, int]]:
    """The kinds and amounts of the account's entries, first to last, without the first grant."""
    async with owner.transaction() as tx:
        entries = await ledger.list_entries(
            tx, user_id=viewer.user_id, before_id=UUID(int=2**128 - 1), count=1000
        )
    return [(entry.kind.value, entry.amount) for entry in reversed(entries)][1:]


async def fetch_value(database: Database, query: str, *args: Any) -> Any:
    """The first column of the only row of a query."""
    async with database.transaction() as tx:
        ((value,),) = await tx.fetch(query, *args)
    return value


async def until_somebody_is_blocked(owner: Database) -> None:
    """Wait for a transaction that waits for the lock of another."""
    async with asyncio.timeout(10):
        while not await fetch_value(owner, BLOCKED):
            pass


async def stream(*chunks: bytes) -> AsyncIterator[bytes]:
    """Yield the chunks."""
    for chunk in chunks:
        yield chunk
