"""Finding jobs by what they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from rushes.db import jobs
from rushes.db.jobs import JobRow, job_from_row
from rushes.db.patterns import containing
from rushes.db.pool import Tx
from rushes.db.queries import load
from rushes.domain.ids import UserId
from rushes.domain.jobs import Job, JobStatus, JobType

_queries = load("job_search")

BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
"""Before any job that can be."""

END = datetime(9999, 1, 1, tzinfo=UTC)
"""After any job that can be."""

_FIRST_ID = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFilter:
    """What jobs are looked for; what is left out is no condition.

    `statuses` means any of them, and none means all; `text` is looked for in prompts and in the names of
    input files, without regard to case; jobs created at `since` are among them, those created at `until` are
    not.
    """

    statuses: frozenset[JobStatus] = frozenset()
    job_type: JobType | None = None
    model: str | None = None
    project_id: UUID | None = None
    group_id: UUID | None = None
    session_id: UUID | None = None
    parent_id: UUID | None = None
    text: str | None = None
    starred: bool | None = None
    since: datetime | None = None
    until: datetime | None = None


_PLAIN = JobFilter()


async def find_jobs(
    tx: Tx, wanted: JobFilter, *, user_id: UserId, before_time: datetime, before_id: UUID, count: int
) -> list[Job]:
    """Return a page of the viewer's jobs that meet the filter, newest first."""
    rows = await find_job_rows(
        tx, wanted, user_id=user_id, before_time=before_time, before_id=before_id, count=count
    )
    return [job_from_row(row) for row in rows]


async def find_job_rows(
    tx: Tx, wanted: JobFilter, *, user_id: UserId, before_time: datetime, before_id: UUID, count: int
) -> list[JobRow]:
    """Return what `find_jobs` does as it was read."""
    statuses = sorted(wanted.statuses)
    if _is_plain(wanted):
        return await jobs.list_jobs(
            tx, user_id=user_id, statuses=statuses, before_time=before_time, before_id=before_id, count=count
        )
    await _queries.plan_anew(tx)
    conditions = _conditions(wanted, before_time=before_time, before_id=before_id)
    page = {"user_id": user_id, "count": count, **conditions}
    if statuses:
        rows = _queries.find_jobs_by_status(tx, statuses=statuses, **page)
    else:
        rows = _queries.find_jobs(tx, **page)
    return [row async for row in rows]


async def find_newer_jobs(
    tx: Tx, wanted: JobFilter, *, user_id: UserId, after_time: datetime, after_id: UUID, count: int
) -> list[Job]:
    """Return the page of the viewer's jobs that meet the filter and ends before a job, newest first."""
    await _queries.plan_anew(tx)
    conditions = dict(_conditions(wanted, before_time=END, before_id=_FIRST_ID))
    del conditions["before_time"], conditions["before_id"]
    rows = _queries.find_newer_jobs(
        tx,
        user_id=user_id,
        statuses=sorted(wanted.statuses),
        before_time=wanted.until or END,
        after_time=after_time,
        after_id=after_id,
        count=count,
        **conditions,
    )
    return [job_from_row(row) async for row in rows][::-1]


async def count_jobs(tx: Tx, wanted: JobFilter, *, user_id: UserId) -> dict[JobStatus, int]:
    """Return how many of the viewer's jobs are in each state and meet the filter but for the states in it."""
    if _is_plain(wanted):
        return await jobs.count_by_status(tx, user_id=user_id)
    await _queries.plan_anew(tx)
    conditions = _conditions(wanted, before_time=END, before_id=_FIRST_ID)
    return {
        JobStatus(row["status"]): row["jobs"]
        async for row in _queries.count_jobs(tx, user_id=user_id, **conditions)
    }


def _is_plain(wanted: JobFilter) -> bool:
    """Tell whether it names nothing but states: for these there are indexes."""
    return all(
        getattr(wanted, name) == getattr(_PLAIN, name) for name in JobFilter.__slots__ if name != "statuses"
    )


def _conditions(wanted: JobFilter, *, before_time: datetime, before_id: UUID) -> Mapping[str, Any]:
    if wanted.until is not None and wanted.until <= before_time:
        before_time, before_id = wanted.until, _FIRST_ID
    return {
        "job_type": wanted.job_type,
        "model": wanted.model,
        "project_id": wanted.project_id,
        "group_id": wanted.group_id,
        "session_id": wanted.session_id,
        "parent_id": wanted.parent_id,
        "pattern": containing(wanted.text),
        "starred": wanted.starred,
        "since": wanted.since or BEGINNING,
        "before_time": before_time,
        "before_id": before_id,
    }
