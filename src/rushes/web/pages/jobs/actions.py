"""What the owner of one job does to it from a page: cancel, retry, star, delete."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from rushes.actions import cancel as cancelling
from rushes.actions import retry as retrying
from rushes.actions.change import change_job
from rushes.actions.delete import delete_job
from rushes.db import media
from rushes.db.job_changes import find_link
from rushes.domain.jobs import JobStatus, is_final
from rushes.errors import IllegalTransition
from rushes.web.api.jobs import find_job
from rushes.web.deps import Reading, SignedIn, Wired, limited
from rushes.web.limiting import Rate
from rushes.web.pages.cards.card import heading_of
from rushes.web.pages.cards.tiles import tiles_of
from rushes.web.pages.notices import Notice, redirect
from rushes.web.pages.returning import came_from, local_path
from rushes.web.pages.shell import render_shell

router = APIRouter(prefix="/jobs/{job_id}", include_in_schema=False)

_LIST = "/jobs"


@router.post("/cancel")
async def cancel(job_id: UUID, request: Request, services: Wired, viewer: SignedIn) -> Response:
    """Cancel the job: a waiting one at once, a running one soon."""
    job = await cancelling.cancel(services.database, viewer, job_id=job_id)
    ended = job.status is JobStatus.CANCELLED
    return redirect(came_from(request), Notice.CANCELLED if ended else Notice.STOPPING)


@router.post("/retry", dependencies=[limited(Rate.SUBMITS)])
async def retry(job_id: UUID, request: Request, services: Wired, viewer: SignedIn) -> Response:
    """Have a failed job run once more."""
    await retrying.retry(services.database, viewer, job_id=job_id)
    return redirect(came_from(request), Notice.RETRIED)


@router.post("/star")
async def star(
    job_id: UUID, request: Request, services: Wired, viewer: SignedIn, starred: Annotated[bool, Form()]
) -> Response:
    """Give the job a star or take it away; the page shows that by itself."""
    await change_job(services.database, viewer, job_id=job_id, changes={"starred": starred})
    return RedirectResponse(came_from(request), 303)


@router.get("/delete")
async def ask_to_delete(job_id: UUID, request: Request, visit: Reading) -> Response:
    """Ask whether the job shall go, and say what goes with it."""
    job = await find_job(visit, job_id)
    if not is_final(job.status):
        raise IllegalTransition(f"A job that is {job.status} cannot be deleted; cancel it first.")
    files = (await media.list_job_assets(visit.tx, job_ids=[job.id]))[job.id]
    before = came_from(request)
    is_own_page = before.startswith(f"/jobs/{job_id}")
    return await render_shell(
        request,
        visit,
        "delete_job.html",
        here=_LIST,
        job=job,
        heading=heading_of(job, files),
        files=[tile for tile in tiles_of(job, files) if tile.link],
        is_shared=await find_link(visit.tx, job_id=job.id, user_id=job.user_id) is not None,
        back=before,
        next=_LIST if is_own_page else before,
        stays=not is_own_page,
    )


@router.post("/delete")
async def delete(
    job_id: UUID, services: Wired, viewer: SignedIn, next_: Annotated[str, Form(alias="next")] = _LIST
) -> Response:
    """Delete the job and go on to where it was asked for."""
    await delete_job(services.database, viewer, job_id=job_id)
    return redirect(local_path(next_), Notice.DELETED)
