"""The history of a job, as its followers read it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from rushes.db.jobs import job_from_row
from rushes.db.pool import Tx
from rushes.db.queries import load
from rushes.domain.ids import JobId, UserId
from rushes.domain.jobs import Job

_queries = load("jobs")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobEvent:
    """One line of a job's history; ids of one job's events rise in the order of what happened."""

    id: int
    job_id: JobId
    type: str
    data: Mapping[str, Any]
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A job and the last event that led to its state; 0 if its events were pruned."""

    job: Job
    last_event_id: int


async def watch_job(tx: Tx, *, job_id: UUID, user_id: UserId) -> Watched | None:
    """Return one job of the viewer together with its last event, both as of the same moment."""
    row = await _queries.watch_job(tx, job_id=job_id, user_id=user_id)
    return row and Watched(job=job_from_row(row), last_event_id=row["last_event_id"])


async def list_events_after(tx: Tx, *, job_id: JobId, user_id: UserId, after_id: int) -> list[JobEvent]:
    """Return what happened to one job of the viewer since an event, oldest first, at most 1,000."""
    rows = _queries.list_events_after(tx, job_id=job_id, user_id=user_id, after_id=after_id)
    return [
        JobEvent(
            id=row["id"],
            job_id=JobId(row["job_id"]),
            type=row["type"],
            data=row["data"],
            created_at=row["created_at"],
        )
        async for row in rows
    ]
