"""Jobs of all accounts, as administrators see them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from rushes.db.jobs import job_from_row
from rushes.db.ledger import Entry, entry_from_row
from rushes.db.pool import Tx
from rushes.db.queries import load
from rushes.domain.ids import UserId
from rushes.domain.jobs import LOG_TAIL_CHARACTERS, Job, JobStatus, JobType, ModerationStatus, Outcome

_queries = load("admin_jobs")
_EVERY_STATUS = sorted(JobStatus)
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord:
    """A job, deleted or not, with its owner's address."""

    job: Job
    email: str
    deleted_at: datetime | None

    @property
    def id(self) -> UUID:
        """The job's id."""
        return self.job.id

    @property
    def created_at(self) -> datetime:
        """When the job was submitted."""
        return self.job.created_at


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRecord:
    """One attempt; `log_tail` is the end of what it said, at most 4000 characters."""

    number: int
    worker_id: UUID | None
    worker_name: str | None
    started_at: datetime
    finished_at: datetime | None
    outcome: Outcome | None
    error_code: str | None
    error_message: str | None
    external_job_id: str | None
    log_tail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareReport:
    """What somebody who followed a link said of the output behind it."""

    report: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminJobFilter:
    """Which jobs to list; an empty tuple or `None` filters nothing. `to_time` is not included."""

    statuses: tuple[JobStatus, ...] = ()
    job_types: tuple[JobType, ...] = ()
    lanes: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    user_id: UUID | None = None
    from_time: datetime
    to_time: datetime | None = None


async def list_jobs(
    tx: Tx, wanted: AdminJobFilter, *, before_time: datetime, before_id: UUID, count: int
) -> list[JobRecord]:
    """Return a page of the jobs of all accounts, newest first, deleted ones included."""
    filters: dict[str, Any] = {
        "statuses": sorted(wanted.statuses) or _EVERY_STATUS,
        "job_types": sorted(wanted.job_types),
        "lanes": list(wanted.lanes),
        "models": list(wanted.models),
        "from_time": wanted.from_time,
        "to_time": wanted.to_time or _NEVER,
        "before_time": before_time,
        "before_id": before_id,
        "count": count,
    }
    if wanted.user_id is not None:
        rows = _queries.list_jobs_of_user(tx, user_id=wanted.user_id, **filters)
    elif wanted.job_types and not wanted.statuses:
        rows = _queries.list_jobs_of_types(tx, **filters)
    else:
        rows = _queries.list_jobs(tx, **filters)
    return [_record(row) async for row in rows]


async def list_reviews(
    tx: Tx, *, verdicts: Sequence[ModerationStatus], before_time: datetime, before_id: UUID, count: int
) -> list[JobRecord]:
    """Return a page of the completed jobs that want a review, newest first."""
    rows = _queries.list_reviews(
        tx, verdicts=sorted(set(verdicts)), before_time=before_time, before_id=before_id, count=count
    )
    return [_record(row) async for row in rows]


async def get_job(tx: Tx, *, job_id: UUID) -> JobRecord | None:
    """Return a job of anybody, deleted or not."""
    row = await _queries.get_job(tx, job_id=job_id)
    return row and _record(row)


async def review_job(
    tx: Tx, *, job_id: UUID, verdict: ModerationStatus, reviewer_id: UserId | None, notes: str | None
) -> None:
    """Write down what somebody decided about a job's output."""
    await _queries.review_job(tx, job_id=job_id, verdict=verdict, reviewer_id=reviewer_id, notes=notes)


async def reopen_job(tx: Tx, *, job_id: UUID, verdict: ModerationStatus) -> None:
    """Take back what somebody decided about a job's output."""
    await _queries.reopen_job(tx, job_id=job_id, verdict=verdict)


async def list_reports(
    tx: Tx, *, job_ids: Sequence[UUID], count: int
) -> Mapping[UUID, Sequence[ShareReport]]:
    """Return what was reported of each job's output, newest first, at most `count` of each."""
    found = defaultdict[UUID, list[ShareReport]](list)
    async for row in _queries.list_reports(tx, job_ids=list(job_ids), count=count):
        found[row["job_id"]].append(ShareReport(report=row["report"], created_at=row["created_at"]))
    return found


async def list_attempts(tx: Tx, *, job_id: UUID) -> list[AttemptRecord]:
    """Return the attempts of a job, first to last."""
    rows = _queries.list_attempts(tx, job_id=job_id, characters=LOG_TAIL_CHARACTERS)
    return [_attempt(row) async for row in rows]


async def list_entries(tx: Tx, *, job_id: UUID) -> list[Entry]:
    """Return what a job did to its owner's balance, oldest first."""
    return [entry_from_row(row) async for row in _queries.list_entries(tx, job_id=job_id)]


def _attempt(row: Any) -> AttemptRecord:
    known: dict[str, Any] = {field.name: row[field.name] for field in fields(AttemptRecord)}
    known["outcome"] = row["outcome"] and Outcome(row["outcome"])
    return AttemptRecord(**known)


def _record(row: Any) -> JobRecord:
    return JobRecord(job=job_from_row(row), email=row["email"], deleted_at=row["deleted_at"])
