"""Deleting a job: its row stays, and its files go unless another job needs them."""

from rushes.db.pool import Tx
from rushes.db.queries import load
from rushes.domain.ids import JobId, UserId

_queries = load("deletion")


async def find_child_in_need(tx: Tx, *, job_id: JobId) -> JobId | None:
    """Return a job that waits for this one, or runs on what it made; `None` if there is none."""
    found = await _queries.find_child_in_need(tx, job_id=job_id)
    return None if found is None else JobId(found)


async def hide_job(tx: Tx, *, job_id: JobId) -> None:
    """Hide a job, and so its entry in the library, from its owner."""
    await _queries.hide_job(tx, job_id=job_id)


async def delete_files(tx: Tx, *, job_id: JobId, user_id: UserId) -> int:
    """Say of the hidden job's files that they are gone, except those a visible job made or names; count them.

    Call it under the lock on the account's row: so no submission can begin to name one of them meanwhile.
    """
    return await _queries.delete_files(tx, job_id=job_id, user_id=user_id)
