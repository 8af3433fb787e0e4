"""What administrators do to the jobs of others: cancelling them, and judging what they made."""

from typing import Literal
from uuid import UUID

from rushes.actions.admin import administering, record
from rushes.actions.cancel import cancel_locked
from rushes.db import accounts, admin_jobs, jobs
from rushes.db.admin_jobs import JobRecord
from rushes.db.pool import Database, Tx
from rushes.domain.audit import Actor, AuditAction, TargetType
from rushes.domain.jobs import CancelReason, JobStatus, require_transition
from rushes.domain.moderation import Moderation
from rushes.errors import Conflict, Missing


async def cancel(database: Database, actor: Actor, *, job_id: UUID) -> JobRecord:
    """Cancel anybody's job: a waiting one at once, a running one when its engine is gone.

    Raises:
        Denied: The actor is no administrator.
        Missing: There is no such job, or its owner has deleted it.
        IllegalTransition: It has ended already.
    """
    async with administering(database, actor) as tx:
        before = await _require_job(tx, job_id)
        # The account's row first, as every change of a job does.
        user = await accounts.lock_user(tx, user_id=before.job.user_id)
        found = await jobs.lock_jobs(tx, job_ids=[job_id], user_id=before.job.user_id)
        if user is None or not found:
            raise Missing("There is no such job.")
        job = found[0]
        require_transition(job.status, JobStatus.CANCELLED)
        await cancel_locked(tx, user, [job], CancelReason.ADMIN)
        current = await _require_job(tx, job_id)
        was = {"status": job.status, "cancel_requested_reason": job.cancel_requested_reason}
        now = {name: getattr(current.job, name) for name in (*was, "cancelled_reason")}
        target = (TargetType.JOB, str(job_id))
        await record(tx, actor, AuditAction.JOB_CANCELLED, target=target, before=was, after=now)
    return current


async def review(
    database: Database,
    actor: Actor,
    *,
    job_id: UUID,
    verdict: Literal[Moderation.APPROVED, Moderation.REJECTED],
    notes: str | None,
) -> JobRecord:
    """Approve or reject what a job made; a later review replaces an earlier one.

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
    verdict: Literal[Moderation.PENDING, Moderation.FLAGGED],
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
    was = {"moderation_status": before.moderation_status, "review_notes": before.review_notes}
    now = {"moderation_status": current.moderation_status, "review_notes": current.review_notes}
    target = (TargetType.JOB, str(before.id))
    await record(tx, actor, AuditAction.JOB_REVIEWED, target=target, before=was, after=now)
    return current


async def _require_job(tx: Tx, job_id: UUID) -> JobRecord:
    found = await admin_jobs.get_job(tx, job_id=job_id)
    if found is None:
        raise Missing("There is no such job.")
    return found
