"""Where the account is signed in, and ending that from afar."""

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from rushes.actions import sessions as actions
from rushes.db import accounts
from rushes.web.deps import Reading, SignedIn, Wired
from rushes.web.pages.notices import Notice, redirect
from rushes.web.pages.settings.agents import name_agent
from rushes.web.pages.settings.tabs import SESSIONS, render_tab

router = APIRouter(prefix=SESSIONS.path, include_in_schema=False)


@router.get("")
async def show(request: Request, visit: Reading) -> Response:
    """Show the open sessions, the last used first."""
    found = await accounts.list_sessions(visit.tx, user_id=visit.viewer.user_id)
    return await render_tab(
        request,
        visit,
        SESSIONS,
        "sessions",
        sessions=[(one, name_agent(one.user_agent)) for one in found],
        own_id=visit.viewer.session_id,
    )


@router.post("/revoke-others")
async def revoke_others(services: Wired, viewer: SignedIn) -> Response:
    """End every session but this one."""
    await actions.end_others(services.database, viewer)
    return redirect(SESSIONS.path, Notice.SESSIONS_ENDED)


@router.post("/{session_id}/revoke")
async def revoke(session_id: UUID, services: Wired, viewer: SignedIn) -> Response:
    """End one session."""
    await actions.end(services.database, viewer, session_id=session_id)
    return redirect(SESSIONS.path, Notice.SESSION_ENDED)
