"""Jobs of all accounts."""

from datetime import UTC, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from rushes.actions import admin_jobs as actions
from rushes.db import admin_jobs
from rushes.db.admin_jobs import AdminJobFilter, JobRecord
from rushes.domain.jobs import (
    LOG_TAIL_CHARACTERS,
    CancelReason,
    JobStatus,
    JobType,
    ModerationStatus,
    Outcome,
)
from rushes.errors import Missing
from rushes.web.api.admin.access import Administrator, Overview
from rushes.web.api.admin.ledger_lines import LedgerLine
from rushes.web.api.cursors import cut_page, read_cursor
from rushes.web.api.job_filters import CursorText, Limit, StatusName, statuses_of
from rushes.web.api.wording import Text, Time
from rushes.web.deps import Wired
from rushes.web.errors import documented

router = APIRouter(prefix="/jobs", tags=["admin"])

_LONG_AGO = datetime(1, 1, 2, tzinfo=UTC)
_Name = Annotated[Text, Field(max_length=63)]


class AnyJobDocument(BaseModel):
    """A job as administrators see it."""

    id: UUID
    user_id: UUID
    email: Annotated[str, Field(description="Its owner's address.")]
    parent_job_id: UUID | None
    job_type: JobType
    model: str
    lane: str
    status: JobStatus
    priority: Annotated[int, Field(ge=1, le=10, description="1 is first.")]
    progress: Annotated[int, Field(ge=0, le=100, description="100 if and only if it is completed.")]
    progress_text: str | None
    prompt: str | None
    options: dict[str, Any]
    metadata: dict[str, Any]
    created_at: datetime
    queued_at: datetime | None
    started_at: Annotated[datetime | None, Field(description="Of the latest attempt.")]
    completed_at: Annotated[datetime | None, Field(description="Set once it has ended, in whatever way.")]
    run_at: Annotated[datetime, Field(description="While it is queued: not to begin before.")]
    cancel_requested_at: datetime | None
    cancelled_reason: CancelReason | None
    processing_seconds: float | None
    attempts: int
    max_attempts: int
    worker_id: UUID | None
    external_job_id: Annotated[str | None, Field(description="What a provider far away calls it.")]
    error_code: str | None
    error_message: str | None
    price: Annotated[int, Field(description="The most that it can cost, in credits.")]
    credits_charged: Annotated[int, Field(description="What it did cost; 0 until it is completed.")]
    moderation_status: ModerationStatus
    reviewed_at: datetime | None
    reviewed_by: Annotated[UUID | None, Field(description="The administrator's account.")]
    review_notes: str | None
    deleted_at: Annotated[datetime | None, Field(description="When its owner deleted it.")]

    @classmethod
    def of(cls, record: JobRecord) -> Self:
        """Show a job to an administrator."""
        # A word means the same here as in the domain: so what has the same name is the same value.
        source = (record, record.job)
        return cls(
            **{
                name: next(getattr(each, name) for each in source if hasattr(each, name))
                for name in AnyJobDocument.model_fields
            }
        )


class AnyAttemptDocument(BaseModel):
    """One try at a job by one worker."""

    model_config = ConfigDict(from_attributes=True)

    number: int
    worker_id: UUID | None
    worker_name: Annotated[str | None, Field(description="Null once the worker is forgotten.")]
    started_at: datetime
    finished_at: datetime | None
    outcome: Annotated[Outcome | None, Field(description="Null while it runs.")]
    error_code: str | None
    error_message: str | None
    external_job_id: str | None
    log_tail: Annotated[
        str, Field(description=f"The end of what its engine said, at most {LOG_TAIL_CHARACTERS} characters.")
    ]


class AnyJobDetails(BaseModel):
    """A job with its attempts and what it did to its owner's balance."""

    job: AnyJobDocument
    attempts: Annotated[list[AnyAttemptDocument], Field(description="First to last.")]
    ledger: Annotated[list[LedgerLine], Field(description="Holds and their endings, oldest first.")]


class AnyJobPage(BaseModel):
    """A page of the jobs of all accounts, newest first."""

    jobs: list[AnyJobDocument]
    next_cursor: Annotated[str | None, Field(description="`cursor` of the next page; null on the last.")]


class AnyJobQuery(BaseModel):
    """What a list of the jobs of all accounts can be asked for with."""

    status: Annotated[
        list[StatusName],
        Field(
            default_factory=list,
            max_length=20,
            description="Any of these; `active` is all that can still change. None means all.",
        ),
    ]
    type: Annotated[
        list[JobType], Field(default_factory=list, max_length=20, description="Any of these job types.")
    ]
    lane: Annotated[
        list[_Name], Field(default_factory=list, max_length=20, description="In any of these lanes.")
    ]
    model: Annotated[
        list[_Name], Field(default_factory=list, max_length=20, description="By any of these models.")
    ]
    user: Annotated[UUID | None, Field(description="Of this account.")] = None
    since: Annotated[Time | None, Field(alias="from", description="Submitted at this time or later.")] = None
    until: Annotated[Time | None, Field(alias="to", description="Submitted before this time.")] = None
    limit: Limit = 20
    cursor: CursorText = None

    def filter(self) -> AdminJobFilter:
        """Return what the store takes."""
        return AdminJobFilter(
            statuses=tuple(statuses_of(self.status)),
            job_types=tuple(set(self.type)),
            lanes=tuple(self.lane),
            models=tuple(self.model),
            user_id=self.user,
            from_time=self.since or _LONG_AGO,
            to_time=self.until,
        )


@router.get("", responses=documented(401, 403))
async def list_jobs(tx: Overview, asked: Annotated[AnyJobQuery, Query()]) -> AnyJobPage:
    """Return a page of the jobs of all accounts, newest first, those that their owners deleted included."""
    start = read_cursor(asked.cursor)
    found = await admin_jobs.list_jobs(
        tx, asked.filter(), before_time=start.time, before_id=start.id, count=asked.limit + 1
    )
    page, next_cursor = cut_page(found, limit=asked.limit)
    return AnyJobPage(jobs=[AnyJobDocument.of(record) for record in page], next_cursor=next_cursor)


@router.get("/{job_id}", responses=documented(401, 403, 404))
async def show_job(job_id: UUID, tx: Overview) -> AnyJobDetails:
    """Return anybody's job with its attempts, the ends of their logs, and its ledger entries."""
    record = await admin_jobs.get_job(tx, job_id=job_id)
    if record is None:
        raise Missing("There is no such job.")
    attempts = await admin_jobs.list_attempts(tx, job_id=job_id)
    entries = await admin_jobs.list_entries(tx, job_id=job_id)
    return AnyJobDetails(
        job=AnyJobDocument.of(record),
        attempts=[AnyAttemptDocument.model_validate(attempt) for attempt in attempts],
        ledger=[LedgerLine.of(entry) for entry in entries],
    )


@router.post("/{job_id}/cancel", responses=documented(401, 403, 404, 409))
async def cancel_job(job_id: UUID, services: Wired, administrator: Administrator) -> AnyJobDocument:
    """Cancel anybody's job, with the reason `admin`: a running one ends when its engine is gone."""
    return AnyJobDocument.of(await actions.cancel(services.database, administrator, job_id=job_id))


@router.post("/{job_id}/retry", responses=documented(401, 402, 403, 404, 409))
async def retry_job(job_id: UUID, services: Wired, administrator: Administrator) -> AnyJobDocument:
    """Submit anybody's failed job once more, with new attempts, and a new hold on its owner's balance."""
    return AnyJobDocument.of(await actions.retry(services.database, administrator, job_id=job_id))
