"""The queue as workers see it: claims, leases, and the endings of attempts, each fenced by its lease."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from rushes.db.jobs import job_from_row
from rushes.db.media import asset_from_row
from rushes.db.pool import Tx
from rushes.db.queries import load, storable
from rushes.domain.endings import Ending, Lapsed
from rushes.domain.ids import JobId, Lease, UserId, WorkerId
from rushes.domain.jobs import Attempt, Job, Outcome
from rushes.domain.media import Asset, AssetRole

_queries = load("queue")

LOG_CHARACTERS = 65_536
"""How much of the end of an attempt's log is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a running attempt says of itself: `progress` 0 to 99, `eta_seconds` to its end."""

    job_id: JobId
    lease: Lease
    progress: int
    text: str | None
    eta_seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A new attempt with what it needs: its job's files by role, and what an earlier attempt left.

    `parent_watermarked` tells whether the output that it works on, if any, has the watermark.
    """

    attempt: Attempt
    inputs: Mapping[AssetRole, Asset]
    checkpoint: Mapping[str, Any] | None
    parent_watermarked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What a running attempt leaves for whoever looks later; `None` keeps what is there."""

    job_id: JobId
    lease: Lease
    log: str | None = None
    checkpoint: Mapping[str, Any] | None = None
    external_job_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldJob:
    """A job under its lock, whose attempt still holds its lease.

    Of its earlier attempts since it was last asked for: how many were lost, and how many failed for a while.
    """

    job: Job
    workers_killed: int
    failures: int


async def claim_jobs(
    tx: Tx,
    *,
    lanes: Sequence[str],
    engines: Sequence[str],
    count: int,
    worker_id: WorkerId,
    lease_time: timedelta,
) -> list[Claimed]:
    """Take the next jobs of some lanes that some engines can make, and begin an attempt at each."""
    rows = _queries.claim_jobs(
        tx,
        lanes=list(lanes),
        engines=list(engines),
        count=count,
        worker_id=worker_id,
        lease_time=lease_time,
    )
    return [
        Claimed(
            attempt=Attempt(
                job=job_from_row(row),
                number=row["attempts"],
                lease=Lease(row["lease"]),
                engine=row["engine"],
                time_limit_seconds=row["time_limit_seconds"],
                config=row["engine_config"],
            ),
            inputs=_inputs(row),
            checkpoint=row["checkpoint"],
            parent_watermarked=row["parent_watermarked"],
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


async def lock_attempts(tx: Tx, endings: Sequence[Ending]) -> dict[Lease, HeldJob]:
    """Take the jobs whose attempts hold their leases; of lost ones, those whose leases ran out indeed."""
    rows = _queries.lock_attempts(
        tx,
        job_ids=[ending.job_id for ending in endings],
        leases=[ending.lease for ending in endings],
        lapsed=[ending.outcome is Outcome.LOST for ending in endings],
    )
    return {
        Lease(row["lease"]): HeldJob(
            job=job_from_row(row), workers_killed=row["workers_killed"], failures=row["failures"]
        )
        async for row in rows
    }


async def list_settled(tx: Tx, endings: Sequence[Ending]) -> dict[Lease, Job]:
    """Return the jobs of those endings that were written down before; a success only as a success."""
    succeeded = {ending.lease: ending.outcome is Outcome.SUCCEEDED for ending in endings}
    rows = _queries.list_settled(tx, leases=list(succeeded))
    return {
        Lease(row["settled_lease"]): job_from_row(row)
        async for row in rows
        if succeeded[row["settled_lease"]] == (row["settled_as"] == Outcome.SUCCEEDED)
    }


async def list_lapsed(tx: Tx, *, count: int) -> list[Lapsed]:
    """Return attempts whose lease has run out, the longest lapsed first."""
    return [
        Lapsed(job_id=JobId(row["id"]), user_id=UserId(row["user_id"]), lease=Lease(row["lease"]))
        async for row in _queries.list_lapsed(tx, count=count)
    ]


async def end_attempts(tx: Tx, ended: Sequence[tuple[Ending, Outcome]]) -> None:
    """Write down how attempts ended. Call it under their jobs' locks."""
    rows = [
        {
            "job_id": ending.job_id,
            "lease": ending.lease,
            "outcome": outcome,
            "error_code": ending.error_code,
            "error_message": storable(ending.error_message),
            "log": _tail(ending.log),
        }
        for ending, outcome in ended
    ]
    await _queries.end_attempts(tx, rows=rows)


async def save_progress(tx: Tx, *, said: Sequence[Said]) -> None:
    """Keep what running attempts say of themselves; those that lost their lease are passed over."""
    rows = _queries.save_progress(
        tx,
        job_ids=[one.job_id for one in said],
        leases=[one.lease for one in said],
        progresses=[one.progress for one in said],
        texts=[storable(one.text) for one in said],
        etas=[one.eta_seconds for one in said],
    )
    async for _ in rows:
        pass


async def save_notes(tx: Tx, *, notes: Sequence[Note]) -> set[Lease]:
    """Keep logs, checkpoints and remote ids of running attempts; return the leases that were still held."""
    rows = [
        {
            "job_id": note.job_id,
            "lease": note.lease,
            "log": None if note.log is None else _tail(note.log),
            "checkpoint": note.checkpoint,
            "external_job_id": storable(note.external_job_id),
        }
        for note in notes
    ]
    return {Lease(row["lease"]) async for row in _queries.save_notes(tx, rows=rows)}


def _tail(log: str) -> str:
    return storable(log[-LOG_CHARACTERS:]) or ""


def _inputs(row: Any) -> dict[AssetRole, Asset]:
    roles, files = row["input_roles"] or (), row["inputs"] or ()
    return {AssetRole(role): asset_from_row(file) for role, file in zip(roles, files, strict=True)}
