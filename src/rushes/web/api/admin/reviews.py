"""The queue of outputs that somebody should look at."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from rushes.actions import admin_jobs as actions
from rushes.db import admin_jobs
from rushes.domain.jobs import ModerationStatus
from rushes.domain.moderation import NOTES_MAX_CHARACTERS, TO_REVIEW
from rushes.web.api.admin.access import Administrator, CursorText, Limit, Overview
from rushes.web.api.admin.jobs import AnyJobDocument, AnyJobPage
from rushes.web.api.cursors import cut_page, read_cursor
from rushes.web.api.wording import Ask, Text
from rushes.web.deps import Wired
from rushes.web.errors import documented

router = APIRouter(prefix="/reviews", tags=["admin"])


class ReviewBody(Ask):
    """What somebody decided about an output."""

    decision: Annotated[Literal["approve", "reject"], Field(description="The verdict.")]
    notes: Annotated[
        Annotated[Text, Field(max_length=NOTES_MAX_CHARACTERS)] | None,
        Field(description="Why; the job's owner can read it.", examples=["shows a trademark"]),
    ] = None


@router.get("", responses=documented(401, 403))
async def list_reviews(
    tx: Overview,
    status: Annotated[
        Literal[ModerationStatus.PENDING, ModerationStatus.FLAGGED] | None,
        Query(description="`flagged` by a check, or `pending`, which nobody has looked at; both by default."),
    ] = None,
    limit: Limit = 20,
    cursor: CursorText = None,
) -> AnyJobPage:
    """Return a page of the completed jobs that nobody has approved or rejected, newest first."""
    start = read_cursor(cursor)
    found = await admin_jobs.list_reviews(
        tx,
        verdicts=TO_REVIEW if status is None else [ModerationStatus(status)],
        before_time=start.time,
        before_id=start.id,
        count=limit + 1,
    )
    page, next_cursor = cut_page(found, limit=limit)
    return AnyJobPage(jobs=[AnyJobDocument.of(record) for record in page], next_cursor=next_cursor)


@router.post("/{job_id}", responses=documented(401, 403, 404, 409))
async def review(
    job_id: UUID, body: ReviewBody, services: Wired, administrator: Administrator
) -> AnyJobDocument:
    """Approve or reject what a completed job made; a later decision replaces an earlier one.

    What is rejected is seen by its owner alone: a link to it is answered with 410.
    """
    verdict = ModerationStatus.APPROVED if body.decision == "approve" else ModerationStatus.REJECTED
    record = await actions.review(
        services.database, administrator, job_id=job_id, verdict=verdict, notes=body.notes
    )
    return AnyJobDocument.of(record)
