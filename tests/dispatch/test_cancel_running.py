import asyncio
import time
from pathlib import Path

import pytest

from rushes.actions.cancel import cancel
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.jobs import Job, JobStatus
from tests.dispatch.stage import until
from tests.dispatch.test_crashes import endings
from tests.dispatch.workers import gone, told, worker

S = JobStatus
SECONDS_TO_BE_GONE = 8.0
"""Five are promised, and three are what an engine has to end by itself; the rest is for a busy machine."""

EVENTS = "SELECT type FROM job_events WHERE job_id = $1 ORDER BY id"


@pytest.mark.parametrize(("engine", "processes"), [("Hanging", 1), ("Stubborn", 3)])
async def test_a_cancelled_job_soon_leaves_no_process(
    owner: Database, database_url: str, viewer: Viewer, job: Job, tmp_path: Path, engine: str, processes: int
) -> None:
    async with worker(database_url, tmp_path, engine) as running:
        pids = [int(await told(running, "pid")) for _ in range(processes)]
        began = time.monotonic()
        await cancel(owner, viewer, job_id=job.id)
        assert all(await asyncio.gather(*(gone(pid) for pid in pids)))
        took = time.monotonic() - began
        done = await until(database_url, owner, job, S.CANCELLED)

    async with owner.transaction() as tx:
        events = [row["type"] for row in await tx.fetch(EVENTS, job.id)]
    assert took < SECONDS_TO_BE_GONE
    assert done.cancelled_reason == "user"
    assert await endings(owner, viewer.user_id) == ["grant", "hold", "release"]
    assert events.count("job.cancelled") == 1
    assert events[-1] == "job.cancelled"
