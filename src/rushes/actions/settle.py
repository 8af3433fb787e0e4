"""Ending an attempt: every ending is fenced by the lease, and moves the money in the same transaction."""

import secrets
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from uuid_utils.compat import uuid7

from rushes.actions.admission import admit, release_hold
from rushes.db import accounts, catalogue, jobs, ledger, library, media, queue
from rushes.db.pool import Database, Tx
from rushes.domain.accounts import User
from rushes.domain.ids import VideoId
from rushes.domain.jobs import Attempt, CancelReason, Job, Outcome
from rushes.domain.media import AssetRole, StoredOutput
from rushes.domain.options import BaseOptions
from rushes.domain.scheduling import MAX_WORKERS_KILLED, backoff
from rushes.errors import LeaseLost

_SHORT_ID_CHARACTERS = "0123456789abcdefghijkmnpqrstuvwxyz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What an attempt made: its stored files, and how (engine, version, generative) for the library."""

    files: Mapping[AssetRole, StoredOutput]
    made_by: Mapping[str, Any]


async def complete(database: Database, attempt: Attempt, output: Output, *, log: str) -> Job:
    """End the job with its output: files, library entry, charge and state, all or nothing.

    It may be repeated: when a connection breaks, nobody knows whether the commit before that was done.

    Raises:
        LeaseLost: Another attempt owns the job; nothing was written.
    """
    async with database.transaction() as tx:
        user, job = await _lock(tx, attempt)
        if user is None or job is None:
            if completed := await queue.get_job_completed_by(tx, lease=attempt.lease):
                return completed
            raise LeaseLost
        await _end(tx, attempt, Outcome.SUCCEEDED, log=log)
        for file in output.files.values():
            await media.insert_output(tx, user_id=job.user_id, job_id=job.id, output=file)
        video_id = await _enter_video(tx, job, output)
        charged = await _charge(tx, attempt, output)
        completed = await jobs.complete_job(
            tx, job_id=job.id, credits_charged=charged, short_id=_new_short_id(), video_id=video_id
        )
        await admit(tx, user)
    return completed


async def retry_or_fail(
    database: Database, attempt: Attempt, *, error_code: str, error_message: str, retryable: bool, log: str
) -> Job:
    """End a failed attempt: the job runs again after a backoff, or fails for good.

    Raises:
        LeaseLost: Another attempt owns the job; nothing was written.
    """
    async with _owned(database, attempt) as (tx, user, job):
        again = retryable and job.attempts < job.max_attempts
        outcome = Outcome.RETRY if again else Outcome.FAILED
        await _end(tx, attempt, outcome, error_code=error_code, error_message=error_message, log=log)
        if job.cancel_requested_at is not None:
            return await _cancel(tx, user, job)
        if again:
            delay = backoff(job.attempts, jitter=secrets.randbelow(1000) / 1000)
            return await jobs.requeue_job(tx, job_id=job.id, delay=delay)
        failed = await jobs.fail_job(tx, job_id=job.id, error_code=error_code, error_message=error_message)
        await release_hold(tx, failed, reason=error_code)
        await admit(tx, user)
    return failed


async def stop(database: Database, attempt: Attempt, *, log: str) -> Job:
    """End the job as cancelled, now that its engine is gone.

    Raises:
        LeaseLost: Another attempt owns the job; nothing was written.
    """
    async with _owned(database, attempt) as (tx, user, job):
        await _end(tx, attempt, Outcome.CANCELLED, log=log)
        return await _cancel(tx, user, job)


async def hand_back(database: Database, attempt: Attempt, *, log: str) -> Job:
    """End an attempt that its worker had to give up, and queue the job again at once.

    Raises:
        LeaseLost: Another attempt owns the job; nothing was written.
    """
    async with _owned(database, attempt) as (tx, user, job):
        message = "The worker was shut down."
        await _end(tx, attempt, Outcome.RETRY, error_code="worker_stopped", error_message=message, log=log)
        if job.cancel_requested_at is not None:
            return await _cancel(tx, user, job)
        return await jobs.hand_back_job(tx, job_id=job.id)


