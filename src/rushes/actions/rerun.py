"""Making a member of a group anew, in its group and with another seed."""

from dataclasses import replace
from uuid import UUID

from rushes.actions.copying import read_submission
from rushes.actions.submit import Submission, lock_account, submit_locked
from rushes.db import jobs
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.folders import RERUN_OF, place_of
from rushes.domain.jobs import Job, is_final
from rushes.domain.media import MediaLimits
from rushes.errors import Conflict, IllegalTransition, Missing


async def rerun(database: Database, viewer: Viewer, *, job_id: UUID, limits: MediaLimits) -> Job:
    """Submit what a member of a group was made of once more, at today's price; return the new member.

    The server chooses its seed. It takes the place of the earlier one, which stays.

    Raises:
        Missing: The viewer has no such job.
        Conflict: It is in no group, or an older release has made it with other options.
        IllegalTransition: It has not ended.
        InvalidFields: One of its files, its parent or its model is gone.
        InsufficientCredits: The balance does not cover the price.
    """
    async with database.transaction(viewer=viewer.user_id) as tx:
        # The account's lock is enough; the job's, taken before its project's, could meet a deletion of that.
        user = await lock_account(tx, viewer)
        job = await jobs.get_job(tx, job_id=job_id, user_id=user.id)
        if job is None:
            raise Missing("There is no such job.")
        if job.group_id is None:
            raise Conflict("The job is in no group; retry or remix it instead.")
        if not is_final(job.status):
            raise IllegalTransition(f"A job that is {job.status} cannot be made anew; cancel it first.")
        submission = replace(
            _with_new_seed(await read_submission(tx, job)),
            metadata={**job.metadata, RERUN_OF: place_of(job)},
            group_id=job.group_id,
            workspace_session_id=job.workspace_session_id,
        )
        (made,) = await submit_locked(tx, user, [submission], limits=limits, is_batch=False)
    return made.job


def _with_new_seed(submission: Submission) -> Submission:
    advanced = getattr(submission.options, "advanced", None)
    if advanced is None:
        return submission
    unseeded = advanced.model_copy(update={"seed": None})
    return replace(submission, options=submission.options.model_copy(update={"advanced": unseeded}))
