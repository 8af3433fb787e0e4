"""How long jobs took lately."""

from dataclasses import dataclass

from rushes.db.pool import Tx
from rushes.db.queries import load
from rushes.domain.jobs import JobType

_queries = load("speeds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Processing seconds per second of output; an image counts as one second."""

    samples: int
    median: float
    p90: float


async def refresh_speeds(tx: Tx) -> None:
    """Measure the newest completed jobs anew; kinds of which there are too few keep what was known."""
    await _queries.refresh_speeds(tx)


async def find_speed(
    tx: Tx, *, model: str, job_type: JobType, quality: str = "", resolution: str = ""
) -> Speed | None:
    """Return how long jobs of one kind took; `None` until five of them have completed."""
    row = await _queries.find_speed(
        tx, model=model, job_type=job_type, quality=quality, resolution=resolution
    )
    return row and Speed(samples=row["samples"], median=row["median"], p90=row["p90"])
