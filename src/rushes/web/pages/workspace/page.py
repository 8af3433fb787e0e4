"""The page of the workspace: groups as they were made, and the sessions that they belong to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from rushes.actions.change import change_job
from rushes.actions.rerun import rerun as make_anew
from rushes.db import groups, jobs, workspace_sessions
from rushes.domain.folders import WorkspaceSession, WorkspaceSet, place_of
from rushes.domain.jobs import Destination
from rushes.domain.media import AssetRole
from rushes.web.api.cursors import START, cut_page, read_cursor
from rushes.web.api.job_filters import CursorText
from rushes.web.api.jobs import explain_waits, find_job
from rushes.web.deps import Reading, SignedIn, Visit, Wired, limited
from rushes.web.limiting import Rate
from rushes.web.pages.cards.card import Card
from rushes.web.pages.cards.files import list_card_files
from rushes.web.pages.jobs.listing import offered_types
from rushes.web.pages.notices import Notice, redirect
from rushes.web.pages.rendering import render
from rushes.web.pages.returning import came_from
from rushes.web.pages.shell import render_shell
from rushes.web.pages.workspace.sessions import PATH, find_session
from rushes.web.pages.workspace.sets import ShownGroup, ShownJob

router = APIRouter(prefix=PATH, include_in_schema=False)

PAGE_GROUPS = 10
TAB_SESSIONS = 100
"""So many, the newest, have a tab."""


class WorkspaceQuery(BaseModel):
    """Which session's groups are shown, and where in the list the page begins."""

    model_config = ConfigDict(frozen=True)

    session: UUID | None = None
    cursor: CursorText = None

    def href(self, cursor: str | None) -> str:
        """Return the address of another page of the same session."""
        asked = {"session": self.session, "cursor": cursor}
        query = urlencode({name: value for name, value in asked.items() if value is not None})
        return f"{PATH}?{query}" if query else PATH


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The sessions, and which of them is looked at; `None` for all."""

    sessions: Sequence[WorkspaceSession]
    current: WorkspaceSession | None


@router.get("")
async def show(request: Request, visit: Reading, query: Annotated[WorkspaceQuery, Query()]) -> Response:
    """Show a page of the viewer's groups, newest first."""
    desk = await _find_desk(visit, query)
    start = read_cursor(query.cursor)
    found = await groups.list_sets(
        visit.tx,
        user_id=visit.viewer.user_id,
        session_id=query.session,
        before_time=start.time,
        before_id=start.id,
        count=PAGE_GROUPS + 1,
    )
    page, next_cursor = cut_page(found, limit=PAGE_GROUPS)
    return await render_shell(
        request,
        visit,
        "workspace.html",
        here=PATH,
        desk=desk,
        groups=await _show_groups(visit, page),
        newest=query.href(None) if query.cursor else None,
        older=next_cursor and query.href(next_cursor),
    )


@router.get("/jobs/{job_id}")
async def member(job_id: UUID, request: Request, visit: Reading) -> Response:
    """Show one place of a group, by the job that has it, to take the place of an older one."""
    job = await find_job(visit, job_id)
    found = WorkspaceSet(
        id=job.group_id or job.id, is_group=job.group_id is not None, created_at=job.created_at
    )
    (group,) = await _show_groups(visit, [found])
    shown = next(one for one in group.members if place_of(one.card.job) == place_of(job))
    return render(request, "_partials/member.html", member=shown)


@router.post("/jobs/{job_id}/rerun", dependencies=[limited(Rate.SUBMITS)])
async def rerun(job_id: UUID, request: Request, services: Wired, viewer: SignedIn) -> Response:
    """Make a member of a group anew, with another seed."""
    await make_anew(services.database, viewer, job_id=job_id, limits=services.limits)
    return redirect(came_from(request, otherwise=PATH), Notice.RERUN)


@router.post("/jobs/{job_id}/keep")
async def keep(job_id: UUID, request: Request, services: Wired, viewer: SignedIn) -> Response:
    """Have what was kept in the workspace alone listed in the library."""
    changes = {"destination": Destination.LIBRARY}
    await change_job(services.database, viewer, job_id=job_id, changes=changes)
    return redirect(came_from(request, otherwise=PATH), Notice.KEPT)


async def _find_desk(visit: Visit, query: WorkspaceQuery) -> Desk:
    current = None if query.session is None else await find_session(visit, query.session)
    sessions = await workspace_sessions.list_workspace_sessions(
        visit.tx,
        user_id=visit.viewer.user_id,
        before_time=START.time,
        before_id=START.id,
        count=TAB_SESSIONS,
    )
    if current is not None and current not in sessions:
        sessions = [current, *sessions]
    return Desk(sessions=sessions, current=current)


async def _show_groups(visit: Visit, page: Sequence[WorkspaceSet]) -> Sequence[ShownGroup]:
    group_ids = [one.id for one in page if one.is_group]
    members = await groups.list_member_ids(visit.tx, user_id=visit.viewer.user_id, group_ids=group_ids)
    ids = {one.id: members.get(one.id, []) if one.is_group else [one.id] for one in page}
    jobs_shown = await _read_jobs(visit, [job_id for some in ids.values() for job_id in some])
    offered, now = await offered_types(visit.tx), datetime.now(UTC)
    shown = [(one, [jobs_shown[job_id] for job_id in ids[one.id] if job_id in jobs_shown]) for one in page]
    return [ShownGroup.of(one, some, offered=offered, now=now) for one, some in shown if some]


async def _read_jobs(visit: Visit, job_ids: Sequence[UUID]) -> dict[UUID, ShownJob]:
    found = await jobs.list_jobs_among(visit.tx, user_id=visit.viewer.user_id, job_ids=job_ids)
    files = await list_card_files(visit.tx, found)
    waits = await explain_waits(visit.tx, found)
    now = datetime.now(UTC)
    return {
        job.id: ShownJob(
            card=Card.of(job, files[job.id], waits.get(job.id), now=now),
            output=files[job.id].own.get(AssetRole.OUTPUT),
        )
        for job in found
    }
