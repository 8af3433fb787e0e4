import asyncio
import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from structlog.testing import capture_logs
from uuid_utils.compat import uuid7

from rushes.db.pool import Database
from rushes.dispatch.listening import EngineListener
from rushes.dispatch.pruner import FILES, prune
from rushes.dispatch.running import RunningAttempt
from rushes.dispatch.work import make
from rushes.domain.accounts import Viewer
from rushes.domain.ids import AssetId, JobId
from rushes.domain.jobs import Job, JobStatus
from rushes.domain.media import Bucket
from rushes.domain.retention import Retention
from rushes.storage.store import Storage
from tests.dispatch.stage import ObedientRunner
from tests.factories import SHA256, claim_one, fetch_value, make_bare_job, stream

RETENTION = Retention()
LONG_AGO = timedelta(hours=2)

INSERT_OUTPUT = """
    INSERT INTO assets (id, user_id, job_id, role, bucket, key, media_type, status, deleted_at,
                        bytes, sha256, width, height)
    VALUES ($1, $2, $3, 'output', 'outputs', $4, 'video/mp4', $5,
            CASE $5 WHEN 'deleted' THEN now() END, 1, $6, 64, 48)
"""
INSERT_ATTEMPT = """
    INSERT INTO attempts (job_id, number, lease, outcome, finished_at)
    VALUES ($1, $2, gen_random_uuid(), $3, now() - $4::interval)
"""
LOSE_ATTEMPT = "UPDATE attempts SET outcome = 'lost', finished_at = now() - $2::interval WHERE lease = $1"


@pytest.fixture
def outputs(tmp_path: Path) -> Path:
    """The folder in which the outputs lie."""
    return tmp_path / "storage" / "outputs"


async def execute(owner: Database, statement: str, *args: Any) -> None:
    async with owner.transaction() as tx:
        await tx.execute(statement, *args)


async def make_file(
    owner: Database,
    storage: Storage,
    viewer: Viewer,
    *,
    status: str = "deleted",
    key: str | None = None,
    job_id: JobId | None = None,
) -> str:
    """A file of the account with an object in the bucket for outputs; its key."""
    asset_id = AssetId(uuid7())
    key = key or f"{viewer.user_id}/{asset_id}/output.mp4"
    await execute(owner, INSERT_OUTPUT, asset_id, viewer.user_id, job_id, key, status, SHA256)
    await storage.write(Bucket.OUTPUTS, key, stream(b"film"))
    return key


async def lose_attempt(
    owner: Database, viewer: Viewer, number: int, *, outcome: str = "lost", ago: timedelta = LONG_AGO
) -> JobId:
    """A job of which one attempt has ended."""
    job_id = await make_bare_job(owner, viewer, JobStatus.FAILED)
    await execute(owner, INSERT_ATTEMPT, job_id, number, outcome, ago)
    return job_id


async def write(storage: Storage, viewer: Viewer, job_id: JobId, *names: str) -> None:
    for name in names:
        await storage.write(Bucket.OUTPUTS, f"{viewer.user_id}/{job_id}/{name}", stream(b"film"))


async def names_of(storage: Storage, viewer: Viewer, job_id: JobId) -> set[str]:
    keys = await storage.list_keys(Bucket.OUTPUTS, f"{viewer.user_id}/{job_id}")
    return {key.rpartition("/")[2] for key in keys}


async def count_unpurged(owner: Database) -> int:
    query = "SELECT count(*) FROM assets WHERE status = 'deleted' AND purged_at IS NULL"
    return await fetch_value(owner, query)


async def count_unswept(owner: Database) -> int:
    return await fetch_value(owner, "SELECT count(*) FROM attempts WHERE swept_at IS NULL")


