"""Groups of jobs that were submitted at once."""

from uuid import UUID

from rushes.db.pool import Tx
from rushes.db.queries import load
from rushes.domain.folders import Group
from rushes.domain.ids import GroupId, UserId

_queries = load("groups")


async def get_group(tx: Tx, *, group_id: UUID, user_id: UserId) -> Group | None:
    """Return one group of the viewer."""
    row = await _queries.get_group(tx, id=group_id, user_id=user_id)
    return row and Group(id=GroupId(row["id"]), created_at=row["created_at"])
