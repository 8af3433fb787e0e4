"""How the whole system does, measured over a window of time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from rushes.db.pool import Tx
from rushes.db.queries import load
from rushes.domain.jobs import JobStatus, JobType
from rushes.domain.waiting import WORKER_SILENCE

SAMPLES = 100_000
"""The most jobs that percentiles are taken of: the newest ones of a window."""

_queries = load("admin_metrics")


@dataclass(frozen=True, slots=True, kw_only=True)
class Endings:
    """How many jobs of a type ended in one way; `retried` took more than one attempt."""

    job_type: JobType
    status: JobStatus
    jobs: int
    retried: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """The median and a high percentile of some seconds, and of how many jobs they are."""

    name: str
    samples: int
    median: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Workforce:
    """The live workers, their slots, and how many jobs run; `draining` ones take no more."""

    running: int
    draining: int
    slots: int
    processing: int


async def count_arrivals(tx: Tx, *, since: datetime) -> dict[JobType, int]:
    """Return how many jobs of each type were submitted since a time."""
    rows = _queries.count_arrivals(tx, job_types=sorted(JobType), since=since)
    return {JobType(row["job_type"]): row["jobs"] async for row in rows}


async def count_endings(tx: Tx, *, since: datetime) -> list[Endings]:
    """Return how many jobs ended since a time, by type and how."""
    return [
        Endings(
            job_type=JobType(row["job_type"]),
            status=JobStatus(row["status"]),
            jobs=row["jobs"],
            retried=row["retried"],
        )
        async for row in _queries.count_endings(tx, since=since)
    ]


async def measure_runs(tx: Tx, *, since: datetime) -> list[Spread]:
    """Return the median and 90th percentile of how long completed jobs ran, by type."""
    rows = _queries.measure_runs(tx, since=since, count=SAMPLES)
    return [
        Spread(
            name=row["job_type"],
            samples=row["samples"],
            median=row["seconds"][0],
            high=row["seconds"][1],
        )
        async for row in rows
    ]


async def measure_waits(tx: Tx, *, since: datetime) -> list[Spread]:
    """Return the median and 95th percentile of how long jobs waited for their first attempt, by lane."""
    rows = _queries.measure_waits(tx, since=since, count=SAMPLES)
    return [
        Spread(name=row["lane"], samples=row["samples"], median=row["seconds"][0], high=row["seconds"][1])
        async for row in rows
    ]


async def count_workers(tx: Tx, *, silence: timedelta = WORKER_SILENCE) -> Workforce:
    """Return what works now; who is silent for longer than `silence` does not count."""
    row = await _queries.count_workers(tx, silence=silence)
    return Workforce(**dict(row))
