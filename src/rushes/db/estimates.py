"""How long a job would wait and run if it were submitted now."""

from dataclasses import dataclass

from rushes.db import speeds
from rushes.db.pool import Tx
from rushes.db.queries import load
from rushes.domain.accounts import User, slot_limit
from rushes.domain.catalogue import Model
from rushes.domain.jobs import JobType, Quality
from rushes.domain.options import Resolution
from rushes.domain.waiting import WORKER_SILENCE, WaitingReason

_queries = load("estimates")


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What is known of a job before it is submitted; `None` where too little is.

    `run_seconds` is how long it would run, `wait_seconds` how long it would wait before that; `position`
    counts the jobs of its lane that would come before it.
    """

    run_seconds: float | None
    why_waiting: WaitingReason
    position: int | None
    wait_seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """What an estimate depends on of a job that is not submitted; `output_seconds` is its output's length."""

    model: Model
    job_type: JobType
    quality: Quality | None
    resolution: Resolution
    output_seconds: float
    priority: int
    awaits_parent: bool


async def estimate(tx: Tx, user: User, prospect: Prospect) -> Estimate:
    """Return how long a job of the viewer would wait and run if it were submitted now."""
    model = prospect.model
    speed = await speeds.find_speed(
        tx,
        model=model.slug,
        job_type=prospect.job_type,
        quality=prospect.quality or "",
        resolution=prospect.resolution,
    )
    run_seconds = speed and speed.run_seconds(prospect.output_seconds)
    if prospect.awaits_parent:
        why = WaitingReason.PARENT
        return Estimate(run_seconds=run_seconds, why_waiting=why, position=None, wait_seconds=None)
    row = await _queries.estimate_wait(
        tx,
        user_id=user.id,
        lane=model.lane,
        engine=model.engine,
        priority=prospect.priority,
        slots=slot_limit(user),
        silence=WORKER_SILENCE,
    )
    wait = row["wait_seconds"]
    return Estimate(
        run_seconds=run_seconds,
        why_waiting=WaitingReason(row["why"]),
        position=row["jobs_before"],
        wait_seconds=None if wait is None else float(wait),
    )
