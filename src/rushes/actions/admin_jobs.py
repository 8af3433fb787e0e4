"""What administrators do to the jobs of others: cancelling and retrying them, judging what they made."""

from typing import Literal
from uuid import UUID

from rushes.actions.admin import administering, record
from rushes.actions.cancel import cancel_locked
from rushes.actions.retry import retry_locked
from rushes.db import accounts, admin_jobs, jobs
from rushes.db.admin_jobs import JobRecord
from rushes.db.pool import Database, Tx
from rushes.domain.accounts import User
from rushes.domain.audit import Actor, AuditAction, TargetType
from rushes.domain.jobs import CancelReason, Job, JobStatus, ModerationStatus, require_transition
from rushes.errors import Conflict, Missing


async def cancel(database: Database, actor: Actor, *, job_id: UUID) -> JobRecord:
    """Cancel anybody's job: a waiting one at once, a running one when its engine is gone.

    Raises:
        Denied: The actor is no administrator.
        Missing: There is no such job, or its owner has deleted it.
        IllegalTransition: It has ended already.
    """
    async with administering(database, actor) as tx:
        user, job = await _take_job(tx, job_id)
        require_transition(job.status, JobStatus.CANCELLED)
        await cancel_locked(tx, user, [job], CancelReason.ADMIN)
        current = await _require_job(tx, job_id)
        was = {"status": job.status, "cancel_requested_reason": job.cancel_requested_reason}
        now = {name: getattr(current.job, name) for name in (*was, "cancelled_reason")}
        target = (TargetType.JOB, str(job_id))
        await record(tx, actor, AuditAction.JOB_CANCELLED, target=target, before=was, after=now)
    return current


async def retry(database: Database, actor: Actor, *, job_id: UUID) -> JobRecord:
    """Submit anybody's failed job once more, as its owner could: he pays today's price, if it completes.

    Raises:
        Denied: The actor is no administrator.
        Missing: There is no such job, or its owner has deleted it.
        IllegalTransition: It has not failed.
        Conflict: One of its files, its parent or its model is gone.
        InsufficientCredits: Its owner's balance does not cover the price.
    """
    async with administering(database, actor) as tx:
        user, job = await _take_job(tx, job_id)
        await retry_locked(tx, user, job)
        current = await _require_job(tx, job_id)
        was = {"status": job.status, "error_code": job.error_code, "price": job.price}
        now = {name: getattr(current.job, name) for name in was}
        target = (TargetType.JOB, str(job_id))
        await record(tx, actor, AuditAction.JOB_RETRIED, target=target, before=was, after=now)
    return current


async def review(
    database: Database,
    actor: Actor,
    *,
    job_id: UUID,
    verdict: Literal[ModerationStatus.APPROVED, ModerationStatus.REJECTED],
    notes: str | None,
) -> JobRecord:
    """Approve or reject what a job made; a later review replaces an earlier one.

    What is rejected is seen by its owner alone: a link to it says that it is no longer shared.

    Raises:
        Denied: The actor is no administrator.
        Missing: There is no such job.
        Conflict: It has made nothing that could be judged.
    """
    async with administering(database, actor) as tx:
        before = await _require_completed(tx, job_id)
        await admin_jobs.review_job(
            tx, job_id=job_id, verdict=verdict, reviewer_id=actor.user_id, notes=notes
        )
        return await _record_review(tx, actor, before)


async def reopen(
    database: Database,
    actor: Actor,
    *,
    job_id: UUID,
    verdict: Literal[ModerationStatus.PENDING, ModerationStatus.FLAGGED],
) -> JobRecord:
    """Take back a review, so that the output stands in the queue again as it did before.

    Raises:
        Denied: The actor is no administrator.
        Missing: There is no such job.
        Conflict: It has made nothing that could be judged.
    """
    async with administering(database, actor) as tx:
        before = await _require_completed(tx, job_id)
        await admin_jobs.reopen_job(tx, job_id=job_id, verdict=verdict)
        return await _record_review(tx, actor, before)


async def _require_completed(tx: Tx, job_id: UUID) -> JobRecord:
    found = await _require_job(tx, job_id)
    if found.job.status is not JobStatus.COMPLETED:
        raise Conflict(f"The job is {found.job.status}; only a completed job can be reviewed.")
    return found


async def _record_review(tx: Tx, actor: Actor, before: JobRecord) -> JobRecord:
    current = await _require_job(tx, before.id)
    was, now = (
        {name: getattr(one.job, name) for name in ("moderation_status", "review_notes")}
        for one in (before, current)
    )
    target = (TargetType.JOB, str(before.id))
    await record(tx, actor, AuditAction.JOB_REVIEWED, target=target, before=was, after=now)
    return current


async def _take_job(tx: Tx, job_id: UUID) -> tuple[User, Job]:
    """Lock a job that its owner has not deleted, and before it its account, as every change of a job does."""
    owner_id = (await _require_job(tx, job_id)).job.user_id
    user = await accounts.lock_user(tx, user_id=owner_id)
    found = await jobs.lock_jobs(tx, job_ids=[job_id], user_id=owner_id)
    if user is None or not found:
        raise Missing("There is no such job.")
    return user, found[0]


async def _require_job(tx: Tx, job_id: UUID) -> JobRecord:
    found = await admin_jobs.get_job(tx, job_id=job_id)
    if found is None:
        raise Missing("There is no such job.")
    return found
