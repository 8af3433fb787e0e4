import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest

from rushes.actions.cancel import cancel
from rushes.actions.webhooks import NewEndpoint, create
from rushes.db import events
from rushes.db.job_details import list_attempts
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.ids import AssetId
from rushes.domain.jobs import Job, JobStatus, Outcome
from rushes.domain.media import AssetRole, Bucket
from rushes.domain.webhooks import WebhookEvent
from rushes.engines.base import Event, EventKind
from rushes.errors import EngineCrashed, EngineRefused, Missing
from rushes.storage.store import Storage
from tests.dispatch.stage import ObedientRunner, WorkWith, until
from tests.factories import make_job, read_balance, read_job
from tests.outgoing.receiver import receiving

S = JobStatus


async def test_a_job_runs_from_submit_to_video(
    owner: Database, database_url: str, storage: Storage, job: Job, work_with: WorkWith, scratch: Path
) -> None:
    async with work_with(ObedientRunner()):
        done = await until(database_url, owner, job, S.COMPLETED, S.FAILED)

    assert done.status is S.COMPLETED
    assert (done.progress, done.attempts, done.credits_charged) == (100, 1, 10)
    assert done.video_id is not None
    assert await storage.head(Bucket.OUTPUTS, f"{job.user_id}/{job.id}/output.mp4")
    assert list(scratch.iterdir()) == []


async def test_every_change_of_state_left_one_event(
    owner: Database, database_url: str, job: Job, work_with: WorkWith
) -> None:
    async with work_with(ObedientRunner()):
        await until(database_url, owner, job, S.COMPLETED)

    async with owner.transaction() as tx:
        history = await events.list_events_after(tx, job_id=job.id, user_id=job.user_id, after_id=0)
    assert [event.type for event in history] == [
        "job.queued",
        "job.processing",
        "job.completed",
    ]


async def test_two_workers_run_each_of_200_jobs_once(
    owner: Database, database_url: str, viewer: Viewer, inputs: dict[AssetRole, AssetId], work_with: WorkWith
) -> None:
    submitted = [await make_job(owner, viewer, inputs=inputs) for _ in range(200)]
    first, second = ObedientRunner(), ObedientRunner()

    async with (
        work_with(first, slots=8),
        work_with(second, slots=8),
    ):
        finished = [await until(database_url, owner, job, S.COMPLETED) for job in submitted]

    assert first.started.qsize() + second.started.qsize() == 200
    assert {job.attempts for job in finished} == {1}
    assert len({job.video_id for job in finished}) == 200


async def test_progress_is_seen_while_the_engine_runs(
    owner: Database, database_url: str, job: Job, work_with: WorkWith
) -> None:
    said = (
        Event(kind=EventKind.STAGE, progress=0.0, text="warp"),
        Event(kind=EventKind.PROGRESS, progress=0.42),
    )
    runner = ObedientRunner(gate=asyncio.Event(), events=said)

    async with work_with(runner):
        seen = await until(database_url, owner, job, S.PROCESSING, progress=42)

    assert seen.progress_text == "warp"
    assert seen.eta_seconds is not None


async def test_cancel_stops_the_engine_and_gives_the_credits_back(
    owner: Database, database_url: str, viewer: Viewer, job: Job, work_with: WorkWith
) -> None:
    runner = ObedientRunner(gate=asyncio.Event())

    async with work_with(runner):
        await runner.started.get()
        await cancel(owner, viewer, job_id=job.id)
        done = await until(database_url, owner, job, S.CANCELLED, S.COMPLETED)

    assert runner.stopped.is_set()
    assert done.cancelled_reason == "user"
    assert await read_balance(owner, viewer) == 10_000


async def test_a_transient_error_is_tried_again_later(
    owner: Database, database_url: str, job: Job, work_with: WorkWith
) -> None:
    runner = ObedientRunner(error=EngineCrashed("boom"))

    async with work_with(runner):
        await runner.started.get()
        waiting = await until(database_url, owner, job, S.QUEUED)

    async with owner.transaction() as tx:
        (attempt,) = await list_attempts(tx, job_id=job.id, user_id=job.user_id)
    assert waiting.attempts == 1
    assert (attempt.outcome, attempt.error_code) == (Outcome.RETRY, "engine_crashed")


