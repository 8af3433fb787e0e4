"""Workers that are killed after the last frame: while they finish, and while they store."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from rushes.db.pool import Database
from rushes.domain.jobs import Job, JobStatus, Outcome
from rushes.domain.media import AssetRole, Bucket
from rushes.storage.store import Storage
from tests.dispatch.stage import until
from tests.dispatch.workers import gone, outcomes, told, worker
from tests.engines.driving import files_in, processes_in

S = JobStatus
Process = asyncio.subprocess.Process


async def after_the_last_frame(process: Process, _: Path) -> None:
    await told(process, "stage finish")


async def within_the_finish(process: Process, scratch: Path) -> None:
    await told(process, "stage finish")
    async with asyncio.timeout(30):
        while not any(processes_in(folder) for folder in scratch.glob("*/attempt-*/work/finish-*")):  # noqa: ASYNC110 — no event tells of a process's birth
            await asyncio.sleep(0)


async def within_the_store(process: Process, _: Path) -> None:
    await told(process, "storing")


MOMENTS = [after_the_last_frame, within_the_finish, within_the_store]


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.__name__)
async def test_worker_killed_after_the_last_frame_leaves_no_process_no_file_and_no_half_of_an_object(
    moment: Callable[[Process, Path], Awaitable[None]],
    owner: Database,
    database_url: str,
    storage: Storage,
    job: Job,
    scratch: Path,
    tmp_path: Path,
) -> None:
    async with worker(database_url, tmp_path, "Good", stalls=moment is within_the_store) as doomed:
        await moment(doomed, scratch)
        doomed.kill()
        await doomed.wait()
    orphans_are_gone = [await gone(pid) for pid in processes_in(tmp_path)]
    seen_by_readers = await storage.list_keys(Bucket.OUTPUTS, str(job.user_id))
    async with worker(database_url, tmp_path, "Good"):
        done = await until(database_url, owner, job, S.COMPLETED, S.FAILED)
    await storage.remove_unfinished(age=timedelta(0))

    assert all(orphans_are_gone)
    assert seen_by_readers == []
    assert (done.status, done.attempts) == (S.COMPLETED, 2)
    assert await outcomes(owner, job) == [Outcome.LOST, Outcome.SUCCEEDED]
    assert files_in(scratch) == []
    assert names_in(tmp_path / "storage" / Bucket.OUTPUTS) == made_by_a_second_attempt()


def names_in(folder: Path) -> set[str]:
    return {path.stem for path in folder.rglob("*") if path.is_file()}


def made_by_a_second_attempt() -> set[str]:
    roles = (AssetRole.OUTPUT, AssetRole.POSTER, AssetRole.PREVIEW, AssetRole.SPRITESHEET)
    return {f"{role}-2" for role in roles}
