"""Ending sessions from another one: for who finds that he, or somebody else, is signed in elsewhere."""

from uuid import UUID

from rushes.db import accounts
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.errors import Missing


async def end(database: Database, viewer: Viewer, *, session_id: UUID) -> None:
    """End one of the viewer's sessions; what is signed in with it is asked to sign in again.

    Raises:
        Missing: He has no such session, or it has ended.
    """
    async with database.transaction(viewer=viewer.user_id) as tx:
        if not await accounts.revoke_session(tx, session_id=session_id, user_id=viewer.user_id):
            raise Missing("There is no such session.")


async def end_others(database: Database, viewer: Viewer) -> None:
    """End every session of the viewer but the one that he asks in."""
    async with database.transaction(viewer=viewer.user_id) as tx:
        await accounts.revoke_other_sessions(tx, user_id=viewer.user_id, session_id=viewer.session_id)