async def test_deleted_file_is_removed_and_no_other(
    owner: Database, work: Database, storage: Storage, viewer: Viewer, outputs: Path
) -> None:
    deleted = await make_file(owner, storage, viewer)
    ready = await make_file(owner, storage, viewer, status="ready")

    await prune(work, storage, RETENTION)

    assert [(outputs / key).exists() for key in (deleted, ready)] == [False, True]
    assert await count_unpurged(owner) == 0
    purged = await fetch_value(owner, "SELECT array_agg(key) FROM assets WHERE purged_at IS NOT NULL")
    assert purged == [deleted]


async def test_file_that_is_gone_already_counts_as_removed(
    owner: Database, work: Database, storage: Storage, viewer: Viewer
) -> None:
    await storage.delete(Bucket.OUTPUTS, await make_file(owner, storage, viewer))

    await prune(work, storage, RETENTION)

    assert await count_unpurged(owner) == 0


async def test_file_that_the_store_does_not_remove_is_tried_again(
    owner: Database, work: Database, storage: Storage, viewer: Viewer, outputs: Path
) -> None:
    stuck, other = await make_file(owner, storage, viewer), await make_file(owner, storage, viewer)
    (outputs / stuck).unlink()
    (outputs / stuck).mkdir()  # the store does not remove a folder

    with capture_logs() as logs:
        await prune(work, storage, RETENTION)
    unpurged = await fetch_value(owner, "SELECT array_agg(key) FROM assets WHERE purged_at IS NULL")
    (outputs / stuck).rmdir()
    await prune(work, storage, RETENTION)

    assert not (outputs / other).exists()
    assert unpurged == [stuck]
    assert [log["event"] for log in logs] == ["storage.failed", "pruner.put_off", "pruner.pruned"]
    assert await count_unpurged(owner) == 0


async def test_store_that_removes_nothing_is_left_alone_until_the_next_turn(
    owner: Database, work: Database, storage: Storage, viewer: Viewer, outputs: Path
) -> None:
    keys = [await make_file(owner, storage, viewer) for _ in range(FILES + 5)]
    away = outputs.rename(outputs.with_name("away"))
    outputs.write_bytes(b"no folder")

    with capture_logs() as logs:
        await prune(work, storage, RETENTION)
    outputs.unlink()
    away.rename(outputs)

    assert [log["event"] for log in logs].count("pruner.put_off") == FILES
    assert await count_unpurged(owner) == len(keys)
    assert all((outputs / key).exists() for key in keys)


async def test_pruners_at_once_remove_all_deleted_files(
    owner: Database, work: Database, storage: Storage, viewer: Viewer, outputs: Path
) -> None:
    deleted = [await make_file(owner, storage, viewer) for _ in range(FILES + 5)]
    ready = [await make_file(owner, storage, viewer, status="ready") for _ in range(5)]

    await asyncio.gather(*(prune(work, storage, RETENTION) for _ in range(3)))

    assert not any((outputs / key).exists() for key in deleted)
    assert all((outputs / key).exists() for key in ready)
    assert await count_unpurged(owner) == 0


async def test_what_a_killed_worker_stored_is_removed(
    owner: Database, work: Database, storage: Storage, viewer: Viewer, job: Job, tmp_path: Path
) -> None:
    attempt = await claim_one(work)
    running = RunningAttempt(attempt=attempt, held_until=0)
    listener = EngineListener(running=running)
    await make(storage, ObedientRunner(), listener, tmp_path / "attempt")
    stored = await names_of(storage, viewer, job.id)
    await execute(owner, LOSE_ATTEMPT, attempt.lease, LONG_AGO)

    await prune(work, storage, RETENTION)

    assert stored == {"output.mp4"}
    assert await names_of(storage, viewer, job.id) == set()


