"""Making, renaming and deleting projects."""

from uuid import UUID

from uuid_utils.compat import uuid7

from rushes.db import projects
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.folders import Project
from rushes.domain.ids import ProjectId
from rushes.errors import Missing

_MISSING = "There is no such project."


async def create_project(database: Database, viewer: Viewer, *, name: str) -> Project:
    """Make a project."""
    async with database.transaction(viewer=viewer.user_id) as tx:
        return await projects.insert_project(
            tx, project_id=ProjectId(uuid7()), user_id=viewer.user_id, name=name
        )


async def rename_project(database: Database, viewer: Viewer, *, project_id: UUID, name: str) -> Project:
    """Call a project something else.

    Raises:
        Missing: The viewer has no such project.
    """
    async with database.transaction(viewer=viewer.user_id) as tx:
        renamed = await projects.rename_project(tx, project_id=project_id, user_id=viewer.user_id, name=name)
    if renamed is None:
        raise Missing(_MISSING)
    return renamed


async def delete_project(database: Database, viewer: Viewer, *, project_id: UUID) -> None:
    """Remove a project; its jobs stay, and belong to none.

    Raises:
        Missing: The viewer has no such project.
    """
    async with database.transaction(viewer=viewer.user_id) as tx:
        if not await projects.delete_project(tx, project_id=project_id, user_id=viewer.user_id):
            raise Missing(_MISSING)
