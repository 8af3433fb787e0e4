"""Workspace sessions: what somebody worked on in one go."""

from datetime import datetime
from typing import Any
from uuid import UUID

from rushes.db.pool import Tx
from rushes.db.queries import load
from rushes.domain.folders import WorkspaceSession
from rushes.domain.ids import UserId, WorkspaceSessionId

_queries = load("workspace_sessions")


async def insert_workspace_session(
    tx: Tx, *, session_id: WorkspaceSessionId, user_id: UserId, name: str
) -> WorkspaceSession:
    """Make a workspace session."""
    return _workspace_session(
        await _queries.insert_workspace_session(tx, id=session_id, user_id=user_id, name=name)
    )


async def list_workspace_sessions(
    tx: Tx, *, user_id: UserId, before_time: datetime, before_id: UUID, count: int
) -> list[WorkspaceSession]:
    """Return a page of the viewer's workspace sessions, newest first."""
    rows = _queries.list_workspace_sessions(
        tx, user_id=user_id, before_time=before_time, before_id=before_id, count=count
    )
    return [_workspace_session(row) async for row in rows]


async def get_workspace_session(tx: Tx, *, session_id: UUID, user_id: UserId) -> WorkspaceSession | None:
    """Return one workspace session of the viewer."""
    row = await _queries.get_workspace_session(tx, id=session_id, user_id=user_id)
    return row and _workspace_session(row)


async def rename_workspace_session(
    tx: Tx, *, session_id: UUID, user_id: UserId, name: str
) -> WorkspaceSession | None:
    """Call a workspace session of the viewer something else; `None` if he has no such one."""
    row = await _queries.rename_workspace_session(tx, id=session_id, user_id=user_id, name=name)
    return row and _workspace_session(row)


async def delete_workspace_session(tx: Tx, *, session_id: UUID, user_id: UserId) -> bool:
    """Remove a workspace session of the viewer; its jobs stay. `False` if he has no such one."""
    return await _queries.delete_workspace_session(tx, id=session_id, user_id=user_id) is not None


def _workspace_session(row: Any) -> WorkspaceSession:
    return WorkspaceSession(id=WorkspaceSessionId(row["id"]), name=row["name"], created_at=row["created_at"])
