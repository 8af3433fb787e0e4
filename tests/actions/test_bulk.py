from uuid import uuid4

import pytest

from rushes.actions.bulk import BulkAction, do_to_many
from rushes.db.pool import Database
from rushes.domain.jobs import JobStatus
from rushes.errors import IllegalTransition, InsufficientCredits, InvalidFields, Missing
from tests.factories import (
    claim_one,
    complete,
    fetch_value,
    make_job,
    make_output,
    make_viewer,
    read_balance,
    read_job,
)

S = JobStatus


async def test_what_cannot_be_cancelled_does_not_hold_up_the_others(
    owner: Database, web: Database, work: Database
) -> None:
    viewer = await make_viewer(owner, slots=1)
    done = await make_job(web, viewer)
    await complete(work, await claim_one(work), make_output(), log="")
    waiting = [await make_job(web, viewer) for _ in range(3)]
    foreign = await make_job(web, await make_viewer(owner))
    wanted = [waiting[0].id, done.id, foreign.id, uuid4(), waiting[1].id, waiting[2].id, waiting[0].id]

    results = await do_to_many(web, viewer, BulkAction.CANCEL, job_ids=wanted)

    assert [type(one.error) for one in results] == [
        type(None),
        IllegalTransition,
        Missing,
        Missing,
        type(None),
        type(None),
    ]
    assert {(await read_job(owner, job.id)).status for job in waiting} == {S.CANCELLED}
    assert (await read_job(owner, foreign.id)).status is S.QUEUED


async def test_retries_go_as_far_as_the_credits(owner: Database, web: Database) -> None:
    viewer = await make_viewer(owner, credits_=600, slots=10)
    failed = [await make_job(web, viewer) for _ in range(2)]
    await fetch_value(
        owner,
        "WITH failed AS (UPDATE jobs SET status = 'failed', error_code = 'test', completed_at = now() "
        "RETURNING id) SELECT count(*) FROM failed",
    )
    await fetch_value(owner, "UPDATE users SET credits = 300 WHERE id = $1 RETURNING id", viewer.user_id)

    results = await do_to_many(web, viewer, BulkAction.RETRY, job_ids=[job.id for job in failed])

    assert [type(one.error) for one in results] == [type(None), InsufficientCredits]
    assert await read_balance(owner, viewer) == 0


async def test_many_are_deleted(owner: Database, web: Database, work: Database) -> None:
    viewer = await make_viewer(owner)
    job = await make_job(web, viewer)
    await complete(work, await claim_one(work), make_output(), log="")
    active = await make_job(web, viewer)

    results = await do_to_many(web, viewer, BulkAction.DELETE, job_ids=[job.id, active.id])

    assert [type(one.error) for one in results] == [type(None), IllegalTransition]
    assert await fetch_value(owner, "SELECT array_agg(id) FROM jobs WHERE deleted_at IS NULL") == [active.id]


@pytest.mark.parametrize("count", [0, 101])
async def test_one_to_a_hundred_jobs_are_named(owner: Database, web: Database, count: int) -> None:
    viewer = await make_viewer(owner)

    with pytest.raises(InvalidFields) as refused:
        await do_to_many(web, viewer, BulkAction.CANCEL, job_ids=[uuid4() for _ in range(count)])

    assert [problem.field for problem in refused.value.fields] == ["job_ids"]
