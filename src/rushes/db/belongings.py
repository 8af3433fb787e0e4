"""What a new job can be put into: its owner's projects, workspace sessions and groups."""

from uuid import UUID

from rushes.db.pool import Tx
from rushes.db.queries import load
from rushes.domain.ids import UserId

_queries = load("belongings")


async def hold_project(tx: Tx, *, project_id: UUID, user_id: UserId) -> bool:
    """Tell whether the viewer has a project; it then stays until the transaction ends."""
    return await _queries.hold_project(tx, id=project_id, user_id=user_id) is not None


async def hold_session(tx: Tx, *, session_id: UUID, user_id: UserId) -> bool:
    """Tell whether the viewer has a workspace session; it then stays until the transaction ends."""
    return await _queries.hold_session(tx, id=session_id, user_id=user_id) is not None


async def hold_group(tx: Tx, *, group_id: UUID, user_id: UserId) -> bool:
    """Tell whether the viewer has a group; it then stays until the transaction ends."""
    return await _queries.hold_group(tx, id=group_id, user_id=user_id) is not None
