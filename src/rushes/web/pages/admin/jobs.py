"""The jobs of all accounts: the list with its filters, one of them in full, and cancelling it."""

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BeforeValidator
from starlette.responses import RedirectResponse, Response

from rushes.actions import admin_jobs as actions
from rushes.db import accounts, admin_jobs, admin_models, media
from rushes.db.admin_jobs import AdminJobFilter, JobRecord
from rushes.db.pool import Tx
from rushes.domain.jobs import JobStatus, JobType, is_final
from rushes.domain.media import AssetRole, AssetStatus
from rushes.errors import Missing
from rushes.storage.signing import TILE_LIFETIME
from rushes.web.addresses import Signer
from rushes.web.api.admin.access import Administrator
from rushes.web.api.cursors import cut_page, read_cursor
from rushes.web.api.job_filters import statuses_of
from rushes.web.deps import Wired
from rushes.web.pages.admin.access import PAGE_ROWS, Oversight, render_admin
from rushes.web.pages.admin.confirming import Question, ask
from rushes.web.pages.admin.listing import ListQuery, Words, none_if_empty
from rushes.web.pages.cards.card import BADGES
from rushes.web.pages.cards.type_words import TYPE_WORDS
from rushes.web.pages.notices import Notice, redirect

router = APIRouter(prefix="/jobs")

_HERE = "/admin/jobs"
_MOST_REPORTS = 100
_LONG_AGO = datetime(1, 1, 2, tzinfo=UTC)
_BRIEFLY = {"Cache-Control": "private, max-age=300"}
"""The stable address is asked for again long before the signed one behind it ends."""


class JobsQuery(ListQuery):
    """Which jobs to list; `user` is an account's address or id."""

    status: Annotated[JobStatus | Literal["active"] | None, BeforeValidator(none_if_empty)] = None
    type: Annotated[JobType | None, BeforeValidator(none_if_empty)] = None
    model: Words = None
    user: Words = None


@router.get("")
async def show_list(request: Request, visit: Oversight, query: Annotated[JobsQuery, Query()]) -> Response:
    """Show a page of the jobs of all accounts, newest first."""
    found, next_cursor = await _find(visit.tx, query)
    return await render_admin(
        request,
        visit,
        "jobs.html",
        tab=_HERE,
        records=found,
        query=query,
        older=query.next_page(_HERE, next_cursor),
        models=await admin_models.list_models(visit.tx),
        types=TYPE_WORDS,
        badges=BADGES,
    )


@router.get("/{job_id}")
async def show(job_id: UUID, request: Request, visit: Oversight) -> Response:
    """Show anybody's job with its attempts, the ends of their logs, its ledger entries, and reports of it."""
    record = await _require_job(visit.tx, job_id)
    files = await media.list_job_assets(visit.tx, job_ids=[record.job.id])
    reports = await admin_jobs.list_reports(visit.tx, job_ids=[job_id], count=_MOST_REPORTS)
    ready = {role: one for role, one in files[record.job.id].items() if one.status is AssetStatus.READY}
    return await render_admin(
        request,
        visit,
        "job.html",
        tab=_HERE,
        record=record,
        job=record.job,
        badge=BADGES[record.job.status],
        kind=TYPE_WORDS[record.job.job_type],
        roles=sorted(ready),
        attempts=await admin_jobs.list_attempts(visit.tx, job_id=job_id),
        reports=reports[job_id],
        entries=await admin_jobs.list_entries(visit.tx, job_id=job_id),
        can_cancel=not is_final(record.job.status) and record.deleted_at is None,
    )


@router.get("/{job_id}/media/{role}")
async def file(job_id: UUID, role: AssetRole, services: Wired, visit: Oversight) -> Response:
    """Point to a file of anybody's job; this address never ends, the signed one behind it does."""
    record = await _require_job(visit.tx, job_id)
    asset = (await media.list_job_assets(visit.tx, job_ids=[record.job.id]))[record.job.id].get(role)
    if asset is None or asset.status is not AssetStatus.READY:
        raise Missing("The job has no such file.")
    url, _ = Signer.of_pages(services).sign(asset, lifetime=TILE_LIFETIME)
    return RedirectResponse(url, 302, headers=_BRIEFLY)


@router.get("/{job_id}/cancel")
async def ask_to_cancel(job_id: UUID, request: Request, visit: Oversight) -> Response:
    """Ask whether the job should be cancelled."""
    record = await _require_job(visit.tx, job_id)
    question = Question(
        heading="Cancel this job?",
        text=f"It belongs to {record.email}, who reads that an administrator cancelled it and gets back "
        "the credits that are held for it.",
        action=f"{_HERE}/{job_id}/cancel",
        word="Cancel the job",
        keep="Let it go on",
        back=f"{_HERE}/{job_id}",
    )
    return await ask(request, visit, question, tab=_HERE)


@router.post("/{job_id}/cancel")
async def cancel(job_id: UUID, services: Wired, administrator: Administrator) -> Response:
    """Cancel anybody's job."""
    await actions.cancel(services.database, administrator, job_id=job_id)
    return redirect(f"{_HERE}/{job_id}", Notice.CANCELLED)


async def _find(tx: Tx, query: JobsQuery) -> tuple[list[JobRecord], str | None]:
    start, user_id = read_cursor(query.cursor), None
    if query.user and (user_id := await _account(tx, query.user)) is None:
        return [], None
    wanted = AdminJobFilter(
        statuses=tuple(statuses_of([query.status] if query.status else [])),
        job_types=(query.type,) if query.type else (),
        models=(query.model,) if query.model else (),
        user_id=user_id,
        from_time=_LONG_AGO,
    )
    found = await admin_jobs.list_jobs(
        tx, wanted, before_time=start.time, before_id=start.id, count=PAGE_ROWS + 1
    )
    page, next_cursor = cut_page(found, limit=PAGE_ROWS)
    return list(page), next_cursor


async def _account(tx: Tx, text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        user = await accounts.get_user_by_email(tx, email=text)
        return user and user.id


async def _require_job(tx: Tx, job_id: UUID) -> JobRecord:
    record = await admin_jobs.get_job(tx, job_id=job_id)
    if record is None:
        raise Missing("There is no such job.")
    return record
