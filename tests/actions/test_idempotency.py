import asyncio
from hashlib import sha256

import pytest

from rushes.actions.submit import Idempotency, submit
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.jobs import Job, JobType
from rushes.domain.media import REQUIRED_INPUTS, MediaLimits
from rushes.errors import IdempotencyConflict
from tests.factories import fetch_value, make_asset, make_viewer, read_balance, submission

LIMITS = MediaLimits()


def key(body: str) -> Idempotency:
    return Idempotency(key="press-1", fingerprint=sha256(body.encode()).digest())


async def press(owner: Database, web: Database, viewer: Viewer, body: str = "same") -> Job:
    inputs = {role: await make_asset(owner, viewer, role=role) for role in REQUIRED_INPUTS[JobType.BASE]}
    return await submit(web, viewer, submission(inputs=inputs), limits=LIMITS, idempotency_key=key(body))


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


async def test_keys_of_two_accounts_have_nothing_to_do_with_each_other(
    owner: Database, web: Database
) -> None:
    ann, bob = await make_viewer(owner), await make_viewer(owner)

    assert (await press(owner, web, ann)).id != (await press(owner, web, bob)).id
