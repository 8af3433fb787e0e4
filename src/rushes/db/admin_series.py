"""How the whole system did in each step of a span of time, for charts of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from rushes.db.admin_metrics import SAMPLES
from rushes.db.pool import Tx
from rushes.db.queries import load
from rushes.domain.jobs import JobStatus

STEP_SAMPLES = 2_000
"""The most jobs that a percentile of one step is taken of: its newest ones."""

MOST_REVIEWS = 1_000
"""Up to here reviews are counted: who has more has enough to do."""

_ENDED = (JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED)

_queries = load("admin_series")


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """Equal steps of time, one after the other: `count` of them, the first from `since` on."""

    since: datetime
    step: timedelta
    count: int

    def starts(self) -> Sequence[datetime]:
        """Return when each begins."""
        return [self.since + number * self.step for number in range(self.count)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """The median of some seconds, `None` if there are none, and of how many jobs it is."""

    samples: int
    median: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviews:
    """How many outputs want a review, up to `MOST_REVIEWS`, and since when the oldest of them is there."""

    jobs: int
    since: datetime | None


async def measure_depths(tx: Tx, steps: Steps) -> list[int]:
    """Return how many jobs stood in the queue at the end of each step, or now in one that lasts."""
    moves = {
        row["number"]: row["change"]
        async for row in _queries.count_moves(tx, since=steps.since, step=steps.step)
    }
    depths: list[int] = []
    for number in range(steps.count):
        depths.append((depths[-1] if depths else 0) + moves.get(number, 0))
    return depths


async def count_endings(tx: Tx, steps: Steps) -> dict[JobStatus, list[int]]:
    """Return how many jobs ended in each step, by how they did."""
    counts = {status: [0] * steps.count for status in _ENDED}
    async for row in _queries.count_endings(tx, since=steps.since, step=steps.step):
        if row["number"] < steps.count:
            counts[JobStatus(row["status"])][row["number"]] = row["jobs"]
    return counts


async def measure_waits(tx: Tx, steps: Steps) -> list[float | None]:
    """Return the seconds within which 95 of 100 jobs began, of those that ended in each step."""
    starts = steps.starts()
    rows = _queries.measure_waits(tx, since=starts[0], last=starts[-1], step=steps.step, count=STEP_SAMPLES)
    found = {row["number"]: row["seconds"] async for row in rows if row["samples"]}
    return [found.get(number) for number in range(1, steps.count + 1)]


async def measure_runs(tx: Tx, *, since: datetime) -> Runs:
    """Return how long jobs ran that were completed since a time."""
    row = await _queries.measure_runs(tx, since=since, count=SAMPLES)
    return Runs(samples=row["samples"], median=row["median"])


async def count_reviews(tx: Tx) -> Reviews:
    """Return how many outputs want a review."""
    row = await _queries.count_reviews(tx, count=MOST_REVIEWS)
    return Reviews(jobs=row["jobs"], since=row["since"])
