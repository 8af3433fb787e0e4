import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from rushes.db import queue
from rushes.db.pool import Database
from rushes.dispatch.settling import Settler
from rushes.domain.endings import Ending, Output
from rushes.domain.ids import Lease, WorkerId
from rushes.domain.jobs import Attempt, Job, JobStatus
from rushes.domain.media import AssetRole
from rushes.errors import Conflict, DatabaseUnavailable, LeaseLost
from tests.actions.books import find_errors
from tests.factories import (
    claim,
    claim_one,
    fetch_value,
    make_job,
    make_output,
    make_viewer,
    read_job,
    until_somebody_is_blocked,
)

S = JobStatus

TRANSACTIONS = "SELECT count(DISTINCT xmin::text)::int FROM attempts WHERE finished_at IS NOT NULL"


@asynccontextmanager
async def settling(work: Database) -> AsyncIterator[Settler]:
    settler = Settler(database=work)
    running = asyncio.create_task(settler.run())
    yield settler
    running.cancel()
    await asyncio.wait([running])


async def make_attempts(owner: Database, work: Database, *, users: int, each: int) -> list[Attempt]:
    for _ in range(users):
        viewer = await make_viewer(owner, slots=100)
        for _ in range(each):
            await make_job(owner, viewer)
    return await claim(work, count=users * each)


def taken(output: Output, attempt: Attempt) -> Output:
    """An output stored under the name of another."""
    film = output.files[AssetRole.OUTPUT]
    return replace(output, files={AssetRole.OUTPUT: replace(film, key=f"{attempt.job.id}.mp4")})


async def settle_all(settler: Settler, endings: list[Ending]) -> list[Job | BaseException]:
    return await asyncio.gather(*(settler.settle(one) for one in endings), return_exceptions=True)


async def test_endings_that_come_together_are_settled_together(owner: Database, work: Database) -> None:
    attempts = await make_attempts(owner, work, users=5, each=6)
    endings = [Ending.success(attempt, make_output(), log="") for attempt in attempts]

    async with settling(work) as settler:
        settled = await settle_all(settler, endings)

    assert [job.status for job in settled if isinstance(job, Job)] == [S.COMPLETED] * 30
    assert await fetch_value(owner, TRANSACTIONS) <= 2
    assert await find_errors(owner) == {}


async def test_endings_of_every_kind_go_together(owner: Database, work: Database) -> None:
    made, failed, stopped, handed_back, retried = await make_attempts(owner, work, users=1, each=5)

    async with settling(work) as settler:
        settled = await settle_all(
            settler,
            [
                Ending.success(made, make_output(), log=""),
                Ending.failure(failed, error_code="test", error_message="", retryable=False, log=""),
                Ending.stop(stopped, log=""),
                Ending.hand_back(handed_back, log=""),
                Ending.failure(retried, error_code="test", error_message="", retryable=True, log=""),
            ],
        )

    assert [job.status for job in settled if isinstance(job, Job)] == [
        S.COMPLETED,
        S.FAILED,
        S.CANCELLED,
        S.QUEUED,
        S.QUEUED,
    ]
    assert await find_errors(owner) == {}


async def test_a_lost_lease_among_others_costs_nobody_else(owner: Database, work: Database) -> None:
    first, second, third = await make_attempts(owner, work, users=3, each=1)
    lost = replace(second, lease=Lease(uuid4()))

    async with settling(work) as settler:
        settled = await settle_all(
            settler, [Ending.success(one, make_output(), log="") for one in (first, lost, third)]
        )

    assert [type(one) for one in settled] == [Job, LeaseLost, Job]
    assert (await read_job(owner, second.job.id)).status is S.PROCESSING


async def test_an_ending_that_the_database_refuses_costs_nobody_else(owner: Database, work: Database) -> None:
    first, second, third = await make_attempts(owner, work, users=3, each=1)
    outputs = [taken(make_output(), first), taken(make_output(), first), make_output()]

    async with settling(work) as settler:
        settled = await settle_all(
            settler,
            [
                Ending.success(attempt, output, log="")
                for attempt, output in zip((first, second, third), outputs, strict=True)
            ],
        )

    assert [type(one) for one in settled] == [Job, Conflict, Job]
    assert (await read_job(owner, second.job.id)).status is S.PROCESSING
    assert await find_errors(owner) == {}


