"""Jobs as they are written down and as their owners see them."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from rushes.db.pool import Tx
from rushes.db.queries import columns, load
from rushes.domain.ids import AssetId, GroupId, JobId, UserId
from rushes.domain.jobs import CancelReason, Job, JobStatus, JobType, NewJob, Quality
from rushes.domain.media import AssetRole

_queries = load("jobs")

_COLUMNS = [field.name for field in fields(Job) if field.name != "eta_seconds"]
_ENUMS: Mapping[str, type[StrEnum]] = {
    "job_type": JobType,
    "quality": Quality,
    "status": JobStatus,
    "cancel_requested_reason": CancelReason,
    "cancelled_reason": CancelReason,
}


async def insert_jobs(tx: Tx, new: Sequence[NewJob]) -> dict[JobId, Job]:
    """Write new jobs down as pending."""
    rows = _queries.insert_jobs(tx, rows=[columns(one) for one in new])
    return {JobId(row["id"]): job_from_row(row) async for row in rows}


async def insert_inputs(tx: Tx, inputs: Mapping[JobId, Mapping[AssetRole, AssetId]]) -> None:
    """Name files as inputs of jobs."""
    rows = [
        {"job_id": job_id, "role": role, "asset_id": asset_id}
        for job_id, named in inputs.items()
        for role, asset_id in named.items()
    ]
    if rows:
        await _queries.insert_inputs(tx, rows=rows)


async def insert_group(tx: Tx, *, group_id: GroupId, user_id: UserId) -> None:
    """Make a group of jobs."""
    await _queries.insert_group(tx, id=group_id, user_id=user_id)


async def lock_jobs(tx: Tx, *, job_ids: Sequence[UUID], user_id: UserId) -> list[Job]:
    """Take those of some jobs that are the viewer's until the transaction ends; his row was locked before."""
    rows = _queries.lock_jobs(tx, job_ids=list(job_ids), user_id=user_id)
    return [job_from_row(row) async for row in rows]


async def get_job(tx: Tx, *, job_id: UUID, user_id: UserId) -> Job | None:
    """Return one job of the viewer, with the progress of its running attempt."""
    row = await _queries.get_job(tx, job_id=job_id, user_id=user_id)
    return row and job_from_row(row)


async def list_jobs(
    tx: Tx,
    *,
    user_id: UserId,
    statuses: Sequence[JobStatus],
    before_time: datetime,
    before_id: UUID,
    count: int,
) -> list[Job]:
    """Return a page of the viewer's jobs, newest first; no statuses means all."""
    page = {"user_id": user_id, "before_time": before_time, "before_id": before_id, "count": count}
    if statuses:
        rows = _queries.list_jobs_by_status(tx, statuses=sorted(set(statuses)), **page)
    else:
        rows = _queries.list_jobs(tx, **page)
    return [job_from_row(row) async for row in rows]


async def list_jobs_among(tx: Tx, *, user_id: UserId, job_ids: Sequence[UUID]) -> list[Job]:
    """Return those of some jobs that are the viewer's, in no order."""
    rows = _queries.list_jobs_among(tx, user_id=user_id, job_ids=list(job_ids))
    return [job_from_row(row) async for row in rows]


async def count_by_status(tx: Tx, *, user_id: UserId) -> dict[JobStatus, int]:
    """Return how many jobs the viewer has in each state that any is in."""
    rows = _queries.count_by_status(tx, user_id=user_id)
    return {JobStatus(row["status"]): row["jobs"] async for row in rows}


def job_from_row(row: Any) -> Job:
    """Build a job from its row, and from that of its running attempt's progress where the query joined it."""
    values = {name: row[name] for name in _COLUMNS}
    for name, kind in _ENUMS.items():
        if values[name] is not None:
            values[name] = kind(values[name])
    live = row.get("live_progress")
    if live is not None:
        values |= {"progress": live, "progress_text": row["live_text"]}
    return Job(eta_seconds=row.get("eta_seconds"), **values)
