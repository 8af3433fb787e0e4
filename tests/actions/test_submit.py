from uuid import uuid4

import pytest

from rushes.actions.assets import accept
from rushes.actions.cancel import cancel
from rushes.actions.submit import submit
from rushes.db.pool import Database
from rushes.domain.accounts import Plan
from rushes.domain.jobs import JobStatus, JobType
from rushes.domain.media import AssetRole, AssetStatus, MediaLimits
from rushes.domain.options import BaseOptions, Resolution
from rushes.errors import InsufficientCredits, InvalidFields, Kind
from tests.factories import (
    FILM,
    claim_check,
    fetch_value,
    make_asset,
    make_job,
    make_viewer,
    read_balance,
    read_ledger,
    submission,
)

LIMITS = MediaLimits(duration_seconds=60)


async def test_job_with_ready_inputs_is_queued_at_once(owner: Database, web: Database) -> None:
    viewer = await make_viewer(owner)
    film = await make_asset(owner, viewer)

    job = await make_job(web, viewer, inputs={AssetRole.MOTION: film})

    assert job.status is JobStatus.QUEUED
    assert job.queued_at is not None


async def test_each_state_on_the_way_leaves_an_event(owner: Database, web: Database, work: Database) -> None:
    viewer = await make_viewer(owner, slots=1)
    at_once = await make_job(web, viewer)
    film = await make_asset(owner, viewer, status=AssetStatus.CHECKING)
    waits = await make_job(web, viewer, inputs={AssetRole.MOTION: film})

    await cancel(web, viewer, job_id=at_once.id)
    await accept(work, *await claim_check(work), FILM)

    types = "SELECT array_agg(type ORDER BY id) FROM job_events WHERE job_id = $1"
    assert await fetch_value(owner, types, at_once.id) == ["job.queued", "job.cancelled"]
    assert await fetch_value(owner, types, waits.id) == ["job.pending", "job.validating", "job.queued"]


async def test_price_is_held_in_the_same_transaction(owner: Database, web: Database) -> None:
    viewer = await make_viewer(owner, credits_=100)
    film = await make_asset(owner, viewer, seconds=2.5)

    job = await make_job(web, viewer, inputs={AssetRole.MOTION: film})

    assert job.price == 15
    assert await read_ledger(owner, viewer) == [("hold", -15)]
    assert await read_balance(owner, viewer) == 85


async def test_price_grows_with_the_resolution(owner: Database, web: Database) -> None:
    viewer = await make_viewer(owner)
    film = await make_asset(owner, viewer, seconds=2.5)

    job = await make_job(
        web, viewer, inputs={AssetRole.MOTION: film}, options=BaseOptions(resolution=Resolution.P720)
    )

    assert job.price == 30


async def test_unmeasured_input_holds_the_highest_price(owner: Database, web: Database) -> None:
    viewer = await make_viewer(owner)
    film = await make_asset(owner, viewer, status=AssetStatus.CHECKING)

    job = await make_job(web, viewer, inputs={AssetRole.MOTION: film})

    assert job.status is JobStatus.VALIDATING
    assert job.price == 60 * 5


async def test_too_few_credits_leave_nothing(owner: Database, web: Database) -> None:
    viewer = await make_viewer(owner, credits_=9)
    film = await make_asset(owner, viewer, seconds=2)

    with pytest.raises(InsufficientCredits) as caught:
        await make_job(web, viewer, inputs={AssetRole.MOTION: film})

    assert caught.value.kind is Kind.PAYMENT
    assert (caught.value.needed, caught.value.available) == (10, 9)
    assert await read_ledger(owner, viewer) == []
    assert await fetch_value(owner, "SELECT count(*) FROM jobs") == 0
    assert await fetch_value(owner, "SELECT count(*) FROM job_events") == 0


async def test_last_credit_can_be_spent(owner: Database, web: Database) -> None:
    viewer = await make_viewer(owner, credits_=10)
    film = await make_asset(owner, viewer, seconds=2)

    await make_job(web, viewer, inputs={AssetRole.MOTION: film})

    assert await read_balance(owner, viewer) == 0


async def test_file_of_another_does_not_exist(owner: Database, web: Database) -> None:
    film = await make_asset(owner, await make_viewer(owner))
    viewer = await make_viewer(owner)

    with pytest.raises(InvalidFields) as caught:
        await make_job(web, viewer, inputs={AssetRole.MOTION: film})

    assert [(one.field, one.message) for one in caught.value.fields] == [
        ("inputs.motion", "There is no such asset.")
    ]


async def test_rejected_file_is_refused(owner: Database, web: Database) -> None:
    viewer = await make_viewer(owner)
    film = await make_asset(owner, viewer, status=AssetStatus.REJECTED)

    with pytest.raises(InvalidFields) as caught:
        await make_job(web, viewer, inputs={AssetRole.MOTION: film})

    assert [one.field for one in caught.value.fields] == ["inputs.motion"]


async def test_every_wrong_part_is_named(owner: Database, web: Database) -> None:
    viewer = await make_viewer(owner)
    picture = await make_asset(owner, viewer, role=AssetRole.REFERENCE)
    wrong = submission(
        model="nothing",
        priority=1,
        inputs={AssetRole.REFERENCE: uuid4(), AssetRole.MOTION: picture},
    )

    with pytest.raises(InvalidFields) as caught:
        await submit(web, viewer, wrong, limits=LIMITS)

    fields = {one.field for one in caught.value.fields}
    assert fields == {"model", "priority", "inputs.reference", "inputs.motion"}


@pytest.mark.parametrize(
    "statement", ["UPDATE models SET enabled = false", "UPDATE models SET job_types = '{image}'"]
)
async def test_model_must_be_on_offer(owner: Database, web: Database, statement: str) -> None:
    viewer = await make_viewer(owner)
    async with owner.transaction() as tx:
        await tx.execute(statement)

    with pytest.raises(InvalidFields):
        await make_job(web, viewer, job_type=JobType.BASE)


async def test_missing_inputs_are_named(owner: Database, web: Database) -> None:
    with pytest.raises(InvalidFields) as caught:
        await submit(web, await make_viewer(owner), submission(), limits=LIMITS)

    assert [one.field for one in caught.value.fields] == ["inputs.motion", "inputs.reference"]


async def test_input_that_the_job_type_does_not_take_is_named(owner: Database, web: Database) -> None:
    viewer = await make_viewer(owner)

    with pytest.raises(InvalidFields) as caught:
        await make_job(web, viewer, inputs={AssetRole.POSTER: uuid4()})

    assert [one.field for one in caught.value.fields] == ["inputs.poster"]


async def test_plan_pro_may_hurry(owner: Database, web: Database) -> None:
    job = await make_job(web, await make_viewer(owner, plan=Plan.PRO), priority=1)

    assert job.priority == 1