@pytest.mark.parametrize(
    ("number", "stays"),
    [
        (1, {"output-2.mp4", "poster-2.png", "output-12.mp4", "notes.txt"}),
        (2, {"output.mp4", "output-12.mp4", "notes.txt"}),
        (12, {"output.mp4", "output-2.mp4", "poster-2.png", "notes.txt"}),
    ],
)
async def test_only_names_of_the_lost_attempt_are_removed(
    owner: Database, work: Database, storage: Storage, viewer: Viewer, number: int, stays: set[str]
) -> None:
    job_id = await lose_attempt(owner, viewer, number)
    names = {"output.mp4", "output-2.mp4", "poster-2.png", "output-12.mp4", "notes.txt"}
    await write(storage, viewer, job_id, *names)

    await prune(work, storage, RETENTION)

    assert await names_of(storage, viewer, job_id) == stays
    assert await count_unswept(owner) == 0


@pytest.mark.parametrize("status", ["ready", "rejected"])
async def test_file_that_the_database_knows_stays(
    owner: Database, work: Database, storage: Storage, viewer: Viewer, status: str
) -> None:
    job_id = await lose_attempt(owner, viewer, 1)
    key = f"{viewer.user_id}/{job_id}/output.mp4"
    await make_file(owner, storage, viewer, key=key, job_id=job_id, status="ready")
    await execute(owner, "UPDATE assets SET status = $1, error_code = 'test'", status)
    await write(storage, viewer, job_id, "poster.png", "spritesheet.webp")

    await prune(work, storage, RETENTION)

    assert await names_of(storage, viewer, job_id) == {"output.mp4"}


@pytest.mark.parametrize(
    ("outcome", "ago"),
    [
        ("lost", RETENTION.lost_attempts - timedelta(minutes=1)),
        ("failed", LONG_AGO),
        ("retry", LONG_AGO),
        ("succeeded", LONG_AGO),
    ],
)
async def test_attempt_that_may_still_write_or_cleared_up_itself_is_left_alone(
    owner: Database, work: Database, storage: Storage, viewer: Viewer, outcome: str, ago: timedelta
) -> None:
    job_id = await lose_attempt(owner, viewer, 1, outcome=outcome, ago=ago)
    await write(storage, viewer, job_id, "output.mp4")

    await prune(work, storage, RETENTION)

    assert await names_of(storage, viewer, job_id) == {"output.mp4"}
    assert await count_unswept(owner) == 1


async def test_attempt_that_cannot_be_swept_is_tried_again(
    owner: Database, work: Database, storage: Storage, viewer: Viewer, outputs: Path
) -> None:
    job_id = await lose_attempt(owner, viewer, 1)
    await write(storage, viewer, job_id, "output.mp4")
    folder = outputs / str(viewer.user_id)
    away = folder.rename(folder.with_name("away"))
    folder.symlink_to(folder)

    await prune(work, storage, RETENTION)
    unswept = await count_unswept(owner)
    folder.unlink()
    away.rename(folder)
    await prune(work, storage, RETENTION)

    assert [unswept, await count_unswept(owner)] == [1, 0]
    assert await names_of(storage, viewer, job_id) == set()


async def test_pruners_at_once_sweep_all_attempts(
    owner: Database, work: Database, storage: Storage, viewer: Viewer
) -> None:
    job_ids = [await lose_attempt(owner, viewer, 1) for _ in range(5)]
    await asyncio.gather(*(write(storage, viewer, job_id, "output.mp4") for job_id in job_ids))

    await asyncio.gather(*(prune(work, storage, RETENTION) for _ in range(3)))

    assert [await names_of(storage, viewer, job_id) for job_id in job_ids] == [set()] * 5
    assert await count_unswept(owner) == 0


async def test_leftovers_of_writes_are_looked_for_once_a_day(
    owner: Database, work: Database, storage: Storage, outputs: Path
) -> None:
    await prune(work, storage, RETENTION)
    leftover = outputs / f"{uuid4()}.mp4#1"
    leftover.write_bytes(b"half")
    os.utime(leftover, (0, 0))

    await prune(work, storage, RETENTION)
    at_once = leftover.exists()
    await execute(owner, "UPDATE chores SET done_at = done_at - $1::interval", RETENTION.unfinished_writes)
    await prune(work, storage, RETENTION)

    assert [at_once, leftover.exists()] == [True, False]
