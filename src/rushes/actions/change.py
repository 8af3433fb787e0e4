"""Changing what an owner thinks of a job and where he keeps it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from rushes.actions.taking import take_job
from rushes.db import belongings, jobs
from rushes.db.job_changes import write_choices
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.jobs import Job
from rushes.errors import FieldProblem, InvalidFields


async def change_job(database: Database, viewer: Viewer, *, job_id: UUID, changes: Mapping[str, Any]) -> Job:
    """Change some of `starred`, `rating`, `project_id` and `destination` of a job, in whatever state it is.

    Raises:
        Missing: The viewer has no such job.
        InvalidFields: He has no such project.
    """
    project_id = changes.get("project_id")
    async with database.transaction(viewer=viewer.user_id) as tx:
        # The project before the job, as its deletion takes them.
        has_project = project_id is None or await belongings.hold_project(
            tx, project_id=project_id, user_id=viewer.user_id
        )
        _, job = await take_job(tx, viewer, job_id=job_id)
        if not has_project:
            problem = FieldProblem(field="project_id", message="There is no such project.")
            raise InvalidFields(fields=(problem,))
        await write_choices(tx, replace(job, **changes))
        current = await jobs.get_job(tx, job_id=job_id, user_id=viewer.user_id)
    assert current is not None, "the row is locked by this transaction"
    return current
