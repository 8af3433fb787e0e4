"""Cancelling jobs, whatever they are doing."""

from collections.abc import Sequence
from uuid import UUID

from rushes.actions.admission import admit
from rushes.actions.moving import cancellation, move
from rushes.actions.taking import take_job
from rushes.db import accounts, jobs, lifecycle
from rushes.db.lifecycle import OverdueJob
from rushes.db.pool import Database, Tx
from rushes.domain.accounts import User, Viewer
from rushes.domain.jobs import CancelReason, Job, JobStatus, is_final, require_transition


async def cancel(database: Database, viewer: Viewer, *, job_id: UUID) -> Job:
    """Cancel a waiting job at once; ask the worker of a running one to stop.

    A running job is `processing` until its engine is gone; then its worker ends it as cancelled.

    Raises:
        Missing: The viewer has no such job.
        IllegalTransition: It has ended already.
    """
    async with database.transaction(viewer=viewer.user_id) as tx:
        user, job = await take_job(tx, viewer, job_id=job_id)
        require_transition(job.status, JobStatus.CANCELLED)
        await cancel_locked(tx, user, [job], CancelReason.USER)
        current = await jobs.get_job(tx, job_id=job_id, user_id=viewer.user_id)
    assert current is not None, "the row is locked by this transaction"
    return current


async def cancel_overdue(database: Database, overdue: OverdueJob) -> bool:
    """Cancel a job whose deadline has passed; tell whether it could still be cancelled."""
    async with database.transaction() as tx:
        user = await accounts.lock_user(tx, user_id=overdue.user_id)
        found = await jobs.lock_jobs(tx, job_ids=[overdue.job_id], user_id=overdue.user_id)
        active = [job for job in found if not is_final(job.status)]
        if user is not None and active:
            await cancel_locked(tx, user, active, CancelReason.DEADLINE)
        return bool(active)


async def cancel_locked(tx: Tx, user: User, active: Sequence[Job], reason: CancelReason) -> None:
    """Cancel jobs of one account that can still change; their rows and the account's are locked."""
    running = [job for job in active if job.status is JobStatus.PROCESSING]
    waiting = [job for job in active if job.status is not JobStatus.PROCESSING]
    if running:
        await lifecycle.request_cancel(tx, job_ids=[job.id for job in running], reason=reason)
    if waiting:
        await move(tx, [cancellation(job, reason) for job in waiting])
        await admit(tx, [user])
