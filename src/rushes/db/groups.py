"""Groups of jobs that were submitted at once, and what else a workspace lists beside them."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from rushes.db.pool import Tx
from rushes.db.queries import load
from rushes.domain.folders import Group, WorkspaceSet
from rushes.domain.ids import GroupId, JobId, UserId

_queries = load("groups")


async def get_group(tx: Tx, *, group_id: UUID, user_id: UserId) -> Group | None:
    """Return one group of the viewer."""
    row = await _queries.get_group(tx, id=group_id, user_id=user_id)
    return row and Group(id=GroupId(row["id"]), created_at=row["created_at"])


async def list_sets(
    tx: Tx,
    *,
    user_id: UserId,
    session_id: UUID | None,
    before_time: datetime,
    before_id: UUID,
    count: int,
) -> list[WorkspaceSet]:
    """Return a page of the viewer's workspace, newest first; `session_id` is `None` for all of it."""
    rows = _queries.list_sets(
        tx,
        user_id=user_id,
        session_id=session_id,
        before_time=before_time,
        before_id=before_id,
        count=count,
    )
    return [
        WorkspaceSet(id=row["id"], is_group=row["is_group"], created_at=row["created_at"])
        async for row in rows
    ]


async def list_member_ids(tx: Tx, *, user_id: UserId, group_ids: Collection[UUID]) -> dict[UUID, list[JobId]]:
    """Return the jobs of some of the viewer's groups by group; one without jobs has no entry."""
    found: dict[UUID, list[JobId]] = {}
    async for row in _queries.list_member_ids(tx, user_id=user_id, group_ids=list(group_ids)):
        found.setdefault(row["group_id"], []).append(JobId(row["id"]))
    return found
