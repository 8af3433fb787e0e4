"""Jobs as they are written down and as their owners see them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from rushes.db.pool import Tx
from rushes.db.queries import load
from rushes.domain.ids import AssetId, GroupId, HoldId, JobId, Lease, UserId, VideoId, WorkerId
from rushes.domain.jobs import CancelReason, Job, JobStatus, JobType, NewJob, Quality
from rushes.domain.media import AssetRole

_queries = load("jobs")


async def insert_jobs(tx: Tx, new: Sequence[NewJob]) -> dict[JobId, Job]:
    """Write new jobs down as pending."""
    rows = _queries.insert_jobs(tx, rows=[asdict(one) for one in new])
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
    live = row.get("live_progress")
    return Job(
        id=JobId(row["id"]),
        user_id=UserId(row["user_id"]),
        parent_job_id=_id(JobId, row["parent_job_id"]),
        awaits_parent=row["awaits_parent"],
        group_id=_id(GroupId, row["group_id"]),
        job_type=JobType(row["job_type"]),
        model=row["model"],
        quality=row["quality"] and Quality(row["quality"]),
        lane=row["lane"],
        status=JobStatus(row["status"]),
        priority=row["priority"],
        progress=row["progress"] if live is None else live,
        progress_text=row["progress_text"] if live is None else row["live_text"],
        eta_seconds=row.get("eta_seconds"),
        prompt=row["prompt"],
        options=row["options"],
        metadata=row["metadata"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        queued_at=row["queued_at"],
        started_at=row["started_at"],
        completed_at=row["completed_at"],
        run_at=row["run_at"],
        auto_cancel_at=row["auto_cancel_at"],
        cancel_requested_at=row["cancel_requested_at"],
        cancel_requested_reason=row["cancel_requested_reason"] and CancelReason(row["cancel_requested_reason"]),
        output_seconds=row["output_seconds"],
        cancelled_reason=row["cancelled_reason"] and CancelReason(row["cancelled_reason"]),
        estimated_seconds=row["estimated_seconds"],
        processing_seconds=row["processing_seconds"],
        attempts=row["attempts"],
        attempts_before=row["attempts_before"],
        max_attempts=row["max_attempts"],
        lease=_id(Lease, row["lease"]),
        worker_id=_id(WorkerId, row["worker_id"]),
        error_code=row["error_code"],
        error_message=row["error_message"],
        price=row["price"],
        credits_charged=row["credits_charged"],
        hold_id=_id(HoldId, row["hold_id"]),
        watermark_applied=row["watermark_applied"],
        short_id=row["short_id"],
        video_id=_id(VideoId, row["video_id"]),
    )


def _id(kind: Any, value: UUID | None) -> Any:
    return None if value is None else kind(value)
