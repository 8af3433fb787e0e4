"""Taking a job of one's own: the account's row first, then the job's, as every change of a job does."""

from uuid import UUID

from rushes.db import accounts, jobs
from rushes.db.pool import Tx
from rushes.domain.accounts import User, Viewer
from rushes.domain.jobs import Job
from rushes.errors import Missing


async def take_job(tx: Tx, viewer: Viewer, *, job_id: UUID) -> tuple[User, Job]:
    """Lock the viewer's account and one of his jobs until the transaction ends.

    Raises:
        Missing: He has no such job.
    """
    user = await accounts.lock_user(tx, user_id=viewer.user_id)
    found = await jobs.lock_jobs(tx, job_ids=[job_id], user_id=viewer.user_id)
    if user is None or not found:
        raise Missing("There is no such job.")
    return user, found[0]
