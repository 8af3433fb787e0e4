import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rushes.db.ledger import list_entries
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.ids import UserId
from rushes.domain.jobs import Job, JobStatus, Outcome
from tests.dispatch.stage import LAST_ID, until
from tests.dispatch.workers import LEASE_SECONDS, gone, outcomes, told, worker
from tests.factories import read_job

S = JobStatus


async def endings(owner: Database, user_id: UserId) -> list[str]:
    async with owner.transaction() as tx:
        entries = await list_entries(tx, user_id=user_id, before_id=LAST_ID, count=100)
    return [entry.kind for entry in reversed(entries)]


async def count_videos(owner: Database) -> int:
    async with owner.transaction() as tx:
        return len(await tx.fetch("SELECT FROM videos"))


async def test_a_killed_worker_costs_one_attempt_and_nothing_else(
    owner: Database, database_url: str, viewer: Viewer, job: Job, tmp_path: Path
) -> None:
    async with worker(database_url, tmp_path, "Hanging") as doomed:
        engine = int(await told(doomed, "pid"))
        killed_at = datetime.now(UTC)
        doomed.kill()
        await doomed.wait()
        assert await gone(engine)
    async with worker(database_url, tmp_path, "Good"):
        done = await until(database_url, owner, job, S.COMPLETED, S.FAILED)

    assert (done.status, done.attempts) == (S.COMPLETED, 2)
    assert done.completed_at is not None
    assert done.completed_at - killed_at < timedelta(seconds=LEASE_SECONDS + 10)
    assert await outcomes(owner, job) == [Outcome.LOST, Outcome.SUCCEEDED]
    assert await endings(owner, viewer.user_id) == ["grant", "hold", "capture"]
    assert await count_videos(owner) == 1


async def test_a_frozen_worker_that_comes_back_writes_nothing_and_stops_its_engine(
    owner: Database, database_url: str, viewer: Viewer, job: Job, tmp_path: Path
) -> None:
    async with worker(database_url, tmp_path, "Hanging") as frozen:
        engine = int(await told(frozen, "pid"))
        frozen.send_signal(signal.SIGSTOP)
        async with worker(database_url, tmp_path, "Good"):
            done = await until(database_url, owner, job, S.COMPLETED, S.FAILED)
        frozen.send_signal(signal.SIGCONT)
        assert await gone(engine)

    assert await read_job(owner, job.id) == done
    assert (done.status, done.attempts) == (S.COMPLETED, 2)
    assert await outcomes(owner, job) == [Outcome.LOST, Outcome.SUCCEEDED]
    assert await endings(owner, viewer.user_id) == ["grant", "hold", "capture"]


async def test_a_terminated_worker_hands_back_and_leaves_no_process(
    owner: Database, database_url: str, job: Job, scratch: Path, tmp_path: Path
) -> None:
    async with worker(database_url, tmp_path, "Stubborn") as stopped:
        engine = int(await told(stopped, "pid"))
        stopped.terminate()
        code = await stopped.wait()

    assert code == 0
    assert await gone(engine)
    assert (await read_job(owner, job.id)).status is S.QUEUED
    assert list((tmp_path / "scratch").iterdir()) == []
