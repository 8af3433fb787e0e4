import asyncio
import json
from pathlib import Path

import numpy as np

from rushes.db.pool import Database
from rushes.domain.jobs import Job, JobStatus
from tests.dispatch.stage import until
from tests.dispatch.workers import worker
from tests.engines.fakes import FPS, HEIGHT, WIDTH, write_video
from tests.engines.provider import serving
from tests.factories import fetch_value

S = JobStatus
SAVED = "SELECT checkpoint->>'id' FROM attempts WHERE number = 1"


def film(folder: Path) -> Path:
    """A film of one second."""
    path = folder / "film.mp4"
    write_video(path, [np.full((HEIGHT, WIDTH, 3), 90, dtype=np.uint8)], count=FPS)
    return path


async def test_a_killed_workers_remote_job_is_resumed_and_not_submitted_twice(
    owner: Database, database_url: str, job: Job, tmp_path: Path
) -> None:
    saved: list[str | None] = []

    async def look() -> None:
        saved.append(await fetch_value(owner, SAVED))

    async with serving(film(tmp_path)) as provider:
        provider.asked = look
        async with owner.transaction() as tx:
            config = json.dumps({"url": f"{provider.url}/slow"})
            await tx.execute("UPDATE models SET config = $1::text::jsonb WHERE slug = 'motion'", config)
        async with worker(database_url, tmp_path, "Remote") as doomed, asyncio.timeout(60):
            await provider.polled.wait()
            doomed.kill()
            await doomed.wait()
        provider.may_finish.set()
        async with worker(database_url, tmp_path, "Remote"):
            done = await until(database_url, owner, job, S.COMPLETED, S.FAILED)

    assert (done.status, done.attempts) == (S.COMPLETED, 2)
    assert set(saved) == {"work-1"}
    assert provider.submissions == 1
