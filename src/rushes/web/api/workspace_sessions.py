"""Workspace sessions: what somebody worked on in one go."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from rushes.actions import workspace_sessions as actions
from rushes.db import workspace_sessions
from rushes.errors import Missing
from rushes.web.api.cursors import cut_page, read_cursor
from rushes.web.api.job_filters import PageQuery
from rushes.web.api.wording import Ask, Name
from rushes.web.deps import Reading, SignedIn, Wired
from rushes.web.errors import documented

router = APIRouter(prefix="/sessions", tags=["sessions"])


class WorkspaceSessionBody(Ask):
    """What a workspace session is made from."""

    name: Annotated[Name, Field(description="1 to 100 characters.", examples=["Tuesday"])]


class WorkspaceSessionDocument(BaseModel):
    """A stretch of work, whose jobs are shown together."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: Annotated[str, Field(examples=["Tuesday"])]
    created_at: datetime


class WorkspaceSessionPage(BaseModel):
    """A page of workspace sessions, newest first."""

    sessions: list[WorkspaceSessionDocument]
    next_cursor: Annotated[str | None, Field(description="`cursor` of the next page; null on the last.")]


@router.post("", status_code=201, responses=documented(401))
async def create(body: WorkspaceSessionBody, services: Wired, viewer: SignedIn) -> WorkspaceSessionDocument:
    """Make a workspace session."""
    return WorkspaceSessionDocument.model_validate(
        await actions.create_workspace_session(services.database, viewer, name=body.name)
    )


@router.get("", responses=documented(401))
async def list_sessions(visit: Reading, query: Annotated[PageQuery, Query()]) -> WorkspaceSessionPage:
    """Return a page of the viewer's workspace sessions, newest first."""
    start = read_cursor(query.cursor)
    found = await workspace_sessions.list_workspace_sessions(
        visit.tx,
        user_id=visit.viewer.user_id,
        before_time=start.time,
        before_id=start.id,
        count=query.limit + 1,
    )
    page, next_cursor = cut_page(found, limit=query.limit)
    return WorkspaceSessionPage(
        sessions=[WorkspaceSessionDocument.model_validate(one) for one in page], next_cursor=next_cursor
    )


@router.get("/{session_id}", responses=documented(401, 404))
async def show(session_id: UUID, visit: Reading) -> WorkspaceSessionDocument:
    """Return one of the viewer's workspace sessions; `GET jobs?session=…` lists its jobs."""
    found = await workspace_sessions.get_workspace_session(
        visit.tx, session_id=session_id, user_id=visit.viewer.user_id
    )
    if found is None:
        raise Missing("There is no such workspace session.")
    return WorkspaceSessionDocument.model_validate(found)


@router.patch("/{session_id}", responses=documented(401, 404))
async def change(
    session_id: UUID, body: WorkspaceSessionBody, services: Wired, viewer: SignedIn
) -> WorkspaceSessionDocument:
    """Call a workspace session something else."""
    return WorkspaceSessionDocument.model_validate(
        await actions.rename_workspace_session(
            services.database, viewer, session_id=session_id, name=body.name
        )
    )


@router.delete("/{session_id}", status_code=204, responses=documented(401, 404))
async def delete(session_id: UUID, services: Wired, viewer: SignedIn) -> None:
    """Remove a workspace session; its jobs stay, and belong to none."""
    await actions.delete_workspace_session(services.database, viewer, session_id=session_id)
