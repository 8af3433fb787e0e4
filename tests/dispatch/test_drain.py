"""A worker that is asked to drain finishes what it runs and takes nothing more."""

import asyncio
from datetime import timedelta
from pathlib import Path

from rushes.actions.admin_workers import drain
from rushes.db import workers
from rushes.db.pool import Database
from rushes.db.workers import WorkerRecord, WorkerState
from rushes.domain.accounts import Viewer
from rushes.domain.audit import COMMAND_LINE
from rushes.domain.ids import AssetId
from rushes.domain.jobs import Job, JobStatus
from rushes.domain.media import AssetRole
from tests.dispatch.stage import ObedientRunner, WorkWith, until
from tests.dispatch.workers import worker as worker_process
from tests.factories import fetch_value, make_job, read_job

HEARD = (
    "SELECT count(*) FROM workers WHERE drain_requested_at IS NOT NULL AND heartbeat_at > drain_requested_at"
)


async def the_worker(owner: Database) -> WorkerRecord:
    async with owner.transaction() as tx:
        (worker,) = await workers.list_workers(tx)
    return worker


async def drain_and_be_heard(owner: Database) -> None:
    """Ask the worker to drain, and wait for the heartbeat that has told it."""
    await drain(owner, COMMAND_LINE, worker_id=(await the_worker(owner)).id)
    async with asyncio.timeout(30):
        while not await fetch_value(owner, HEARD):
            pass


async def test_what_runs_is_finished_and_what_waits_is_left(
    owner: Database,
    database_url: str,
    viewer: Viewer,
    inputs: dict[AssetRole, AssetId],
    job: Job,
    work_with: WorkWith,
) -> None:
    runner = ObedientRunner(gate=asyncio.Event())

    async with work_with(runner, slots=1):
        await runner.started.get()
        waiting = await make_job(owner, viewer, inputs=inputs)
        await drain_and_be_heard(owner)
        assert runner.gate is not None
        runner.gate.set()
        done = await until(database_url, owner, job, JobStatus.COMPLETED)
        # Its slot was free as soon as the first had ended; a worker that took more would have begun by now.
        async with work_with(ObedientRunner(), slots=1):
            taken = await until(database_url, owner, waiting, JobStatus.COMPLETED)

    assert done.attempts == 1
    assert runner.started.empty()
    assert taken.status is JobStatus.COMPLETED


async def test_a_draining_worker_keeps_its_lease(
    owner: Database, database_url: str, job: Job, work_with: WorkWith
) -> None:
    runner = ObedientRunner(gate=asyncio.Event())

    async with work_with(runner, lease_time=timedelta(seconds=3)):
        await runner.started.get()
        await drain_and_be_heard(owner)
        before = await fetch_value(owner, "SELECT lease_until FROM jobs")
        async with asyncio.timeout(30):
            while await fetch_value(owner, "SELECT lease_until FROM jobs") == before:
                pass
        worker = await the_worker(owner)
        assert runner.gate is not None
        runner.gate.set()
        done = await until(database_url, owner, job, JobStatus.COMPLETED)

    assert (worker.state, worker.processing) == (WorkerState.DRAINING, 1)
    assert done.attempts == 1


async def test_a_worker_process_drains_and_lives_on_until_it_is_stopped(
    owner: Database,
    database_url: str,
    viewer: Viewer,
    inputs: dict[AssetRole, AssetId],
    tmp_path: Path,
) -> None:
    async with worker_process(database_url, tmp_path, "Good") as process:
        await drain_and_be_heard(owner)
        job = await make_job(owner, viewer, inputs=inputs)
        # Two of its polls later it has still not taken the job.
        beats = await fetch_value(owner, "SELECT max(heartbeat_at) FROM workers")
        async with owner.transaction() as tx:
            await tx.execute("SELECT pg_notify('rushes_workers', id::text) FROM workers")
        async with asyncio.timeout(30):
            while await fetch_value(owner, "SELECT max(heartbeat_at) FROM workers") == beats:
                pass
        waiting, alive = await read_job(owner, job.id), process.returncode is None
        process.terminate()
        ended = await process.wait()

    assert (waiting.status, waiting.attempts, alive, ended) == (JobStatus.QUEUED, 0, True, 0)
    assert (await the_worker(owner)).state is WorkerState.GONE
