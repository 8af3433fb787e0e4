"""The pages that make, rename and delete a workspace session."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from rushes.actions import workspace_sessions as actions
from rushes.db import workspace_sessions
from rushes.domain.folders import WorkspaceSession
from rushes.errors import Missing
from rushes.web.deps import Proof, Reading, SignedIn, Visit, Wired
from rushes.web.pages.naming import NameForm, Removal, ask_again, ask_name, ask_removal, read_name
from rushes.web.pages.notices import Notice, redirect

PATH = "/workspace"

router = APIRouter(prefix=f"{PATH}/sessions", include_in_schema=False)

_NEW = NameForm(heading="New session", action=f"{PATH}/sessions", word="Create session", back=PATH)

Typed = Annotated[str, Form(alias="name")]


@router.get("/new")
async def ask_for_new(request: Request, visit: Reading) -> Response:
    """Ask what a new session is called."""
    return await ask_name(request, visit, _NEW, here=PATH)


@router.post("")
async def create(
    request: Request, services: Wired, viewer: SignedIn, credential: Proof, typed: Typed = ""
) -> Response:
    """Make a session and show it."""
    name = read_name(typed)
    if name is None:
        return await ask_again(request, services, credential, _NEW, here=PATH, typed=typed)
    session = await actions.create_workspace_session(services.database, viewer, name=name)
    return redirect(_address(session.id), Notice.WORKSPACE_MADE)


@router.get("/{session_id}/rename")
async def ask_for_another(session_id: UUID, request: Request, visit: Reading) -> Response:
    """Ask what the session is to be called instead."""
    session = await find_session(visit, session_id)
    return await ask_name(request, visit, _renaming(session_id, session.name), here=PATH)


@router.post("/{session_id}/rename")
async def rename(
    session_id: UUID,
    request: Request,
    services: Wired,
    viewer: SignedIn,
    credential: Proof,
    typed: Typed = "",
) -> Response:
    """Call the session something else."""
    name = read_name(typed)
    if name is None:
        form = _renaming(session_id, typed)
        return await ask_again(request, services, credential, form, here=PATH, typed=typed)
    await actions.rename_workspace_session(services.database, viewer, session_id=session_id, name=name)
    return redirect(_address(session_id), Notice.RENAMED)


@router.get("/{session_id}/delete")
async def ask_to_delete(session_id: UUID, request: Request, visit: Reading) -> Response:
    """Ask whether the session shall go."""
    removal = Removal(
        kind="session",
        folder=await find_session(visit, session_id),
        action=f"{PATH}/sessions/{session_id}/delete",
        back=_address(session_id),
    )
    return await ask_removal(request, visit, removal, here=PATH)


@router.post("/{session_id}/delete")
async def delete(session_id: UUID, services: Wired, viewer: SignedIn) -> Response:
    """Remove the session; its jobs stay."""
    await actions.delete_workspace_session(services.database, viewer, session_id=session_id)
    return redirect(PATH, Notice.WORKSPACE_DELETED)


async def find_session(visit: Visit, session_id: UUID) -> WorkspaceSession:
    """Return one of the viewer's workspace sessions.

    Raises:
        Missing: He has no such one.
    """
    found = await workspace_sessions.get_workspace_session(
        visit.tx, session_id=session_id, user_id=visit.viewer.user_id
    )
    if found is None:
        raise Missing("There is no such workspace session.")
    return found


def _address(session_id: UUID) -> str:
    return f"{PATH}?session={session_id}"


def _renaming(session_id: UUID, value: str) -> NameForm:
    return NameForm(
        heading="Rename the session",
        action=f"{PATH}/sessions/{session_id}/rename",
        word="Rename",
        back=_address(session_id),
        value=value,
    )
