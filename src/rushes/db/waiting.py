"""What waits: why, behind how many, and how waiting moves it up."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from rushes.db.pool import Tx
from rushes.db.queries import load
from rushes.domain.ids import JobId
from rushes.domain.waiting import WORKER_SILENCE, Waiting, WaitingReason

_queries = load("waiting")


async def explain_waiting(
    tx: Tx, *, job_ids: Sequence[JobId], silence: timedelta = WORKER_SILENCE
) -> Mapping[JobId, Waiting]:
    """Return why those of some jobs wait that do; the web learns it of the viewer's own jobs only."""
    rows = _queries.explain_waiting(tx, job_ids=list(job_ids), silence=silence)
    return {JobId(row["id"]): _waiting(row) async for row in rows}


async def refresh_marks(tx: Tx) -> None:
    """Note anew who stands where in the long lanes: what far positions count on from."""
    await _queries.clear_marks(tx)
    await _queries.write_marks(tx)


async def count_marked(tx: Tx) -> int:
    """Return how many jobs stood in long lanes when the marks were written."""
    return await _queries.count_marked(tx)


async def age_jobs(tx: Tx, *, interval: timedelta) -> list[JobId]:
    """Move up, by one place, the first job of each place of each lane that has waited so long; return them.

    Call it once per interval: so a flood is not raised as a whole, and no priority starves.
    """
    return [JobId(row["id"]) async for row in _queries.age_jobs(tx, interval=interval)]


def _waiting(row: Any) -> Waiting:
    wait, retry = row["wait_seconds"], row["retry_seconds"]
    return Waiting(
        why=WaitingReason(row["why"]),
        position=row["jobs_before"],
        estimated_wait_seconds=None if wait is None else float(wait),
        retry_seconds=None if retry is None else float(retry),
        slots_taken=row["slots_taken"],
    )