async def test_a_lasting_error_fails_the_job_and_gives_the_credits_back(
    owner: Database, database_url: str, viewer: Viewer, job: Job, work_with: WorkWith
) -> None:
    runner = ObedientRunner(error=EngineRefused("The picture has no figure."))

    async with work_with(runner):
        done = await until(database_url, owner, job, S.FAILED, S.COMPLETED)

    assert (done.error_code, done.error_message) == ("invalid_input", "The picture has no figure.")
    assert await read_balance(owner, viewer) == 10_000


async def test_a_stopped_worker_hands_its_jobs_back(owner: Database, job: Job, work_with: WorkWith) -> None:
    runner = ObedientRunner(gate=asyncio.Event())

    async with work_with(runner):
        await runner.started.get()

    handed_back = await read_job(owner, job.id)
    assert handed_back.status is S.QUEUED
    assert runner.stopped.is_set()


async def test_a_draining_worker_finishes_what_it_can(
    owner: Database, database_url: str, job: Job, work_with: WorkWith
) -> None:
    runner = ObedientRunner(gate=asyncio.Event())

    async with work_with(runner, drain_time=timedelta(seconds=30)) as stop:
        await runner.started.get()
        stop.set()
        assert runner.gate is not None
        runner.gate.set()
        done = await until(database_url, owner, job, S.COMPLETED, S.QUEUED)

    assert done.status is S.COMPLETED


async def test_a_worker_whose_lease_was_taken_stops_its_engine_and_writes_nothing(
    owner: Database, database_url: str, storage: Storage, job: Job, work_with: WorkWith
) -> None:
    robbed, heir = ObedientRunner(gate=asyncio.Event()), ObedientRunner()
    short = timedelta(seconds=3)

    async with work_with(robbed, slots=1, lease_time=short):
        await robbed.started.get()
        async with owner.transaction() as tx:
            await tx.execute("UPDATE jobs SET lease = gen_random_uuid(), lease_until = now()")
        async with asyncio.timeout(30):
            await robbed.stopped.wait()
    async with work_with(heir):
        done = await until(database_url, owner, job, S.COMPLETED)

    async with owner.transaction() as tx:
        attempts = await list_attempts(tx, job_id=job.id, user_id=job.user_id)
    assert done.attempts == 2
    assert attempts[-1].outcome is Outcome.SUCCEEDED
    with pytest.raises(Missing):
        await storage.head(Bucket.OUTPUTS, f"{job.user_id}/{job.id}/output.mp4")


async def test_a_worker_that_hears_nothing_finds_its_jobs_by_looking(
    owner: Database, database_url: str, job: Job, work_with: WorkWith
) -> None:
    async with work_with(ObedientRunner(), deaf=True):
        done = await until(database_url, owner, job, S.COMPLETED)

    assert done.attempts == 1


async def test_the_end_of_a_job_is_told_to_its_webhook(
    owner: Database, viewer: Viewer, job: Job, work_with: WorkWith
) -> None:
    async with receiving() as receiver:
        await create(owner, viewer, NewEndpoint(url=receiver.url, events=[WebhookEvent.COMPLETED]))
        async with work_with(ObedientRunner()):
            told = await receiver.next()

    body = json.loads(told.body)
    assert (body["type"], body["data"]["id"]) == ("job.completed", str(job.id))
    assert (body["data"]["status"], body["data"]["credits_charged"]) == ("completed", job.price)


async def test_a_job_past_its_deadline_is_stopped(
    owner: Database, database_url: str, job: Job, work_with: WorkWith
) -> None:
    runner = ObedientRunner(gate=asyncio.Event())

    async with work_with(runner):
        await runner.started.get()
        async with owner.transaction() as tx:
            await tx.execute("UPDATE jobs SET auto_cancel_at = now()")
        done = await until(database_url, owner, job, S.CANCELLED)

    assert done.cancelled_reason == "deadline"
    assert runner.stopped.is_set()
