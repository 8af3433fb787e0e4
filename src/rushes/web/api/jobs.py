"""Submitting jobs, finding them, cancelling them."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request

from rushes.actions import cancel as cancelling
from rushes.actions.submit import submit as submit_job
from rushes.db import jobs, media, waiting
from rushes.db.pool import Tx
from rushes.domain.ids import JobId
from rushes.domain.jobs import ACTIVE, Job, JobStatus
from rushes.domain.media import Asset, AssetRole
from rushes.domain.waiting import Waiting
from rushes.errors import Conflict, Missing
from rushes.web.addresses import Signer
from rushes.web.api.cursors import START, cursor_after, read_cursor
from rushes.web.api.job_bodies import JobBody, NamesEveryProblem
from rushes.web.api.job_documents import DownloadDocument, JobDocument, JobPage, ThumbnailsDocument
from rushes.web.deps import Reading, SignedIn, Visit, Wired
from rushes.web.errors import documented

router = APIRouter(prefix="/jobs", tags=["jobs"])
submissions = APIRouter(prefix="/jobs", tags=["jobs"], route_class=NamesEveryProblem)

StatusFilter = Annotated[
    list[JobStatus | Literal["active"]] | None,
    Query(alias="status", description="Repeat it for more; `active` is all that can still change."),
]
Limit = Annotated[int, Query(ge=1, le=100)]
CursorText = Annotated[str | None, Query(alias="cursor", description="`next_cursor` of the page before.")]


@submissions.post("", status_code=202, responses=documented(401, 402))
async def submit(body: JobBody, request: Request, services: Wired, viewer: SignedIn) -> JobDocument:
    """Submit a job and hold its price. If anything is wrong, every wrong field is named at once."""
    job = await submit_job(services.database, viewer, body.submission(), limits=services.limits)
    async with services.database.transaction(viewer=viewer.user_id) as tx:
        return await show_job(tx, job, Signer.of(request))


@router.get("", responses=documented(401))
async def list_jobs(
    request: Request,
    visit: Reading,
    statuses: StatusFilter = None,
    limit: Limit = 20,
    cursor: CursorText = None,
) -> JobPage:
    """Return a page of the viewer's jobs, newest first, and how many there are in each state."""
    page, next_cursor = await find_page(visit, statuses or [], limit=limit, cursor=cursor)
    files = await media.list_job_assets(visit.tx, job_ids=[job.id for job in page])
    waits = await explain_waits(visit.tx, page)
    signer = Signer.of(request)
    return JobPage(
        jobs=[JobDocument.of(job, files[job.id], signer, waits.get(job.id)) for job in page],
        counts=await jobs.count_by_status(visit.tx, user_id=visit.viewer.user_id),
        next_cursor=next_cursor,
    )


@router.get("/active", responses=documented(401))
async def list_active(
    request: Request, visit: Reading, limit: Limit = 20, cursor: CursorText = None
) -> JobPage:
    """Return the jobs that can still change, newest first."""
    return await list_jobs(request, visit, ["active"], limit, cursor)


@router.get("/{job_id}", responses=documented(401, 404))
async def show(job_id: UUID, request: Request, visit: Reading) -> JobDocument:
    """Return one of the viewer's jobs; the address of its output is signed anew each time."""
    return await show_job(visit.tx, await find_job(visit, job_id), Signer.of(request))


@router.get("/{job_id}/thumbnails", responses=documented(401, 404))
async def thumbnails(job_id: UUID, request: Request, visit: Reading) -> ThumbnailsDocument:
    """Sign the job's files to look at, for an hour."""
    job = await find_job(visit, job_id)
    files = await media.list_job_assets(visit.tx, job_ids=[job.id])
    return ThumbnailsDocument.of(files[job.id], Signer.of(request))


@router.get("/{job_id}/output", responses=documented(401, 404, 409))
async def output(job_id: UUID, request: Request, visit: Reading) -> DownloadDocument:
    """Sign the job's output as a download, for seven days."""
    job = await find_job(visit, job_id)
    return DownloadDocument.of(job, await find_output(visit.tx, job), Signer.of(request))


@router.post("/{job_id}/cancel", responses=documented(401, 404, 409))
async def cancel(job_id: UUID, request: Request, services: Wired, viewer: SignedIn) -> JobDocument:
    """Cancel a job: a waiting one at once, a running one when its engine is gone, within seconds."""
    job = await cancelling.cancel(services.database, viewer, job_id=job_id)
    async with services.database.transaction(viewer=viewer.user_id) as tx:
        return await show_job(tx, job, Signer.of(request))


async def find_job(visit: Visit, job_id: UUID) -> Job:
    """Return one of the viewer's jobs.

    Raises:
        Missing: He has no such job.
    """
    job = await jobs.get_job(visit.tx, job_id=job_id, user_id=visit.viewer.user_id)
    if job is None:
        raise Missing("There is no such job.")
    return job


async def find_output(tx: Tx, job: Job) -> Asset:
    """Return what a job made.

    Raises:
        Conflict: It has made nothing yet.
    """
    files = await media.list_job_assets(tx, job_ids=[job.id])
    made = files[job.id].get(AssetRole.OUTPUT)
    if made is None:
        raise Conflict(f"The job is {job.status}; only a completed job has an output.")
    return made


async def find_page(
    visit: Visit, statuses: list[JobStatus | Literal["active"]], *, limit: int, cursor: str | None
) -> tuple[list[Job], str | None]:
    """Return a page of the viewer's jobs and the mark of the next page, if there is one."""
    start = START if cursor is None else read_cursor(cursor)
    wanted = {status for name in statuses for status in (ACTIVE if name == "active" else {JobStatus(name)})}
    found = await jobs.list_jobs(
        visit.tx,
        user_id=visit.viewer.user_id,
        statuses=sorted(wanted),
        before_time=start.time,
        before_id=start.id,
        count=limit + 1,
    )
    page = found[:limit]
    return page, cursor_after(page[-1]) if len(found) > limit else None


async def show_job(tx: Tx, job: Job, signer: Signer) -> JobDocument:
    """Return a job with its files as the API shows them."""
    files = await media.list_job_assets(tx, job_ids=[job.id])
    waits = await explain_waits(tx, [job])
    return JobDocument.of(job, files[job.id], signer, waits.get(job.id))


async def explain_waits(tx: Tx, among: Iterable[Job]) -> Mapping[JobId, Waiting]:
    """Return why those of some jobs wait that do, by one query or none."""
    job_ids = [job.id for job in among if job.status in {JobStatus.PENDING, JobStatus.QUEUED}]
    return await waiting.explain_waiting(tx, job_ids=job_ids) if job_ids else {}
