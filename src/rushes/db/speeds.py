"""How long jobs took lately."""

from dataclasses import dataclass
from typing import Final

from rushes.db.pool import Tx
from rushes.db.queries import load
from rushes.domain.jobs import JobType

LINE_SAMPLES: Final = 40
"""So many of a kind's newest jobs make its line: a slower release moves it within half as many."""

_LENGTH_RATIO: Final = 1.25
"""A pair of jobs tells what a second costs if one's output is so many times as long as the other's."""

_LEAST_PAIRS: Final = 10
"""As many as five jobs make; with fewer all samples have nearly one length."""

_queries = load("speeds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """How long jobs of one kind take, in processing seconds; an image counts as one second of output.

    `median` and `p90` are per second of output, of all `samples`. The newest of these lie about a line: a job
    takes `base_seconds` whatever its length, and `per_second` for each second of its output.
    """

    samples: int
    median: float
    p90: float
    base_seconds: float
    per_second: float

    def run_seconds(self, output_seconds: float) -> float:
        """Return how long a job with so many seconds of output is expected to run, in seconds."""
        return self.base_seconds + self.per_second * output_seconds


async def refresh_speeds(tx: Tx) -> None:
    """Measure the newest completed jobs anew; kinds of which there are too few keep what was known.

    A kind's line is that of Theil (1950) and Sen (1968, doi 10.1080/01621459.1968.10480934) through the times
    per second of output, over one by the length: a short job's error then counts as a long one's of the same
    share does. Where lengths are too alike to tell, there is no base; neither number is below 0.
    """
    await _queries.refresh_speeds(
        tx, line_samples=LINE_SAMPLES, length_ratio=_LENGTH_RATIO, least_pairs=_LEAST_PAIRS
    )


async def find_speed(
    tx: Tx, *, model: str, job_type: JobType, quality: str = "", resolution: str = ""
) -> Speed | None:
    """Return how long jobs of one kind took; `None` until five of them have completed."""
    row = await _queries.find_speed(
        tx, model=model, job_type=job_type, quality=quality, resolution=resolution
    )
    return row and Speed(**row)