async def rescue(database: Database, lapsed: queue.Lapsed) -> Job | None:
    """End an attempt whose worker fell silent; `None` if somebody settled it meanwhile."""
    async with database.transaction() as tx:
        user = await accounts.lock_user(tx, user_id=lapsed.user_id)
        job = await queue.lock_lapsed(tx, lapsed=lapsed)
        if user is None or job is None:
            return None
        message = "The worker fell silent."
        await queue.end_attempt(
            tx,
            job_id=job.id,
            lease=lapsed.lease,
            outcome=Outcome.LOST,
            error_code="worker_lost",
            error_message=message,
        )
        if job.cancel_requested_at is not None:
            return await _cancel(tx, user, job)
        killed = await queue.count_lost(tx, job_id=job.id)
        if job.attempts < job.max_attempts and killed < MAX_WORKERS_KILLED:
            return await jobs.requeue_job(tx, job_id=job.id, delay=timedelta(0))
        failed = await jobs.fail_job(tx, job_id=job.id, error_code="worker_lost", error_message=message)
        await release_hold(tx, failed, reason="worker_lost")
        await admit(tx, user)
        return failed


@asynccontextmanager
async def _owned(database: Database, attempt: Attempt) -> AsyncGenerator[tuple[Tx, User, Job]]:
    """Begin a transaction that holds the account's row and the job, if the lease still owns it."""
    async with database.transaction() as tx:
        user, job = await _lock(tx, attempt)
        if user is None or job is None:
            raise LeaseLost
        yield tx, user, job


async def _lock(tx: Tx, attempt: Attempt) -> tuple[User | None, Job | None]:
    # Always the account first, then its job: so two transactions never wait for each other.
    user = await accounts.lock_user(tx, user_id=attempt.job.user_id)
    return user, await queue.lock_attempt(tx, job_id=attempt.job.id, lease=attempt.lease)


async def _end(
    tx: Tx,
    attempt: Attempt,
    outcome: Outcome,
    *,
    log: str,
    error_code: str | None = None,
    error_message: str | None = None,
) -> None:
    await queue.end_attempt(
        tx,
        job_id=attempt.job.id,
        lease=attempt.lease,
        outcome=outcome,
        error_code=error_code,
        error_message=error_message,
        log=log,
    )


async def _enter_video(tx: Tx, job: Job, output: Output) -> VideoId:
    made = output.files[AssetRole.OUTPUT]
    poster, preview = output.files.get(AssetRole.POSTER), output.files.get(AssetRole.PREVIEW)
    video_id = VideoId(uuid7())
    video = library.NewVideo(
        id=video_id,
        user_id=job.user_id,
        job_id=job.id,
        asset_id=made.asset_id,
        thumbnail_asset_id=poster and poster.asset_id,
        preview_asset_id=preview and preview.asset_id,
        prompt=job.prompt,
        orientation="portrait" if made.probe.height > made.probe.width else "landscape",
        model_used=job.model,
        duration_seconds=made.probe.duration_seconds or 0.0,
        metadata=output.made_by,
    )
    await library.insert_video(tx, video)
    return video_id


async def _charge(tx: Tx, attempt: Attempt, output: Output) -> int:
    job = attempt.job
    model = await catalogue.get_model(tx, slug=job.model)
    assert model is not None, "a job's model cannot be deleted"
    assert job.hold_id is not None, "every job has a hold"
    seconds = output.files[AssetRole.OUTPUT].probe.duration_seconds or 0.0
    resolution = BaseOptions.model_validate(job.options).resolution
    charged = min(job.price, model.price.of(resolution=resolution, seconds=seconds))
    await ledger.add_capture(
        tx,
        hold_id=job.hold_id,
        user_id=job.user_id,
        job_id=job.id,
        attempt=attempt.number,
        charged=charged,
    )
    return charged


async def _cancel(tx: Tx, user: User, job: Job) -> Job:
    cancelled = await jobs.cancel_job(tx, job_id=job.id, reason=CancelReason.USER)
    await release_hold(tx, cancelled, reason="cancelled")
    await admit(tx, user)
    return cancelled


def _new_short_id() -> str:
    return "".join(secrets.choice(_SHORT_ID_CHARACTERS) for _ in range(8))
