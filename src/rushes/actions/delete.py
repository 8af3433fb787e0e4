"""Deleting a job: it vanishes for its owner at once, its files when the pruner next turns."""

from uuid import UUID

from rushes.actions.taking import take_job
from rushes.db import deletion
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.jobs import is_final
from rushes.errors import Conflict, IllegalTransition


async def delete_job(database: Database, viewer: Viewer, *, job_id: UUID) -> None:
    """Hide an ended job and its entry in the library, and give up the files that no other job needs.

    A file stays while a job that is not deleted made it or names it as an input.

    Raises:
        Missing: The viewer has no such job, or has deleted it already.
        IllegalTransition: It has not ended.
        Conflict: A job that continues this one has not ended.
    """
    async with database.transaction(viewer=viewer.user_id) as tx:
        user, job = await take_job(tx, viewer, job_id=job_id)
        if not is_final(job.status):
            raise IllegalTransition(f"A job that is {job.status} cannot be deleted; cancel it first.")
        child_id = await deletion.find_child_in_need(tx, job_id=job.id)
        if child_id is not None:
            raise Conflict(f"The job {child_id} continues this one and has not ended; cancel it first.")
        await deletion.hide_job(tx, job_id=job.id)
        await deletion.delete_files(tx, job_id=job.id, user_id=user.id)
