"""The queue as workers see it: claims, leases, and the endings of attempts, each fenced by its lease."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from rushes.db.jobs import job_from_row
from rushes.db.pool import Tx
from rushes.db.queries import load
from rushes.domain.ids import JobId, Lease, UserId, WorkerId
from rushes.domain.jobs import Attempt, Job, Outcome

_queries = load("queue")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a running attempt says of itself: `progress` 0 to 99, `eta_seconds` to its end."""

    job_id: JobId
    lease: Lease
    progress: int
    text: str | None
    eta_seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapsed:
    """An attempt whose lease has run out."""

    job_id: JobId
    user_id: UserId
    lease: Lease


@dataclass(frozen=True, slots=True, kw_only=True)
class PastAttempt:
    """One line of a job's attempts as its owner sees them; `outcome` is `None` while it runs."""

    number: int
    started_at: datetime
    finished_at: datetime | None
    outcome: Outcome | None
    error_code: str | None
    error_message: str | None
    log: str


async def claim_jobs(
    tx: Tx, *, lanes: Sequence[str], count: int, worker_id: WorkerId, lease_time: timedelta
) -> list[Attempt]:
    """Take the next jobs of some lanes and begin an attempt at each."""
    rows = _queries.claim_jobs(tx, lanes=list(lanes), count=count, worker_id=worker_id, lease_time=lease_time)
    return [
        Attempt(
            job=job_from_row(row),
            number=row["attempts"],
            lease=Lease(row["lease"]),
            engine=row["engine"],
            time_limit_seconds=row["time_limit_seconds"],
        )
        async for row in rows
    ]


async def renew_leases(tx: Tx, *, attempts: Sequence[Attempt], lease_time: timedelta) -> dict[Lease, bool]:
    """Renew the leases still held; return them, each with whether its job should stop."""
    rows = _queries.renew_leases(
        tx,
        job_ids=[attempt.job.id for attempt in attempts],
        leases=[attempt.lease for attempt in attempts],
        lease_time=lease_time,
    )
    return {Lease(row["lease"]): row["cancel_requested"] async for row in rows}


async def lock_attempt(tx: Tx, *, job_id: JobId, lease: Lease) -> Job | None:
    """Take the job for the attempt that holds the lease; `None` if the lease was lost."""
    row = await _queries.lock_attempt(tx, job_id=job_id, lease=lease)
    return row and job_from_row(row)


async def get_job_completed_by(tx: Tx, *, lease: Lease) -> Job | None:
    """Return the job that the attempt with this lease has completed; `None` if it completed none."""
    row = await _queries.get_job_completed_by(tx, lease=lease)
    return row and job_from_row(row)


async def lock_lapsed(tx: Tx, *, lapsed: Lapsed) -> Job | None:
    """Take the job of a lapsed attempt; `None` if it was renewed or settled meanwhile."""
    row = await _queries.lock_lapsed(tx, job_id=lapsed.job_id, lease=lapsed.lease)
    return row and job_from_row(row)


async def list_lapsed(tx: Tx, *, count: int) -> list[Lapsed]:
    """Return attempts whose lease has run out, the longest lapsed first."""
    return [
        Lapsed(job_id=JobId(row["id"]), user_id=UserId(row["user_id"]), lease=Lease(row["lease"]))
        async for row in _queries.list_lapsed(tx, count=count)
    ]


async def end_attempt(
    tx: Tx,
    *,
    job_id: JobId,
    lease: Lease,
    outcome: Outcome,
    error_code: str | None = None,
    error_message: str | None = None,
    log: str = "",
) -> int:
    """Write down how an attempt ended; return its number. Call it under the job's lock."""
    return await _queries.end_attempt(
        tx,
        job_id=job_id,
        lease=lease,
        outcome=outcome,
        error_code=error_code,
        error_message=error_message,
        log=log,
    )


async def count_lost(tx: Tx, *, job_id: JobId) -> int:
    """Return how many attempts of the job took their worker with them."""
    return await _queries.count_lost(tx, job_id=job_id)


async def save_progress(tx: Tx, *, said: Sequence[Said]) -> None:
    """Keep what running attempts say of themselves; those that lost their lease are passed over."""
    rows = _queries.save_progress(
        tx,
        job_ids=[one.job_id for one in said],
        leases=[one.lease for one in said],
        progresses=[one.progress for one in said],
        texts=[one.text for one in said],
        etas=[one.eta_seconds for one in said],
    )
    async for _ in rows:
        pass


async def list_attempts(tx: Tx, *, job_id: UUID) -> list[PastAttempt]:
    """Return the attempts of a job, first to last."""
    return [
        PastAttempt(
            number=row["number"],
            started_at=row["started_at"],
            finished_at=row["finished_at"],
            outcome=row["outcome"] and Outcome(row["outcome"]),
            error_code=row["error_code"],
            error_message=row["error_message"],
            log=row["log"],
        )
        async for row in _queries.list_attempts(tx, job_id=job_id)
    ]
