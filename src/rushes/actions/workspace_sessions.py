"""Making, renaming and deleting workspace sessions."""

from uuid import UUID

from uuid_utils.compat import uuid7

from rushes.db import workspace_sessions
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.folders import WorkspaceSession
from rushes.domain.ids import WorkspaceSessionId
from rushes.errors import Missing

_MISSING = "There is no such workspace session."


async def create_workspace_session(database: Database, viewer: Viewer, *, name: str) -> WorkspaceSession:
    """Make a workspace session."""
    async with database.transaction(viewer=viewer.user_id) as tx:
        return await workspace_sessions.insert_workspace_session(
            tx, session_id=WorkspaceSessionId(uuid7()), user_id=viewer.user_id, name=name
        )


async def rename_workspace_session(
    database: Database, viewer: Viewer, *, session_id: UUID, name: str
) -> WorkspaceSession:
    """Call a workspace session something else.

    Raises:
        Missing: The viewer has no such workspace session.
    """
    async with database.transaction(viewer=viewer.user_id) as tx:
        renamed = await workspace_sessions.rename_workspace_session(
            tx, session_id=session_id, user_id=viewer.user_id, name=name
        )
    if renamed is None:
        raise Missing(_MISSING)
    return renamed


async def delete_workspace_session(database: Database, viewer: Viewer, *, session_id: UUID) -> None:
    """Remove a workspace session; its jobs stay, and belong to none.

    Raises:
        Missing: The viewer has no such workspace session.
    """
    async with database.transaction(viewer=viewer.user_id) as tx:
        if not await workspace_sessions.delete_workspace_session(
            tx, session_id=session_id, user_id=viewer.user_id
        ):
            raise Missing(_MISSING)
