"""Finding jobs, looking at them, cancelling them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from rushes.actions import cancel as cancelling
from rushes.db import jobs, media, waiting
from rushes.db.job_search import JobFilter, count_jobs, find_job_rows, find_jobs
from rushes.db.jobs import JobRow
from rushes.db.pool import Tx
from rushes.domain.ids import JobId
from rushes.domain.jobs import ACTIVE, Job, JobStatus
from rushes.domain.media import Asset, AssetRole, JobFile
from rushes.domain.waiting import Waiting
from rushes.errors import Conflict, Missing
from rushes.web.addresses import Signer
from rushes.web.api.cursors import cursor_at, cut_page, read_cursor
from rushes.web.api.file_documents import DownloadDocument, Files, ThumbnailsDocument
from rushes.web.api.job_documents import JobDocument, JobPage, job_values, row_values
from rushes.web.api.job_filters import JobQuery, PageQuery
from rushes.web.deps import Reading, SignedIn, Visit, Wired
from rushes.web.errors import documented
from rushes.web.json_answers import answer
from rushes.web.page_route import PageRoute

_WAITING = frozenset({JobStatus.PENDING, JobStatus.QUEUED})

router = APIRouter(prefix="/jobs", tags=["jobs"], route_class=PageRoute)


@router.get("", response_model=JobPage, responses=documented(401))
async def list_jobs(request: Request, visit: Reading, query: Annotated[JobQuery, Query()]) -> Response:
    """Return a page of the viewer's jobs, newest first, and how many there are in each state."""
    return answer(await page_values(request, visit, query.filter(), limit=query.limit, cursor=query.cursor))


@router.get("/active", response_model=JobPage, responses=documented(401))
async def list_active(request: Request, visit: Reading, query: Annotated[PageQuery, Query()]) -> Response:
    """Return the jobs that can still change, newest first."""
    wanted = JobFilter(statuses=ACTIVE)
    return answer(await page_values(request, visit, wanted, limit=query.limit, cursor=query.cursor))


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
    visit: Visit, wanted: JobFilter, *, limit: int, cursor: str | None
) -> tuple[Sequence[Job], str | None]:
    """Return a page of the viewer's jobs and the mark of the next page, if there is one."""
    start = read_cursor(cursor)
    found = await find_jobs(
        visit.tx,
        wanted,
        user_id=visit.viewer.user_id,
        before_time=start.time,
        before_id=start.id,
        count=limit + 1,
    )
    return cut_page(found, limit=limit)


async def page_values(
    request: Request, visit: Visit, wanted: JobFilter, *, limit: int, cursor: str | None
) -> dict[str, Any]:
    """Return the fields of a `JobPage`: some of the viewer's jobs, and how many are in each state."""
    start, user_id = read_cursor(cursor), visit.viewer.user_id
    found = await find_job_rows(
        visit.tx,
        wanted,
        user_id=user_id,
        before_time=start.time,
        before_id=start.id,
        count=limit + 1,
    )
    page = found[:limit]
    counts = await count_jobs(visit.tx, wanted, user_id=user_id)
    return {
        "jobs": await _rows_values(visit.tx, page, Signer.of(request)),
        "counts": {status.value: jobs for status, jobs in counts.items()},
        "next_cursor": cursor_at(page[-1]["created_at"], page[-1]["id"]) if len(found) > limit else None,
    }


async def _rows_values(tx: Tx, page: Sequence[JobRow], signer: Signer) -> list[dict[str, Any]]:
    files = await media.list_job_files(tx, job_ids=[row["id"] for row in page])
    waits = await _explain_waits(tx, [row["id"] for row in page if row["status"] in _WAITING])
    return [row_values(row, files[row["id"]], signer, waits.get(row["id"])) for row in page]


async def show_job(tx: Tx, job: Job, signer: Signer) -> JobDocument:
    """Return a job with its files as the API shows them."""
    (document,) = await show_jobs(tx, [job], signer)
    return document


async def show_jobs(tx: Tx, among: Sequence[Job], signer: Signer) -> list[JobDocument]:
    """Return some jobs with their files as the API shows them, in their order."""
    return [JobDocument.model_validate(values) for values in await jobs_values(tx, among, signer)]


async def jobs_values(tx: Tx, among: Sequence[Job], signer: Signer) -> list[dict[str, Any]]:
    """Return the fields of the `JobDocument` of each of some jobs, in their order."""
    files = await media.list_job_files(tx, job_ids=[job.id for job in among])
    waits = await explain_waits(tx, among)
    return [job_values(job, files[job.id], signer, waits.get(job.id)) for job in among]


async def values_with_files(
    tx: Tx, among: Sequence[tuple[Job, Files]], signer: Signer
) -> list[dict[str, Any]]:
    """Return what `jobs_values` does of jobs whose files are known."""
    waits = await explain_waits(tx, [job for job, _ in among])
    return [
        job_values(job, {role: JobFile.of(asset) for role, asset in files.items()}, signer, waits.get(job.id))
        for job, files in among
    ]


async def explain_waits(tx: Tx, among: Iterable[Job]) -> Mapping[JobId, Waiting]:
    """Return why those of some jobs wait that do, by one query or none."""
    return await _explain_waits(tx, [job.id for job in among if job.status in _WAITING])


async def _explain_waits(tx: Tx, job_ids: Sequence[JobId]) -> Mapping[JobId, Waiting]:
    return await waiting.explain_waiting(tx, job_ids=job_ids) if job_ids else {}
