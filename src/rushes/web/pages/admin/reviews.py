"""The queue of outputs that somebody should look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from rushes.actions import admin_jobs as actions
from rushes.db import admin_jobs, media
from rushes.db.admin_jobs import JobRecord, ShareReport
from rushes.db.pool import Tx
from rushes.domain.jobs import ModerationStatus
from rushes.domain.media import AssetRole, AssetStatus
from rushes.domain.moderation import NOTES_MAX_CHARACTERS, TO_REVIEW
from rushes.domain.texts import Text
from rushes.web.api.admin.access import Administrator
from rushes.web.api.cursors import cut_page, read_cursor
from rushes.web.deps import Wired
from rushes.web.pages.admin.access import Oversight, render_admin
from rushes.web.pages.admin.listing import ListQuery
from rushes.web.pages.cards.tiles import Files
from rushes.web.pages.notices import Notice, redirect

router = APIRouter(prefix="/reviews")

_HERE = "/admin/reviews"
_PAGE_REVIEWS = 20
_SHOWN_REPORTS = 5

Open = Literal[ModerationStatus.PENDING, ModerationStatus.FLAGGED]
Cursor = Annotated[str, Form(max_length=200)]


class ReviewsQuery(ListQuery):
    """Which page of the queue; `judged` is what was decided about last, which `was` open in this way."""

    judged: UUID | None = None
    was: Open = ModerationStatus.PENDING


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """An output that wants a decision: its picture, and the file itself, as far as they are there.

    `reports` are the latest; whether there are more is `has_more_reports`.
    """

    record: JobRecord
    heading: str
    is_flagged: bool
    picture: str | None
    output: str | None
    reports: Sequence[ShareReport]
    has_more_reports: bool


@router.get("")
async def show(request: Request, visit: Oversight, query: Annotated[ReviewsQuery, Query()]) -> Response:
    """Show a page of the completed jobs that nobody has approved or rejected, newest first."""
    start = read_cursor(query.cursor)
    found = await admin_jobs.list_reviews(
        visit.tx,
        verdicts=TO_REVIEW,
        before_time=start.time,
        before_id=start.id,
        count=_PAGE_REVIEWS + 1,
    )
    page, next_cursor = cut_page(found, limit=_PAGE_REVIEWS)
    return await render_admin(
        request,
        visit,
        "reviews.html",
        tab=_HERE,
        reviews=await _reviews(visit.tx, page),
        query=query,
        older=next_cursor and f"{_HERE}?{urlencode({'cursor': next_cursor})}",
        notes_length=NOTES_MAX_CHARACTERS,
    )


@router.post("/{job_id}")
async def decide(
    job_id: UUID,
    services: Wired,
    administrator: Administrator,
    decision: Annotated[Literal["approve", "reject"], Form()],
    was: Annotated[Open, Form()] = ModerationStatus.PENDING,
    notes: Annotated[Text | None, Form(max_length=NOTES_MAX_CHARACTERS)] = None,
    cursor: Cursor = "",
) -> Response:
    """Approve or reject what the job made, and go on with the queue."""
    verdict = ModerationStatus.APPROVED if decision == "approve" else ModerationStatus.REJECTED
    await actions.review(services.database, administrator, job_id=job_id, verdict=verdict, notes=notes)
    notice = Notice.APPROVED if decision == "approve" else Notice.REJECTED
    return redirect(_back(cursor, judged=str(job_id), was=was), notice)


@router.post("/{job_id}/reopen")
async def reopen(
    job_id: UUID,
    services: Wired,
    administrator: Administrator,
    was: Annotated[Open, Form()] = ModerationStatus.PENDING,
    cursor: Cursor = "",
) -> Response:
    """Take the decision back."""
    await actions.reopen(services.database, administrator, job_id=job_id, verdict=was)
    return redirect(_back(cursor), Notice.REOPENED)


async def _reviews(tx: Tx, records: Sequence[JobRecord]) -> Sequence[Review]:
    job_ids = [record.job.id for record in records]
    files = await media.list_job_assets(tx, job_ids=job_ids)
    reports = await admin_jobs.list_reports(tx, job_ids=job_ids, count=_SHOWN_REPORTS + 1)
    return [_review(record, files[record.job.id], reports[record.job.id]) for record in records]


def _review(record: JobRecord, files: Files, reports: Sequence[ShareReport]) -> Review:
    ready = {role for role, one in files.items() if one.status is AssetStatus.READY}
    address = f"/admin/jobs/{record.id}/media"
    # A picture is its own poster.
    pictures = {role for role in ready if files[role].media_type.startswith("image/")}
    shown = next((role for role in (AssetRole.POSTER, AssetRole.OUTPUT) if role in pictures), None)
    return Review(
        record=record,
        heading=record.job.prompt or f"Job {str(record.id)[-8:]}",
        is_flagged=record.job.moderation_status is ModerationStatus.FLAGGED,
        picture=shown and f"{address}/{shown}",
        output=f"{address}/{AssetRole.OUTPUT}" if AssetRole.OUTPUT in ready else None,
        reports=reports[:_SHOWN_REPORTS],
        has_more_reports=len(reports) > _SHOWN_REPORTS,
    )


def _back(cursor: str, **last: str) -> str:
    query = urlencode(last | ({"cursor": cursor} if cursor else {}))
    return f"{_HERE}?{query}" if query else _HERE
