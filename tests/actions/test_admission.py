import asyncio
from uuid import uuid4

from uuid_utils.compat import uuid7

from rushes.actions.admission import admit_held_up
from rushes.actions.assets import accept, reject
from rushes.actions.cancel import cancel
from rushes.db import accounts, jobs
from rushes.db.pool import Database
from rushes.domain.ids import JobId, Lease
from rushes.domain.jobs import JobStatus
from rushes.domain.media import AssetRole, AssetStatus
from rushes.storage.store import memory_storage
from tests.factories import (
    FILM,
    INSERT_JOB,
    claim_check,
    claim_one,
    complete,
    fetch_value,
    make_asset,
    make_job,
    make_output,
    make_viewer,
    read_balance,
    read_job,
    until_somebody_is_blocked,
)


async def test_third_job_of_the_free_plan_waits(owner: Database, web: Database) -> None:
    viewer = await make_viewer(owner)

    found = [(await make_job(web, viewer)).status for _ in range(3)]

    assert found == [JobStatus.QUEUED, JobStatus.QUEUED, JobStatus.PENDING]


async def test_slots_of_the_account_come_before_those_of_its_plan(owner: Database, web: Database) -> None:
    viewer = await make_viewer(owner, slots=1)

    found = [(await make_job(web, viewer)).status for _ in range(2)]

    assert found == [JobStatus.QUEUED, JobStatus.PENDING]


async def test_slots_of_one_account_are_not_those_of_another(owner: Database, web: Database) -> None:
    await make_job(web, await make_viewer(owner, slots=1))

    job = await make_job(web, await make_viewer(owner, slots=1))

    assert job.status is JobStatus.QUEUED


async def test_completion_lets_the_next_job_in(owner: Database, web: Database, work: Database) -> None:
    viewer = await make_viewer(owner, slots=1)
    await make_job(web, viewer)
    waiting = await make_job(web, viewer)

    await complete(work, await claim_one(work), make_output(), log="")

    assert (await read_job(owner, waiting.id)).status is JobStatus.QUEUED


async def test_cancelling_lets_the_next_job_in(owner: Database, web: Database) -> None:
    viewer = await make_viewer(owner, slots=1)
    first = await make_job(web, viewer)
    waiting = await make_job(web, viewer)

    await cancel(web, viewer, job_id=first.id)

    assert (await read_job(owner, waiting.id)).status is JobStatus.QUEUED


async def test_better_priority_is_let_in_first(owner: Database, web: Database) -> None:
    viewer = await make_viewer(owner, slots=1)
    first = await make_job(web, viewer)
    usual, late = await make_job(web, viewer, priority=6), await make_job(web, viewer, priority=5)

    await cancel(web, viewer, job_id=first.id)

    assert (await read_job(owner, usual.id)).status is JobStatus.PENDING
    assert (await read_job(owner, late.id)).status is JobStatus.QUEUED


async def test_accepted_file_queues_the_jobs_that_waited(
    owner: Database, web: Database, work: Database
) -> None:
    viewer = await make_viewer(owner)
    film = await make_asset(owner, viewer, status=AssetStatus.CHECKING)
    waiting = [await make_job(web, viewer, inputs={AssetRole.MOTION: film}) for _ in range(2)]

    await accept(work, *await claim_check(work), FILM)

    assert [(await read_job(owner, job.id)).status for job in waiting] == [JobStatus.QUEUED] * 2


async def test_job_waits_for_each_of_its_files(owner: Database, web: Database, work: Database) -> None:
    viewer = await make_viewer(owner)
    inputs = {
        AssetRole.MOTION: await make_asset(owner, viewer, status=AssetStatus.CHECKING),
        AssetRole.REFERENCE: await make_asset(
            owner, viewer, role=AssetRole.REFERENCE, status=AssetStatus.CHECKING
        ),
    }
    job = await make_job(web, viewer, inputs=inputs)

    await accept(work, *await claim_check(work), FILM)

    assert (await read_job(owner, job.id)).status is JobStatus.VALIDATING


async def test_refused_file_fails_the_jobs_that_waited(
    owner: Database, web: Database, work: Database
) -> None:
    viewer = await make_viewer(owner)
    film = await make_asset(owner, viewer, status=AssetStatus.CHECKING)
    job = await make_job(web, viewer, inputs={AssetRole.MOTION: film})

    await reject(
        work, memory_storage(), *await claim_check(work), error_code="media_rejected", message="No picture."
    )

    failed = await read_job(owner, job.id)
    assert failed.status is JobStatus.FAILED
    assert (failed.error_code, failed.error_message) == ("invalid_motion", "No picture.")


