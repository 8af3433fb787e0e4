"""Cancelling a job, whatever it is doing."""

from uuid import UUID

from rushes.actions.admission import admit, release_hold
from rushes.db import accounts, jobs
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.jobs import CancelReason, Job, JobStatus, require_transition
from rushes.errors import Missing


async def cancel(database: Database, viewer: Viewer, *, job_id: UUID) -> Job:
    """Cancel a waiting job at once; ask the worker of a running one to stop.

    A running job is `processing` until its engine is gone; then its worker ends it as cancelled.

    Raises:
        Missing: The viewer has no such job.
        IllegalTransition: It has ended already.
    """
    async with database.transaction(viewer=viewer.user_id) as tx:
        user = await accounts.lock_user(tx, user_id=viewer.user_id)
        job = await jobs.lock_job(tx, job_id=job_id, user_id=viewer.user_id)
        if user is None or job is None:
            raise Missing("There is no such job.")
        require_transition(job.status, JobStatus.CANCELLED)
        if job.status is JobStatus.PROCESSING:
            await jobs.request_cancel(tx, job_id=job.id)
        else:
            cancelled = await jobs.cancel_job(tx, job_id=job.id, reason=CancelReason.USER)
            await release_hold(tx, cancelled, reason="cancelled")
            await admit(tx, user)
        current = await jobs.get_job(tx, job_id=job.id, user_id=viewer.user_id)
    assert current is not None, "the row is locked by this transaction"
    return current
