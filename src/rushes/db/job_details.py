"""What is kept beside a job: its attempts, what works on its output, and what it cost."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rushes.db.ledger import Entry, entry_from_row
from rushes.db.pool import Tx
from rushes.db.queries import load
from rushes.domain.ids import JobId, UserId
from rushes.domain.jobs import LOG_TAIL_CHARACTERS, JobStatus, JobType, Outcome

_queries = load("job_details")


@dataclass(frozen=True, slots=True, kw_only=True)
class PastAttempt:
    """One try at a job; `worker` is the name of who made it, `None` once nobody knows.

    `log_tail` is the end of what it said, at most `LOG_TAIL_CHARACTERS`.
    """

    number: int
    worker: str | None
    started_at: datetime
    finished_at: datetime | None
    outcome: Outcome | None
    error_code: str | None
    error_message: str | None
    external_job_id: str | None
    log_tail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A job that works on the output of another."""

    id: JobId
    job_type: JobType
    model: str
    status: JobStatus


async def list_attempts(tx: Tx, *, job_id: JobId, user_id: UserId) -> list[PastAttempt]:
    """Return the attempts at one job of the viewer, first to last."""
    rows = _queries.list_attempts(tx, job_id=job_id, user_id=user_id, characters=LOG_TAIL_CHARACTERS)
    return [_attempt(row) async for row in rows]


async def list_children(tx: Tx, *, job_id: JobId, user_id: UserId) -> list[Child]:
    """Return the viewer's jobs that work on the output of one of them, oldest first."""
    rows = _queries.list_children(tx, job_id=job_id, user_id=user_id)
    return [
        Child(
            id=JobId(row["id"]),
            job_type=JobType(row["job_type"]),
            model=row["model"],
            status=JobStatus(row["status"]),
        )
        async for row in rows
    ]


async def list_receipt(tx: Tx, *, job_id: JobId, user_id: UserId) -> list[Entry]:
    """Return what one job of the viewer did to his balance, first to last."""
    rows = _queries.list_receipt(tx, job_id=job_id, user_id=user_id)
    return [entry_from_row(row) async for row in rows]


def _attempt(row: Any) -> PastAttempt:
    return PastAttempt(
        number=row["number"],
        worker=row["worker"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        outcome=row["outcome"] and Outcome(row["outcome"]),
        error_code=row["error_code"],
        error_message=row["error_message"],
        external_job_id=row["external_job_id"],
        log_tail=row["log_tail"],
    )
