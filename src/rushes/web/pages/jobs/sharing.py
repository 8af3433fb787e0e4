"""The link to what a job made: giving it out, copying it, taking it back."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from rushes.actions import share as sharing
from rushes.db import media
from rushes.db.job_changes import find_link
from rushes.domain.jobs import Job
from rushes.errors import Conflict
from rushes.web.api.jobs import find_job
from rushes.web.deps import Reading, SignedIn, Wired, limited
from rushes.web.limiting import Rate
from rushes.web.pages.cards.card import heading_of
from rushes.web.pages.notices import Notice, redirect
from rushes.web.pages.shell import render_shell

router = APIRouter(prefix="/jobs/{job_id}/share", include_in_schema=False)


@router.get("")
async def show(job_id: UUID, request: Request, visit: Reading) -> Response:
    """Show the link to the job, or offer one."""
    job = await find_job(visit, job_id)
    if job.short_id is None:
        raise Conflict(f"The job is {job.status}; only what a completed job made can be shared.")
    files = (await media.list_job_assets(visit.tx, job_ids=[job.id]))[job.id]
    since = await find_link(visit.tx, job_id=job.id, user_id=job.user_id)
    return await render_shell(
        request,
        visit,
        "share_job.html",
        here="/jobs",
        job=job,
        heading=heading_of(job, files),
        since=since,
        link=_link(request, job, since),
    )


@router.post("", dependencies=[limited(Rate.SUBMITS)])
async def share(job_id: UUID, services: Wired, viewer: SignedIn) -> Response:
    """Put the link to the job in force and show it."""
    await sharing.share_job(services.database, viewer, job_id=job_id)
    return redirect(f"/jobs/{job_id}/share", Notice.SHARED)


@router.post("/revoke")
async def revoke(job_id: UUID, services: Wired, viewer: SignedIn) -> Response:
    """Take the link to the job back."""
    await sharing.revoke_share(services.database, viewer, job_id=job_id)
    return redirect(f"/jobs/{job_id}/share", Notice.UNSHARED)


def _link(request: Request, job: Job, since: datetime | None) -> str | None:
    return None if since is None else f"{str(request.base_url).rstrip('/')}/v/{job.short_id}"