async def test_refused_file_gives_the_hold_back(owner: Database, web: Database, work: Database) -> None:
    viewer = await make_viewer(owner, credits_=1000)
    film = await make_asset(owner, viewer, status=AssetStatus.CHECKING)
    await make_job(web, viewer, inputs={AssetRole.MOTION: film})

    await reject(work, memory_storage(), *await claim_check(work), error_code="bad", message="Bad.")

    assert await read_balance(owner, viewer) == 1000


async def test_refused_file_lets_the_next_job_in(owner: Database, web: Database, work: Database) -> None:
    viewer = await make_viewer(owner, slots=1)
    film = await make_asset(owner, viewer, status=AssetStatus.CHECKING)
    await make_job(web, viewer, inputs={AssetRole.MOTION: film})
    waiting = await make_job(web, viewer)

    await reject(work, memory_storage(), *await claim_check(work), error_code="bad", message="Bad.")

    assert (await read_job(owner, waiting.id)).status is JobStatus.QUEUED


async def test_pending_job_with_a_refused_file_fails_when_let_in(
    owner: Database, web: Database, work: Database
) -> None:
    viewer = await make_viewer(owner, slots=1)
    film = await make_asset(owner, viewer, status=AssetStatus.CHECKING)
    first = await make_job(web, viewer)
    doomed = await make_job(web, viewer, inputs={AssetRole.MOTION: film})
    last = await make_job(web, viewer)
    await reject(work, memory_storage(), *await claim_check(work), error_code="bad", message="Bad.")

    await cancel(web, viewer, job_id=first.id)

    assert (await read_job(owner, doomed.id)).status is JobStatus.FAILED
    assert (await read_job(owner, last.id)).status is JobStatus.QUEUED


async def test_check_without_its_lease_changes_nothing(
    owner: Database, web: Database, work: Database
) -> None:
    viewer = await make_viewer(owner)
    film = await make_asset(owner, viewer, status=AssetStatus.CHECKING)
    job = await make_job(web, viewer, inputs={AssetRole.MOTION: film})
    asset, _ = await claim_check(work)

    await accept(work, asset, Lease(uuid4()), FILM)

    assert (await read_job(owner, job.id)).status is JobStatus.VALIDATING


async def test_job_submitted_during_the_verdict_is_not_forgotten(owner: Database, work: Database) -> None:
    viewer = await make_viewer(owner)
    film = await make_asset(owner, viewer, status=AssetStatus.CHECKING)
    check = await claim_check(work)
    job_id = JobId(uuid7())

    async with owner.transaction() as tx:
        await accounts.lock_user(tx, user_id=viewer.user_id)
        await tx.execute(INSERT_JOB, job_id, viewer.user_id, "pending")
        await jobs.insert_inputs(tx, {job_id: {AssetRole.MOTION: film}})
        await tx.execute("UPDATE jobs SET status = 'validating' WHERE id = $1", job_id)
        verdict = asyncio.create_task(accept(work, *check, FILM))
        await until_somebody_is_blocked(owner)
    await verdict

    assert (await read_job(owner, job_id)).status is JobStatus.QUEUED


async def test_more_slots_let_in_what_waits(owner: Database, web: Database, work: Database) -> None:
    viewer = await make_viewer(owner, slots=0)
    job = await make_job(web, viewer)
    await fetch_value(owner, "UPDATE users SET slots = 1 WHERE id = $1 RETURNING id", viewer.user_id)

    helped = [await admit_held_up(work), await admit_held_up(work)]

    assert helped == [1, 0]
    assert (await read_job(owner, job.id)).status is JobStatus.QUEUED


async def test_validating_job_that_nobody_judged_is_judged(
    owner: Database, web: Database, work: Database
) -> None:
    viewer = await make_viewer(owner)
    film = await make_asset(owner, viewer, status=AssetStatus.CHECKING)
    job = await make_job(web, viewer, inputs={AssetRole.MOTION: film})
    before = await admit_held_up(work)
    await fetch_value(
        owner,
        "UPDATE assets SET status = 'ready', width = 1, height = 1, duration_seconds = 1 WHERE id = $1 "
        "RETURNING id",
        film,
    )

    after = await admit_held_up(work)

    assert (before, after) == (0, 1)
    assert (await read_job(owner, job.id)).status is JobStatus.QUEUED