async def test_a_log_that_no_database_can_hold_is_cleaned(owner: Database, work: Database) -> None:
    (attempt,) = await make_attempts(owner, work, users=1, each=1)
    ending = Ending.failure(
        attempt, error_code="test", error_message="a\0b\ud800", retryable=False, log="c\0d\udfff"
    )

    async with settling(work) as settler:
        job = await settler.settle(ending)

    assert job.error_message == "ab?"
    assert await fetch_value(owner, "SELECT log FROM attempts") == "cd?"


async def test_who_comes_after_the_settler_has_ended_is_told(owner: Database, work: Database) -> None:
    early, late = await make_attempts(owner, work, users=1, each=2)
    async with settling(work) as settler:
        await settler.settle(Ending.stop(early, log=""))

    with pytest.raises(DatabaseUnavailable):
        await settler.settle(Ending.stop(late, log=""))


async def test_a_renewal_and_a_settling_of_the_same_jobs_do_not_wait_in_a_circle(
    owner: Database, work: Database
) -> None:
    attempts = await make_attempts(owner, work, users=2, each=4)
    lease_time = timedelta(minutes=1)

    async def renew() -> None:
        for _ in range(20):
            async with work.autocommit() as tx:
                await queue.renew_leases(tx, attempts=attempts[::-1], lease_time=lease_time)

    async with settling(work) as settler:
        renewing = asyncio.create_task(renew())
        settled = await settle_all(settler, [Ending.stop(attempt, log="") for attempt in attempts])
        await renewing

    assert [type(one) for one in settled] == [Job] * 8


async def test_who_waits_when_the_settler_ends_is_told(owner: Database, work: Database) -> None:
    (attempt,) = await make_attempts(owner, work, users=1, each=1)

    async with owner.transaction() as tx:
        await tx.execute("SELECT FROM users WHERE id = $1 FOR UPDATE", attempt.job.user_id)
        async with settling(work) as settler:
            waiting = asyncio.create_task(settler.settle(Ending.stop(attempt, log="")))
            await until_somebody_is_blocked(owner)

    with pytest.raises(DatabaseUnavailable):
        await waiting


@pytest.mark.parametrize("whose", ["own", "foreign"])
async def test_notes_are_kept_for_the_holder_of_the_lease_alone(
    owner: Database, work: Database, whose: str
) -> None:
    await make_job(owner, await make_viewer(owner))
    attempt = await claim_one(work)
    lease = attempt.lease if whose == "own" else Lease(uuid4())
    note = queue.Note(
        job_id=attempt.job.id, lease=lease, log="far", checkpoint={"frame": 7}, external_job_id="there-1"
    )

    async with work.transaction() as tx:
        kept = await queue.save_notes(tx, notes=[note])

    row = await fetch_value(
        owner, "SELECT jsonb_build_array(log, checkpoint->'frame', external_job_id) FROM attempts"
    )
    assert (kept, row) == (({lease}, ["far", 7, "there-1"]) if whose == "own" else (set(), ["", None, None]))


async def test_a_checkpoint_is_handed_to_the_next_attempt(owner: Database, work: Database) -> None:
    await make_job(owner, await make_viewer(owner))
    attempt = await claim_one(work)
    note = queue.Note(job_id=attempt.job.id, lease=attempt.lease, checkpoint={"frame": 7})
    async with work.transaction() as tx:
        await queue.save_notes(tx, notes=[note])
    async with settling(work) as settler:
        await settler.settle(Ending.hand_back(attempt, log=""))

    async with work.autocommit() as tx:
        (again,) = await queue.claim_jobs(
            tx,
            lanes=["cpu"],
            engines=["motion"],
            count=1,
            worker_id=WorkerId(uuid4()),
            lease_time=timedelta(seconds=30),
        )

    assert again.checkpoint == {"frame": 7}
    assert set(again.inputs) == {AssetRole.MOTION, AssetRole.REFERENCE}
