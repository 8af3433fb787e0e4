"""What a scrape of the metrics reads: counts over all accounts that name none of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from rushes.db.pool import Tx
from rushes.db.queries import load
from rushes.domain.waiting import WORKER_SILENCE

_queries = load("metrics")


@dataclass(frozen=True, slots=True, kw_only=True)
class Active:
    """How many jobs of a lane and type are in a state; `backing_off` rest before their next try."""

    lane: str
    status: str
    job_type: str
    jobs: int
    backing_off: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """Jobs that ended alike: their buckets by number, `None` if unknown, and the sums of their seconds."""

    lane: str
    job_type: str
    status: str
    wait_bucket: int | None
    run_bucket: int | None
    jobs: int
    wait_seconds: float
    run_seconds: float


async def get_time(tx: Tx) -> datetime:
    """Return the database's time."""
    return await _queries.get_time(tx)


async def count_active(tx: Tx) -> list[Active]:
    """Return how many jobs can still change."""
    return [Active(**dict(row)) async for row in _queries.count_active(tx)]


async def count_ended(tx: Tx, *, since: datetime, until: datetime, bounds: Sequence[float]) -> list[Ended]:
    """Return how many jobs ended after `since` and not after `until`; `bounds` are those of the buckets."""
    rows = _queries.count_ended(tx, since=since, until=until, bounds=list(bounds))
    return [Ended(**dict(row)) async for row in rows]


async def count_unsuccessful(tx: Tx, *, since: datetime, until: datetime) -> dict[str, int]:
    """Return how many attempts ended otherwise than by success, by outcome."""
    rows = _queries.count_unsuccessful(tx, since=since, until=until)
    return {row["outcome"]: row["attempts"] async for row in rows}


async def count_deliveries(tx: Tx, *, since: datetime) -> dict[str, int]:
    """Return how many webhook deliveries wait, and how those that were made since a time ended."""
    return {row["status"]: row["deliveries"] async for row in _queries.count_deliveries(tx, since=since)}


async def count_workers(tx: Tx, *, silence: timedelta = WORKER_SILENCE) -> dict[str, tuple[int, int]]:
    """Return the live workers and their slots, by state."""
    rows: Any = _queries.count_workers(tx, silence=silence)
    return {row["state"]: (row["workers"], row["slots"]) async for row in rows}
