import asyncio
from datetime import timedelta

import pytest
import structlog

from rushes.db import speeds, waiting
from rushes.db.pool import Database
from rushes.db.speeds import Speed
from rushes.dispatch.chores import do_chores
from rushes.domain.accounts import Viewer
from rushes.domain.jobs import JobType
from rushes.domain.waiting import AGEING_INTERVAL
from rushes.errors import DatabaseUnavailable
from tests.db.lanes import Lane, complete, fill, make_lane, standing
from tests.factories import fetch_value

LONG = AGEING_INTERVAL.total_seconds()

PLACES = "SELECT array_agg(place ORDER BY fair_rank) FROM jobs WHERE lane = $1 AND status = 'queued'"
REJECT_MARKS = "REVOKE DELETE ON queue_marks FROM rushes_worker"


@pytest.fixture
async def lane(owner: Database, viewer: Viewer) -> Lane:
    """A long lane whose jobs have waited long, and whose first jobs are completed."""
    lane = await make_lane(owner)
    rows = (standing(lane, viewer, fair_rank=n, waited=LONG) for n in range(301))
    await fill(owner, lane, *rows)
    await complete(owner, lane, viewer, seconds=[6.0] * 5, of_output=2.0)
    return lane


async def find_speed(work: Database, lane: Lane) -> Speed | None:
    async with work.transaction() as tx:
        return await speeds.find_speed(tx, model=lane.models[0], job_type=JobType.BASE, resolution="480p")


async def test_chores_that_are_due_are_done(owner: Database, work: Database, lane: Lane) -> None:
    await do_chores(work)

    assert (await fetch_value(owner, PLACES, lane.name))[:3] == [4, 5, 5]
    assert await fetch_value(owner, "SELECT array_agg(number ORDER BY number) FROM queue_marks") == [
        100,
        200,
        300,
    ]
    speed = await find_speed(work, lane)
    assert speed == Speed(samples=5, median=3.0, p90=3.0, base_seconds=0.0, per_second=3.0)


async def test_many_workers_do_each_chore_once_an_interval(
    owner: Database, work: Database, lane: Lane
) -> None:
    await asyncio.gather(*(do_chores(work) for _ in range(4)))
    await do_chores(work)

    assert (await fetch_value(owner, PLACES, lane.name))[:3] == [4, 5, 5]


async def test_chores_are_done_again_after_their_interval(
    owner: Database, work: Database, lane: Lane
) -> None:
    await do_chores(work, ageing_interval=timedelta(0))
    await do_chores(work, ageing_interval=timedelta(0))

    assert sorted(await fetch_value(owner, PLACES, lane.name))[:3] == [3, 4, 5]


async def test_a_chore_that_fails_does_not_hold_up_the_others(
    owner: Database, work: Database, lane: Lane
) -> None:
    async with owner.transaction() as tx:
        await tx.execute(REJECT_MARKS)

    with structlog.testing.capture_logs() as logs:
        await do_chores(work)

    assert [(line["event"], line["chore"]) for line in logs] == [("chore.failed", "refresh_marks")]
    assert await find_speed(work, lane) is not None
    assert await fetch_value(owner, "SELECT array_agg(name ORDER BY name) FROM chores") == [
        "admit_held_up",
        "age_jobs",
        "refresh_marks",
        "refresh_speeds",
    ]


async def test_a_database_that_is_away_is_said(work: Database) -> None:
    await work.close()

    with pytest.raises(DatabaseUnavailable):
        await do_chores(work)


async def test_marks_of_a_lane_that_is_long_no_more_are_forgotten(
    owner: Database, work: Database, lane: Lane
) -> None:
    await do_chores(work)
    async with owner.transaction() as tx:
        await tx.execute("DELETE FROM jobs WHERE fair_rank > 50")
    async with work.transaction() as tx:
        await waiting.refresh_marks(tx)

    assert await fetch_value(owner, "SELECT count(*) FROM queue_marks") == 0
