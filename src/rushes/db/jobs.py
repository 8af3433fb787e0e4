"""Jobs as their owners see them, and every change of their state."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from rushes.db.pool import Tx
from rushes.db.queries import load
from rushes.domain.ids import AssetId, HoldId, JobId, Lease, UserId, VideoId, WorkerId
from rushes.domain.jobs import CancelReason, Job, JobStatus, JobType, NewJob
from rushes.domain.media import AssetRole

_queries = load("jobs")


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedInput:
    """An input that can never become ready, and why."""

    job_id: JobId
    role: AssetRole
    message: str


async def insert_job(tx: Tx, new: NewJob) -> Job:
    """Write a new job down as pending."""
    return job_from_row(await _queries.insert_job(tx, **asdict(new)))


async def insert_input(tx: Tx, *, job_id: JobId, role: AssetRole, asset_id: AssetId) -> None:
    """Name a file as one of the job's inputs."""
    await _queries.insert_input(tx, job_id=job_id, role=role, asset_id=asset_id)


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


async def admit_pending(tx: Tx, *, user_id: UserId, slots: int) -> list[JobId]:
    """Move the account's next pending jobs to validating, as many as it has free slots."""
    return [JobId(row["id"]) async for row in _queries.admit_pending(tx, user_id=user_id, slots=slots)]


async def queue_validated(tx: Tx, *, job_ids: Sequence[JobId]) -> list[JobId]:
    """Queue those of the jobs whose inputs are all ready; return them."""
    return [JobId(row["id"]) async for row in _queries.queue_validated(tx, job_ids=list(job_ids))]


async def list_refused_inputs(tx: Tx, *, job_ids: Sequence[JobId]) -> list[RefusedInput]:
    """Return, for each of the jobs that has one, an input that can never become ready."""
    return [
        RefusedInput(
            job_id=JobId(row["job_id"]),
            role=AssetRole(row["role"]),
            message=row["error_message"] or "The file was deleted.",
        )
        async for row in _queries.list_refused_inputs(tx, job_ids=list(job_ids))
    ]


async def list_waiting_for_asset(tx: Tx, *, asset_id: AssetId) -> list[JobId]:
    """Return the validating jobs that name a file."""
    return [JobId(row["id"]) async for row in _queries.list_waiting_for_asset(tx, asset_id=asset_id)]


async def lock_job(tx: Tx, *, job_id: UUID, user_id: UserId) -> Job | None:
    """Take one job of the viewer until the transaction ends."""
    row = await _queries.lock_job(tx, job_id=job_id, user_id=user_id)
    return row and job_from_row(row)


async def cancel_job(tx: Tx, *, job_id: JobId, reason: CancelReason) -> Job:
    """End a job as cancelled."""
    return job_from_row(await _queries.cancel_job(tx, job_id=job_id, reason=reason))


async def request_cancel(tx: Tx, *, job_id: JobId) -> None:
    """Ask the worker that runs the job to stop."""
    await _queries.request_cancel(tx, job_id=job_id)
    await _queries.notify_cancel(tx, job_id=job_id)


async def fail_job(tx: Tx, *, job_id: JobId, error_code: str, error_message: str) -> Job:
    """End a job as failed."""
    row = await _queries.fail_job(tx, job_id=job_id, error_code=error_code, error_message=error_message)
    return job_from_row(row)


async def requeue_job(tx: Tx, *, job_id: JobId, delay: timedelta) -> Job:
    """Put a job back in its lane, to run again after a delay."""
    return job_from_row(await _queries.requeue_job(tx, job_id=job_id, delay=delay))


async def hand_back_job(tx: Tx, *, job_id: JobId) -> Job:
    """Put a job back in its lane at once, without the loss of an attempt."""
    return job_from_row(await _queries.hand_back_job(tx, job_id=job_id))


async def complete_job(
    tx: Tx, *, job_id: JobId, credits_charged: int, short_id: str, video_id: VideoId
) -> Job:
    """End a job with its output."""
    row = await _queries.complete_job(
        tx, job_id=job_id, credits_charged=credits_charged, short_id=short_id, video_id=video_id
    )
    return job_from_row(row)


def job_from_row(row: Any) -> Job:
    """Build a job from its row, and from that of its running attempt's progress where the query joined it."""
    live = row.get("live_progress")
    return Job(
        id=JobId(row["id"]),
        user_id=UserId(row["user_id"]),
        parent_job_id=_id(JobId, row["parent_job_id"]),
        job_type=JobType(row["job_type"]),
        model=row["model"],
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
        cancel_requested_at=row["cancel_requested_at"],
        cancelled_reason=row["cancelled_reason"] and CancelReason(row["cancelled_reason"]),
        estimated_seconds=row["estimated_seconds"],
        processing_seconds=row["processing_seconds"],
        attempts=row["attempts"],
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
