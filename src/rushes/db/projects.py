"""Projects: under which their owner finds jobs again."""

from datetime import datetime
from typing import Any
from uuid import UUID

from rushes.db.pool import Tx
from rushes.db.queries import load
from rushes.domain.folders import Project
from rushes.domain.ids import ProjectId, UserId

_queries = load("projects")


async def insert_project(tx: Tx, *, project_id: ProjectId, user_id: UserId, name: str) -> Project:
    """Make a project."""
    return _project(await _queries.insert_project(tx, id=project_id, user_id=user_id, name=name))


async def list_projects(
    tx: Tx, *, user_id: UserId, before_time: datetime, before_id: UUID, count: int
) -> list[Project]:
    """Return a page of the viewer's projects, newest first."""
    rows = _queries.list_projects(
        tx, user_id=user_id, before_time=before_time, before_id=before_id, count=count
    )
    return [_project(row) async for row in rows]


async def get_project(tx: Tx, *, project_id: UUID, user_id: UserId) -> Project | None:
    """Return one project of the viewer."""
    row = await _queries.get_project(tx, id=project_id, user_id=user_id)
    return row and _project(row)


async def rename_project(tx: Tx, *, project_id: UUID, user_id: UserId, name: str) -> Project | None:
    """Call a project of the viewer something else; `None` if he has no such one."""
    row = await _queries.rename_project(tx, id=project_id, user_id=user_id, name=name)
    return row and _project(row)


async def delete_project(tx: Tx, *, project_id: UUID, user_id: UserId) -> bool:
    """Remove a project of the viewer; its jobs stay. `False` if he has no such one."""
    return await _queries.delete_project(tx, id=project_id, user_id=user_id) is not None


def _project(row: Any) -> Project:
    return Project(id=ProjectId(row["id"]), name=row["name"], created_at=row["created_at"])
