"""Jobs as they are written down and as their owners see them."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from enum import StrEnum
from operator import itemgetter
from typing import Any
from uuid import UUID

from rushes.db.pool import Tx
from rushes.db.queries import columns, load, maker, members_of
from rushes.domain.accounts import User, slot_limit
from rushes.domain.ids import AssetId, GroupId, JobId, UserId
from rushes.domain.jobs import (
    CancelReason,
    Destination,
    Job,
    JobStatus,
    JobType,
    ModerationStatus,
    NewJob,
    Orientation,
    Quality,
)
from rushes.domain.media import AssetRole
from rushes.domain.scheduling import tag_per_credit

JobRow = Mapping[str, Any]
"""A job as it was read, with the progress of its running attempt: for answers that show it as it is."""

_queries = load("jobs")

_FIELDS = [field.name for field in fields(Job)]
_ENUMS: Mapping[str, type[StrEnum]] = {
    "job_type": JobType,
    "quality": Quality,
    "status": JobStatus,
    "cancel_requested_reason": CancelReason,
    "cancelled_reason": CancelReason,
    "orientation": Orientation,
    "destination": Destination,
    "moderation_status": ModerationStatus,
}
_ETA = _FIELDS.index("eta_seconds")
_PROGRESS, _TEXT = _FIELDS.index("progress"), _FIELDS.index("progress_text")
_values_of = itemgetter(*(name for name in _FIELDS if name != "eta_seconds"))
_make_job = maker(Job)
_MEMBERS = [(_FIELDS.index(name), members_of(kind)) for name, kind in _ENUMS.items()]


async def insert_jobs(tx: Tx, user: User, new: Sequence[NewJob]) -> dict[JobId, Job]:
    """Write new jobs of an account down with their holds; the caller has checked the balance under its lock.

    What waits for nothing is queued at once, the rest is pending.
    """
    rows = _queries.insert_jobs(
        tx,
        rows=[columns(one) for one in new],
        user_id=user.id,
        slots=slot_limit(user),
        tag_per_credit=tag_per_credit(user.plan),
    )
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
) -> list[JobRow]:
    """Return the rows of a page of the viewer's jobs, newest first; no statuses means all."""
    page = {"user_id": user_id, "before_time": before_time, "before_id": before_id, "count": count}
    if statuses:
        rows = _queries.list_jobs_by_status(tx, statuses=sorted(set(statuses)), **page)
    else:
        rows = _queries.list_jobs(tx, **page)
    return [row async for row in rows]


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
    values = list(_values_of(row))
    values.insert(_ETA, row.get("eta_seconds"))
    for index, members in _MEMBERS:
        if (value := values[index]) is not None:
            values[index] = members[value]
    live = row.get("live_progress")
    if live is not None:
        values[_PROGRESS], values[_TEXT] = live, row["live_text"]
    return _make_job(values)
