from datetime import timedelta
from uuid import uuid4

import pytest

from rushes.actions.retry import retry
from rushes.actions.settle import rescue
from rushes.db import queue
from rushes.db.pool import Database
from rushes.domain.accounts import Plan, Viewer
from rushes.domain.endings import Lapsed
from rushes.domain.ids import WorkerId
from rushes.domain.jobs import Job, JobStatus
from rushes.errors import Conflict, IllegalTransition, InsufficientCredits, Missing
from tests.factories import (
    claim_one,
    complete,
    fetch_value,
    make_job,
    make_output,
    make_viewer,
    read_balance,
    read_job,
    read_ledger,
    retry_or_fail,
)

S = JobStatus


async def fail_next(work: Database) -> Job:
    attempt = await claim_one(work)
    return await retry_or_fail(
        work, attempt, error_code="broken", error_message="It broke.", retryable=False, log=""
    )


async def failed_job(web: Database, work: Database, viewer: Viewer) -> Job:
    await make_job(web, viewer)
    return await fail_next(work)


async def test_failed_job_is_queued_again_with_a_new_hold(
    owner: Database, web: Database, work: Database
) -> None:
    viewer = await make_viewer(owner, credits_=1000)
    failed = await failed_job(web, work, viewer)

    again = await retry(web, viewer, job_id=failed.id)

    assert (again.status, again.error_code, again.completed_at) == (S.QUEUED, None, None)
    assert again.hold_id != failed.hold_id
    assert await read_ledger(owner, viewer) == [("hold", -300), ("release", 300), ("hold", -300)]


@pytest.mark.parametrize(
    ("plan", "plan_at_the_retry", "marks"),
    [(Plan.PRO, Plan.FREE, (False, True)), (Plan.FREE, Plan.PRO, (True, False))],
)
async def test_plan_at_the_time_of_the_retry_says_whether_there_is_a_watermark(
    owner: Database,
    web: Database,
    work: Database,
    plan: Plan,
    plan_at_the_retry: Plan,
    marks: tuple[bool, bool],
) -> None:
    viewer = await make_viewer(owner, plan=plan)
    failed = await failed_job(web, work, viewer)
    async with owner.transaction() as tx:
        await tx.execute("UPDATE users SET plan = $1 WHERE id = $2", plan_at_the_retry, viewer.user_id)

    again = await retry(web, viewer, job_id=failed.id)

    assert (failed.watermark_applied, again.watermark_applied) == marks


async def test_retried_job_has_all_its_attempts_again(owner: Database, web: Database, work: Database) -> None:
    viewer = await make_viewer(owner)
    failed = await failed_job(web, work, viewer)

    again = await retry(web, viewer, job_id=failed.id)
    attempt = await claim_one(work)

    assert (again.attempts, again.attempts_before, again.max_attempts) == (1, 1, 4)
    assert attempt.number == 2


async def test_retried_job_can_complete_and_is_charged_once(
    owner: Database, web: Database, work: Database
) -> None:
    viewer = await make_viewer(owner, credits_=1000)
    failed = await failed_job(web, work, viewer)
    await retry(web, viewer, job_id=failed.id)

    await complete(work, await claim_one(work), make_output(), log="")

    assert await read_balance(owner, viewer) == 990
    kinds = [kind for kind, _ in await read_ledger(owner, viewer)]
    assert kinds == ["hold", "release", "hold", "capture"]


async def test_workers_killed_before_the_retry_are_forgiven(
    owner: Database, web: Database, work: Database
) -> None:
    viewer = await make_viewer(owner)
    job = await make_job(web, viewer)
    await fetch_value(owner, "UPDATE models SET max_attempts = 20 WHERE slug = 'motion' RETURNING slug")
    await fetch_value(owner, "UPDATE jobs SET max_attempts = 20 RETURNING id")

    async def lose() -> None:
        attempt = await claim_one(work, lease_time=timedelta(0))
        await rescue(work, Lapsed(job_id=job.id, user_id=job.user_id, lease=attempt.lease))

    for _ in range(3):
        await lose()
    quarantined = await read_job(owner, job.id)
    await retry(web, viewer, job_id=job.id)
    for _ in range(2):
        await lose()

    assert quarantined.error_code == "quarantined"
    assert (await read_job(owner, job.id)).status is S.QUEUED


@pytest.mark.parametrize("status", [S.PENDING, S.QUEUED])
async def test_only_a_failed_job_is_retried(owner: Database, web: Database, status: JobStatus) -> None:
    viewer = await make_viewer(owner, slots=0 if status is S.PENDING else 1)
    job = await make_job(web, viewer)

    with pytest.raises(IllegalTransition):
        await retry(web, viewer, job_id=job.id)


async def test_retry_must_be_paid(owner: Database, web: Database, work: Database) -> None:
    viewer = await make_viewer(owner, credits_=300)
    failed = await failed_job(web, work, viewer)
    await make_job(web, viewer)

    with pytest.raises(InsufficientCredits) as refused:
        await retry(web, viewer, job_id=failed.id)

    assert (refused.value.needed, refused.value.available, refused.value.held) == (300, 0, 300)


async def test_retry_needs_its_files(owner: Database, web: Database, work: Database) -> None:
    viewer = await make_viewer(owner)
    failed = await failed_job(web, work, viewer)
    async with owner.transaction() as tx:
        await tx.execute("UPDATE assets SET status = 'deleted', deleted_at = now()")

    with pytest.raises(Conflict, match="file cannot be used any more"):
        await retry(web, viewer, job_id=failed.id)


async def test_retry_needs_its_model(owner: Database, web: Database, work: Database) -> None:
    viewer = await make_viewer(owner)
    failed = await failed_job(web, work, viewer)
    await fetch_value(owner, "UPDATE models SET enabled = false WHERE slug = 'motion' RETURNING slug")

    with pytest.raises(Conflict, match="no longer offered"):
        await retry(web, viewer, job_id=failed.id)


async def test_job_of_another_cannot_be_retried(owner: Database, web: Database, work: Database) -> None:
    failed = await failed_job(web, work, await make_viewer(owner))

    with pytest.raises(Missing):
        await retry(web, await make_viewer(owner), job_id=failed.id)


async def test_retried_job_takes_a_slot_of_its_own(owner: Database, web: Database, work: Database) -> None:
    viewer = await make_viewer(owner, slots=1)
    failed = await failed_job(web, work, viewer)
    await make_job(web, viewer)

    again = await retry(web, viewer, job_id=failed.id)

    assert again.status is S.PENDING


async def test_retry_begins_without_the_checkpoint_of_the_failure(
    owner: Database, web: Database, work: Database
) -> None:
    viewer = await make_viewer(owner)
    job = await make_job(web, viewer)
    attempt = await claim_one(work)
    async with work.transaction() as tx:
        await queue.save_notes(
            tx, notes=[queue.Note(job_id=job.id, lease=attempt.lease, checkpoint={"frame": 7})]
        )
    await retry_or_fail(
        work, attempt, error_code="broken", error_message="It broke.", retryable=False, log=""
    )
    await retry(web, viewer, job_id=job.id)

    async with work.autocommit() as tx:
        (again,) = await queue.claim_jobs(
            tx,
            lanes=["cpu"],
            engines=["motion"],
            count=1,
            worker_id=WorkerId(uuid4()),
            lease_time=timedelta(minutes=1),
        )

    assert again.checkpoint is None
