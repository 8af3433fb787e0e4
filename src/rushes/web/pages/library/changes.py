"""What is done to several things of the library at once: download, star, move."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from rushes.actions.bulk import MAX_JOBS
from rushes.actions.change import change_jobs
from rushes.db import jobs, media
from rushes.db.pool import Tx
from rushes.domain.accounts import Viewer
from rushes.domain.jobs import Job
from rushes.domain.media import AssetRole
from rushes.errors import Missing
from rushes.web.addresses import download_name
from rushes.web.archives import Member, answer_archive
from rushes.web.deps import SignedIn, Wired
from rushes.web.pages.library.shelf import PATH
from rushes.web.pages.notices import Notice, redirect
from rushes.web.pages.returning import came_from

router = APIRouter(prefix=PATH, include_in_schema=False)

Asked = Annotated[list[UUID], Query(alias="job", min_length=1, max_length=MAX_JOBS)]
Chosen = Annotated[list[UUID], Form(alias="job", min_length=1, max_length=MAX_JOBS)]


@router.get("/download")
async def download(services: Wired, viewer: SignedIn, job_ids: Asked) -> Response:
    """Send what the jobs made as one archive."""
    # The store is asked afterwards: a slow one must not hold a connection.
    async with services.database.transaction(viewer=viewer.user_id) as tx:
        chosen = await _find_jobs(tx, viewer, job_ids)
        files = await media.list_job_assets(tx, job_ids=[job.id for job in chosen])
    made = [(job, files[job.id][AssetRole.OUTPUT]) for job in chosen if AssetRole.OUTPUT in files[job.id]]
    if len(made) < len(chosen):
        raise Missing("One of these jobs has no output.")
    # A short id is no other job's: so no two names are the same.
    members = [
        Member(
            name=download_name(job, output), bucket=output.bucket, key=output.key, made_at=output.created_at
        )
        for job, output in made
    ]
    return await answer_archive(services.storage, members, file_name="rushes.zip")


@router.post("/star")
async def star(
    request: Request, services: Wired, viewer: SignedIn, job_ids: Chosen, starred: Annotated[bool, Form()]
) -> Response:
    """Give the chosen a star, or take theirs away; the page shows that by itself."""
    await change_jobs(services.database, viewer, job_ids=job_ids, changes={"starred": starred})
    return RedirectResponse(came_from(request, otherwise=PATH), 303)


@router.post("/move")
async def move(
    request: Request,
    services: Wired,
    viewer: SignedIn,
    job_ids: Chosen,
    into: Annotated[UUID | None, Form()] = None,
) -> Response:
    """Put the chosen into a project, or into none."""
    count = await change_jobs(services.database, viewer, job_ids=job_ids, changes={"project_id": into})
    return redirect(came_from(request, otherwise=PATH), Notice.MOVED, count=count)


async def _find_jobs(tx: Tx, viewer: Viewer, job_ids: list[UUID]) -> list[Job]:
    """Return the viewer's jobs in the order in which they are named, each once.

    Raises:
        Missing: One of them is not his.
    """
    wanted = dict.fromkeys(job_ids)
    found = await jobs.list_jobs_among(tx, user_id=viewer.user_id, job_ids=list(wanted))
    if len(found) < len(wanted):
        raise Missing("There is no such job.")
    order = {job_id: place for place, job_id in enumerate(wanted)}
    return sorted(found, key=lambda job: order[job.id])
