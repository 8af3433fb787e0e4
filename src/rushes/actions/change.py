"""Changing what an owner thinks of jobs and where he keeps them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from rushes.actions.bulk import MAX_JOBS
from rushes.actions.taking import take_job
from rushes.db import accounts, belongings, jobs
from rushes.db.job_changes import write_choices
from rushes.db.pool import Database, Tx
from rushes.domain.accounts import Viewer
from rushes.domain.jobs import Job
from rushes.errors import FieldProblem, InvalidFields, Missing


async def change_job(database: Database, viewer: Viewer, *, job_id: UUID, changes: Mapping[str, Any]) -> Job:
    """Change some of `starred`, `rating`, `project_id` and `destination` of a job, in whatever state it is.

    Raises:
        Missing: The viewer has no such job.
        InvalidFields: He has no such project.
    """
    async with database.transaction(viewer=viewer.user_id) as tx:
        # The project before the job, as its deletion takes them.
        has_project = await _has_project(tx, viewer, changes)
        _, job = await take_job(tx, viewer, job_id=job_id)
        _require_project(is_there=has_project)
        await write_choices(tx, replace(job, **changes))
        current = await jobs.get_job(tx, job_id=job_id, user_id=viewer.user_id)
    assert current is not None, "the row is locked by this transaction"
    return current


async def change_jobs(
    database: Database, viewer: Viewer, *, job_ids: Sequence[UUID], changes: Mapping[str, Any]
) -> int:
    """Change the same of several jobs as `change_job` does, of all or none; return how many there are.

    Raises:
        Missing: One of them is not the viewer's.
        InvalidFields: There are none, or more than `MAX_JOBS`; or he has no such project.
    """
    wanted = set(job_ids)
    if not 1 <= len(wanted) <= MAX_JOBS:
        problem = FieldProblem(field="job_ids", message=f"Name 1 to {MAX_JOBS} jobs.")
        raise InvalidFields(fields=(problem,))
    async with database.transaction(viewer=viewer.user_id) as tx:
        has_project = await _has_project(tx, viewer, changes)
        await accounts.lock_user(tx, user_id=viewer.user_id)
        found = await jobs.lock_jobs(tx, job_ids=sorted(wanted), user_id=viewer.user_id)
        if len(found) < len(wanted):
            raise Missing("There is no such job.")
        _require_project(is_there=has_project)
        for job in found:
            await write_choices(tx, replace(job, **changes))
    return len(found)


async def _has_project(tx: Tx, viewer: Viewer, changes: Mapping[str, Any]) -> bool:
    project_id = changes.get("project_id")
    return project_id is None or await belongings.hold_project(
        tx, project_id=project_id, user_id=viewer.user_id
    )


def _require_project(*, is_there: bool) -> None:
    if not is_there:
        problem = FieldProblem(field="project_id", message="There is no such project.")
        raise InvalidFields(fields=(problem,))
