"""Every change of a job's state after it was written down, many jobs in one statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from rushes.db.jobs import job_from_row
from rushes.db.pool import Tx
from rushes.db.queries import columns, load, storable
from rushes.domain.accounts import SLOTS, User, slot_limit
from rushes.domain.endings import Verdict
from rushes.domain.ids import AssetId, HoldId, ImageId, JobId, UserId, VideoId
from rushes.domain.jobs import CancelReason, Job
from rushes.domain.media import AssetRole
from rushes.domain.scheduling import tag_per_credit

_queries = load("lifecycle")


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What a completed job is remembered by: its video or its image; `credits_charged` are credits."""

    credits_charged: int
    short_id: str
    watermark_applied: bool
    video_id: VideoId | None = None
    image_id: ImageId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedInput:
    """An input that can never become ready, and why."""

    job: Job
    role: AssetRole
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OverdueJob:
    """A job past the time at which its owner wanted it cancelled."""

    job_id: JobId
    user_id: UserId


async def admit(tx: Tx, users: Sequence[User], *, job_ids: Sequence[JobId]) -> list[Job]:
    """Let the accounts' next pending jobs in, as their slots allow, and some validating ones on.

    Those whose inputs are ready are queued in fair order; the others wait for these. Returns what has moved.
    """
    accounts = [
        {"id": user.id, "slots": slot_limit(user), "tag_per_credit": tag_per_credit(user.plan)}
        for user in users
    ]
    return [job_from_row(row) async for row in _queries.admit(tx, accounts=accounts, job_ids=list(job_ids))]


async def list_refused_inputs(tx: Tx, *, job_ids: Sequence[JobId]) -> list[RefusedInput]:
    """Return, for each of the jobs that has one, an input that can never become ready."""
    return [
        RefusedInput(
            job=job_from_row(row),
            role=AssetRole(row["refused_role"]),
            message=row["refused_because"] or "The file was deleted.",
        )
        async for row in _queries.list_refused_inputs(tx, job_ids=list(job_ids))
    ]


async def list_waiting_for_asset(tx: Tx, *, asset_id: AssetId) -> list[JobId]:
    """Return the validating jobs that name a file."""
    return [JobId(row["id"]) async for row in _queries.list_waiting_for_asset(tx, asset_id=asset_id)]


async def give_back_shares(tx: Tx, *, job_ids: Sequence[JobId]) -> None:
    """Move accounts forward again in their lanes by jobs that left them without having run."""
    await _queries.give_back_shares(tx, job_ids=list(job_ids))


async def end_jobs(tx: Tx, verdicts: Sequence[tuple[JobId, Verdict, Made | None]]) -> list[Job]:
    """Move jobs on from what they were doing, each by its verdict; they are locked."""
    rows = [
        {
            "id": job_id,
            "status": verdict.status,
            "delay_seconds": verdict.delay.total_seconds(),
            "spared": verdict.spared,
            "error_code": verdict.error_code,
            "error_message": storable(verdict.error_message),
            "cancelled_reason": verdict.cancelled_reason,
            "credits_charged": 0,
        }
        | (columns(made) if made else {})
        for job_id, verdict, made in verdicts
    ]
    return [job_from_row(row) async for row in _queries.end_jobs(tx, rows=rows)]


async def save_qualities(tx: Tx, measured: Mapping[JobId, Mapping[str, float]]) -> None:
    """Keep the metrics of that name which engines measured on what they made; the jobs are locked."""
    rows = [
        {"id": job_id, "rating": metrics.get("quality_rating"), "gain": metrics.get("quality_improvement")}
        for job_id, metrics in measured.items()
    ]
    await _queries.save_qualities(tx, rows=rows)


async def release_children(tx: Tx, *, parent_ids: Sequence[JobId]) -> bool:
    """Let the children of completed jobs go on to wait for a slot; tell whether there were any."""
    return bool([row async for row in _queries.release_children(tx, parent_ids=list(parent_ids))])


async def cancel_children(tx: Tx, *, parent_ids: Sequence[JobId]) -> list[Job]:
    """Cancel what waits, however indirectly, for jobs that will not complete."""
    return [job_from_row(row) async for row in _queries.cancel_children(tx, parent_ids=list(parent_ids))]


async def request_cancel(tx: Tx, *, job_ids: Sequence[UUID], reason: CancelReason) -> None:
    """Ask the workers that run the jobs to stop."""
    await _queries.request_cancel(tx, job_ids=list(job_ids), reason=reason)
    await _queries.notify_cancel(tx)


async def list_overdue(tx: Tx, *, count: int) -> list[OverdueJob]:
    """Return jobs past their deadline that nobody was asked to stop yet, the longest overdue first."""
    return [
        OverdueJob(job_id=JobId(row["id"]), user_id=UserId(row["user_id"]))
        async for row in _queries.list_overdue(tx, count=count)
    ]


async def submit_again(
    tx: Tx, job: Job, *, hold_id: HoldId, price: int, max_attempts: int, watermark: bool
) -> Job:
    """Let a failed job begin anew, with a new hold and new attempts, its output with the mark or without."""
    row = await _queries.submit_again(
        tx, job_id=job.id, hold_id=hold_id, price=price, max_attempts=max_attempts, watermark=watermark
    )
    return job_from_row(row)


async def list_held_up(tx: Tx) -> list[UserId]:
    """Return accounts with jobs that could go on, but that no event let go on."""
    plans = [{"name": plan, "slots": slots} for plan, slots in SLOTS.items()]
    return [UserId(row["id"]) async for row in _queries.list_held_up(tx, plans=plans)]


async def list_validating(tx: Tx, *, user_id: UserId) -> list[JobId]:
    """Return an account's validating jobs."""
    return [JobId(row["id"]) async for row in _queries.list_validating(tx, user_id=user_id)]
