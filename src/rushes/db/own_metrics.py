"""How an account's own jobs do, measured over a window of time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rushes.db.pool import Tx
from rushes.db.queries import load
from rushes.domain.ids import UserId
from rushes.domain.jobs import JobType

_queries = load("own_metrics")


@dataclass(frozen=True, slots=True, kw_only=True)
class Doings:
    """What became of jobs of a type, or of all if it is `None`; the seconds are of completed ones.

    `average_seconds` are from the submission to the end, `run_median_seconds` those of the last attempt.
    """

    job_type: JobType | None
    submitted: int
    completed: int
    failed: int
    cancelled: int
    credits_charged: int
    average_seconds: float | None
    run_median_seconds: float | None


async def measure_jobs(tx: Tx, *, user_id: UserId, since: datetime) -> list[Doings]:
    """Return what became of the viewer's jobs submitted since a time: by type, and of all at last."""
    return [_doings(row) async for row in _queries.measure_jobs(tx, user_id=user_id, since=since)]


def _doings(row: Any) -> Doings:
    values: dict[str, Any] = dict(row)
    values["job_type"] = values["job_type"] and JobType(values["job_type"])
    return Doings(**values)
