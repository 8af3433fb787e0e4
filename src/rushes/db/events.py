"""The history of jobs, as their followers read it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from rushes.db.jobs import job_from_row
from rushes.db.pool import Tx
from rushes.db.queries import load
from rushes.domain.ids import JobId, SessionId, UserId
from rushes.domain.jobs import Job
from rushes.domain.positions import Position, Snapshot

_jobs = load("jobs")
_queries = load("events")

BATCH_EVENTS = 1000
"""The most events of one account that one read hands over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobEvent:
    """One line of a job's history; ids of one job's events rise in the order of what happened.

    `transaction` is the one that wrote it: events of different jobs can appear in another order than their
    ids.
    """

    id: int
    job_id: JobId
    transaction: int
    type: str
    data: Mapping[str, Any]
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What the running attempt of a job says of itself."""

    job_id: JobId
    percent: int
    text: str | None
    eta_seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A job and the last event that led to its state; 0 if its events were pruned."""

    job: Job
    last_event_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedJobs:
    """The newest active jobs of an account, how many it has, and the moment that this shows."""

    jobs: Sequence[Job]
    active_count: int
    position: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What happened to the jobs of some accounts, each's in the order of ids, and the moment of that read."""

    events: Mapping[UserId, Sequence[JobEvent]]
    progress: Mapping[UserId, Sequence[Progress]]
    position: Position


async def watch_job(tx: Tx, *, job_id: UUID, user_id: UserId) -> Watched | None:
    """Return one job of the viewer together with its last event, both as of the same moment."""
    row = await _jobs.watch_job(tx, job_id=job_id, user_id=user_id)
    return row and Watched(job=job_from_row(row), last_event_id=row["last_event_id"])


async def list_events_after(tx: Tx, *, job_id: JobId, user_id: UserId, after_id: int) -> list[JobEvent]:
    """Return what happened to one job of the viewer since an event, oldest first, at most 1,000."""
    rows = _jobs.list_events_after(tx, job_id=job_id, user_id=user_id, after_id=after_id)
    return [_event(row, transaction=0) async for row in rows]


async def was_pruned_after(tx: Tx, *, job_id: UUID, user_id: UserId, event_id: int) -> bool:
    """Tell whether events of one job of the viewer that followed an event are no longer kept."""
    return bool(await _queries.was_pruned_after(tx, job_id=job_id, user_id=user_id, event_id=event_id))


async def watch_active(tx: Tx, *, user_id: UserId, count: int) -> WatchedJobs:
    """Return the viewer's newest active jobs, and the moment at which they were so."""
    rows = [row async for row in _queries.list_active_watched(tx, user_id=user_id, count=count)]
    found = [row for row in rows if row["id"] is not None]
    return WatchedJobs(
        jobs=[job_from_row(row) for row in found],
        active_count=found[0]["active_jobs"] if found else 0,
        position=_position(rows[0]),
    )


async def list_missed_events(
    tx: Tx, *, user_id: UserId, seen: Snapshot, until: Snapshot, count: int
) -> list[JobEvent]:
    """Return what `until` saw of the viewer's events and `seen` did not, by id, at most `count`."""
    rows = _queries.list_missed_events(tx, user_id=user_id, seen=str(seen), until=str(until), count=count)
    return [_event(row, transaction=row["transaction"]) async for row in rows]


async def read_position(tx: Tx) -> Position:
    """Return the present moment."""
    return _position(await _queries.read_snapshot(tx))


async def read_news(tx: Tx, *, seen: Mapping[UserId, Snapshot], job_ids: Collection[JobId] | None) -> News:
    """Return what happened to the jobs of some accounts since each was read last.

    Of one account it may be more than `BATCH_EVENTS`: then it is not all, and what is missing has to be read
    in another way.

    Args:
        tx: A transaction of the web role; it needs no viewer.
        seen: The accounts, and how far each was read.
        job_ids: The jobs whose progress is told; `None` for all that run.
    """
    rows = _queries.read_new_events(
        tx,
        user_ids=list(seen),
        seen=[str(snapshot) for snapshot in seen.values()],
        job_ids=None if job_ids is None else list(job_ids),
    )
    events: dict[UserId, list[JobEvent]] = {}
    progress: dict[UserId, list[Progress]] = {}
    position: Position | None = None
    async for row in rows:
        position = position or _position(row)
        if row["id"] is not None:
            events.setdefault(UserId(row["user_id"]), []).append(_event(row, transaction=row["transaction"]))
        elif row["job_id"] is not None:
            progress.setdefault(UserId(row["user_id"]), []).append(_progress(row))
    assert position is not None
    for lines in events.values():
        lines.sort(key=lambda line: line.id)
    return News(events=events, progress=progress, position=position)


async def list_live_credentials(
    tx: Tx, *, session_ids: Collection[SessionId], keys: Collection[bytes]
) -> tuple[set[SessionId], set[bytes]]:
    """Return those of some sessions, and of some digests of API keys, that still open what they did."""
    rows = [
        row
        async for row in _queries.list_live_credentials(tx, session_ids=list(session_ids), keys=list(keys))
    ]
    sessions = {SessionId(row["session_id"]) for row in rows if row["session_id"] is not None}
    return sessions, {row["key_sha256"] for row in rows if row["key_sha256"] is not None}


def _event(row: Any, *, transaction: int) -> JobEvent:
    return JobEvent(
        id=row["id"],
        job_id=JobId(row["job_id"]),
        transaction=transaction,
        type=row["type"],
        data=row["data"],
        created_at=row["created_at"],
    )


def _progress(row: Any) -> Progress:
    return Progress(
        job_id=JobId(row["job_id"]),
        percent=row["data"]["progress"],
        text=row["data"]["progress_text"],
        eta_seconds=row["data"]["eta_seconds"],
    )


def _position(row: Any) -> Position:
    return Position(taken_at=row["taken_at"], seen=Snapshot.parse(row["snapshot"]))
