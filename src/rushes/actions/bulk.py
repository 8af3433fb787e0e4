"""Doing the same to many jobs, each for itself: one that cannot be done does not hold up the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from rushes.actions.cancel import cancel
from rushes.actions.delete import delete_job
from rushes.actions.retry import retry
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.errors import FieldProblem, InvalidFields, RushesError

MAX_JOBS = 100


class BulkAction(StrEnum):
    """What can be done to many jobs at once."""

    CANCEL = "cancel"
    RETRY = "retry"
    DELETE = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkResult:
    """What became of one of the jobs; `error` says why it was left as it is."""

    job_id: UUID
    error: RushesError | None


async def do_to_many(
    database: Database, viewer: Viewer, action: BulkAction, *, job_ids: Sequence[UUID]
) -> list[BulkResult]:
    """Do one thing to each of the viewer's jobs, in the order given; a job named twice is done once.

    Raises:
        InvalidFields: There are no jobs, or more than `MAX_JOBS`.
    """
    wanted = list(dict.fromkeys(job_ids))
    if not 1 <= len(wanted) <= MAX_JOBS:
        problem = FieldProblem(field="job_ids", message=f"Name 1 to {MAX_JOBS} jobs.")
        raise InvalidFields(fields=(problem,))
    return [BulkResult(job_id=job_id, error=await _do(database, viewer, action, job_id)) for job_id in wanted]


async def _do(database: Database, viewer: Viewer, action: BulkAction, job_id: UUID) -> RushesError | None:
    try:
        match action:
            case BulkAction.CANCEL:
                await cancel(database, viewer, job_id=job_id)
            case BulkAction.RETRY:
                await retry(database, viewer, job_id=job_id)
            case BulkAction.DELETE:
                await delete_job(database, viewer, job_id=job_id)
    except RushesError as error:
        return error
    return None
