"""Workers that are killed after the last frame: while they finish, sign and store, and before they settle."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from rushes.db.pool import Database
from rushes.dispatch.pruner import prune
from rushes.domain.accounts import Viewer
from rushes.domain.jobs import Job, JobStatus, Outcome
from rushes.domain.media import AssetRole, Bucket
from rushes.domain.retention import Retention
from rushes.engines.child.wire import FINISHED_FILES
from rushes.storage.store import Storage
from tests.dispatch.stage import until
from tests.dispatch.workers import gone, outcomes, told, worker
from tests.engines.driving import files_in, processes_in
from tests.factories import BLOCKED, fetch_value

LOCK_ACCOUNT = "SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE"
"""Every settling of the account's jobs takes this lock first."""

MADE = {AssetRole.OUTPUT, AssetRole.POSTER, AssetRole.PREVIEW, AssetRole.SPRITESHEET}

S = JobStatus
Process = asyncio.subprocess.Process


async def after_the_last_frame(process: Process, _: Path) -> None:
    await told(process, "stage finish")


async def within_the_finish(process: Process, scratch: Path) -> None:
    await told(process, "stage finish")
    await seen(lambda: any(map(processes_in, scratch.glob("*/attempt-*/work/finish-*"))))


async def between_poster_and_preview(process: Process, scratch: Path) -> None:
    await told(process, "stage finish")
    poster = FINISHED_FILES[AssetRole.POSTER]
    await seen(lambda: any(scratch.glob(f"*/attempt-*/work/finish-*/{poster}")))


async def within_the_signing(process: Process, scratch: Path) -> None:
    await told(process, "stage finish")
    await seen(lambda: any(map(processes_in, scratch.glob("*/attempt-*/work/sign-*"))))


async def within_the_store(process: Process, _: Path) -> None:
    await told(process, "storing")


MOMENTS = [
    after_the_last_frame,
    within_the_finish,
    between_poster_and_preview,
    within_the_signing,
    within_the_store,
]


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
    assert names_in(tmp_path / "storage" / Bucket.OUTPUTS) == {f"{role}-2" for role in MADE}


async def test_worker_killed_before_it_settled_leaves_whole_objects_which_are_removed_in_time(
    owner: Database,
    work: Database,
    database_url: str,
    storage: Storage,
    viewer: Viewer,
    job: Job,
    scratch: Path,
    tmp_path: Path,
) -> None:
    outputs = tmp_path / "storage" / Bucket.OUTPUTS
    async with worker(database_url, tmp_path, "Good") as doomed, owner.transaction() as tx:
        await told(doomed, "stage finish")
        await tx.execute(LOCK_ACCOUNT, viewer.user_id)
        await until_one_waits(owner)
        doomed.kill()
        await doomed.wait()
    orphans_are_gone = [await gone(pid) for pid in processes_in(tmp_path)]
    stored = names_in(outputs)
    async with worker(database_url, tmp_path, "Good"):
        done = await until(database_url, owner, job, S.COMPLETED, S.FAILED)
    await prune(work, storage, Retention(lost_attempts=timedelta(0)))

    assert all(orphans_are_gone)
    assert stored == MADE
    assert (done.status, done.attempts) == (S.COMPLETED, 2)
    assert await outcomes(owner, job) == [Outcome.LOST, Outcome.SUCCEEDED]
    assert files_in(scratch) == []
    assert names_in(outputs) == {f"{role}-2" for role in MADE}


async def seen(is_there: Callable[[], bool]) -> None:
    """Return once it is there."""
    async with asyncio.timeout(30):
        while not is_there():  # noqa: ASYNC110 — no event tells of a process's birth, or of a file's
            await asyncio.sleep(0)


async def until_one_waits(owner: Database) -> None:
    """Return once a transaction of this database waits for another."""
    async with asyncio.timeout(30):
        while not await fetch_value(owner, BLOCKED):
            pass


def names_in(folder: Path) -> set[str]:
    return {path.stem for path in folder.rglob("*") if path.is_file()}
