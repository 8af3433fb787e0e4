"""Why a job does not run yet, and what long waiting earns it."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

EXACT_POSITIONS = 300
"""How many places from the front of a lane a position is exact; beyond that it counts on from a mark."""

AGEING_INTERVAL = timedelta(minutes=10)
"""How often, in each lane, the first of each place goes up one place."""

WORKER_SILENCE = timedelta(seconds=30)
"""How long a worker may be silent and still count as one that serves its lanes."""


MARKS_INTERVAL = timedelta(seconds=10)
MARKS_INTERVAL_PER_JOB = timedelta(microseconds=100)
"""Some thirty times what it costs to number one job, so that marks take a small part of a server's time."""


class WaitingReason(StrEnum):
    """What a job waits for."""

    YOUR_LIMIT = "your_limit"
    PARENT = "parent"
    LANE_PAUSED = "lane_paused"
    NO_WORKER = "no_worker"
    BACKOFF = "backoff"
    POSITION = "position"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Why a job does not run yet, and for how long.

    `position` counts the jobs of its lane that would be claimed before it now; it is `None` while the job is
    in no lane or rests before a retry, and exact below `EXACT_POSITIONS`. `estimated_wait_seconds` lead to
    its start, `retry_seconds` to the end of its rest. `slots_taken` counts the jobs that hold its owner's
    slots, for one that waits for such a slot.
    """

    why: WaitingReason
    position: int | None = None
    estimated_wait_seconds: float | None = None
    retry_seconds: float | None = None
    slots_taken: int = 0


def marks_interval(depth: int) -> timedelta:
    """Return how long the marks of lanes with so many jobs are kept before they are written anew."""
    return max(MARKS_INTERVAL, depth * MARKS_INTERVAL_PER_JOB)
