import asyncio
from collections.abc import Sequence
from hashlib import sha256

import pytest

from rushes.actions.cancel import cancel
from rushes.actions.delete import delete_job
from rushes.actions.repeating import Answered, Idempotency, submit_once
from rushes.actions.submit import Submitted
from rushes.db.pool import Database, Tx
from rushes.domain.accounts import Viewer
from rushes.domain.jobs import Job, JobStatus, JobType
from rushes.domain.media import REQUIRED_INPUTS, MediaLimits
from rushes.errors import IdempotencyConflict, InsufficientCredits, Missing
from tests.factories import fetch_value, make_asset, make_viewer, read_balance, submission

LIMITS = MediaLimits()


def key(body: str) -> Idempotency:
    return Idempotency(key="press-1", fingerprint=sha256(body.encode()).digest())


async def write_statuses(_tx: Tx, made: Sequence[Submitted]) -> str:
    return " ".join(one.job.status for one in made)


async def repeat(owner: Database, web: Database, viewer: Viewer, body: str = "same") -> Answered:
    inputs = {role: await make_asset(owner, viewer, role=role) for role in REQUIRED_INPUTS[JobType.BASE]}
    return await submit_once(
        web,
        viewer,
        [submission(inputs=inputs)],
        limits=LIMITS,
        idempotency_key=key(body),
        write_answer=write_statuses,
    )


async def press(owner: Database, web: Database, viewer: Viewer, body: str = "same") -> Job:
    return (await repeat(owner, web, viewer, body)).jobs[0]


async def test_repeated_request_makes_one_job(owner: Database, web: Database) -> None:
    viewer = await make_viewer(owner, credits_=1000)

    first, second = await press(owner, web, viewer), await press(owner, web, viewer)

    assert second.id == first.id
    assert await read_balance(owner, viewer) == 990


async def test_twins_at_once_make_one_job(owner: Database, web: Database) -> None:
    viewer = await make_viewer(owner, credits_=1000)

    jobs = await asyncio.gather(*(press(owner, web, viewer) for _ in range(8)))

    assert len({job.id for job in jobs}) == 1
    assert await fetch_value(owner, "SELECT count(*) FROM jobs") == 1


async def test_key_of_another_request_is_refused(owner: Database, web: Database) -> None:
    viewer = await make_viewer(owner)
    await press(owner, web, viewer)

    with pytest.raises(IdempotencyConflict):
        await press(owner, web, viewer, body="other")


async def test_repeat_is_answered_as_the_first_was(owner: Database, web: Database) -> None:
    viewer = await make_viewer(owner)
    first = await repeat(owner, web, viewer)
    await cancel(web, viewer, job_id=first.jobs[0].id)

    again = await repeat(owner, web, viewer)

    assert (first.answer, first.replayed) == ("queued", False)
    assert (again.answer, again.replayed) == ("queued", True)
    assert again.jobs[0].status is JobStatus.CANCELLED


async def test_key_of_a_request_that_was_refused_stays_unused(owner: Database, web: Database) -> None:
    viewer = await make_viewer(owner, credits_=1)
    with pytest.raises(InsufficientCredits):
        await press(owner, web, viewer)

    assert await fetch_value(owner, "SELECT count(*) FROM idempotency") == 0


async def test_key_whose_job_was_deleted_says_so(owner: Database, web: Database) -> None:
    viewer = await make_viewer(owner)
    job = await press(owner, web, viewer)
    await cancel(web, viewer, job_id=job.id)
    await delete_job(web, viewer, job_id=job.id)

    with pytest.raises(Missing, match="was deleted"):
        await press(owner, web, viewer)


async def test_keys_of_two_accounts_have_nothing_to_do_with_each_other(
    owner: Database, web: Database
) -> None:
    ann, bob = await make_viewer(owner), await make_viewer(owner)

    assert (await press(owner, web, ann)).id != (await press(owner, web, bob)).id
