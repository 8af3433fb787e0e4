from datetime import timedelta

import pytest

from rushes.db import waiting
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.ids import JobId
from rushes.domain.waiting import AGEING_INTERVAL
from tests.db.lanes import Lane, claim_all, fill, make_lane, standing
from tests.factories import make_viewer

LONG = AGEING_INTERVAL.total_seconds()


@pytest.fixture
async def viewer(owner: Database) -> Viewer:
    return await make_viewer(owner)


@pytest.fixture
async def lane(owner: Database) -> Lane:
    return await make_lane(owner, models=2)


async def age(work: Database, *, interval: timedelta = AGEING_INTERVAL) -> None:
    async with work.transaction() as tx:
        await waiting.age_jobs(tx, interval=interval)


async def places(owner: Database, *jobs: JobId) -> list[int]:
    """The places of some jobs, in order."""
    async with owner.transaction() as tx:
        rows = await tx.fetch("SELECT id, place FROM jobs WHERE id = ANY ($1)", list(jobs))
    found = {row["id"]: row["place"] for row in rows}
    return [found[job] for job in jobs]


async def age_for(owner: Database, work: Database, *, intervals: int) -> None:
    """Let intervals pass: all that waits has waited so much longer, and the chore is done each time."""
    for _ in range(intervals):
        async with owner.transaction() as tx:
            await tx.execute(
                "UPDATE jobs SET queued_at = queued_at - $1::interval, aged_at = aged_at - $1::interval "
                "WHERE status = 'queued'",
                AGEING_INTERVAL,
            )
        await age(work)


async def test_no_priority_starves(owner: Database, work: Database, viewer: Viewer, lane: Lane) -> None:
    flood = await fill(owner, lane, *(standing(lane, viewer, place=1, fair_rank=n + 1) for n in range(50)))
    (last,) = await fill(owner, lane, standing(lane, viewer, place=10, fair_rank=0))

    await age_for(owner, work, intervals=9)

    assert await places(owner, last) == [1]
    assert await claim_all(work, lane) == [last, *flood]


async def test_a_flood_is_not_raised_as_a_whole(
    owner: Database, work: Database, viewer: Viewer, lane: Lane
) -> None:
    first, *others = await fill(
        owner, lane, *(standing(lane, viewer, place=5, fair_rank=n) for n in range(50))
    )

    await age_for(owner, work, intervals=1)

    assert await places(owner, first, *others) == [4] + [5] * 49


async def test_each_interval_moves_one_job_of_a_place_by_one(
    owner: Database, work: Database, viewer: Viewer, lane: Lane
) -> None:
    jobs = await fill(owner, lane, *(standing(lane, viewer, place=8, fair_rank=n) for n in range(4)))

    await age_for(owner, work, intervals=3)

    assert await places(owner, *jobs) == [5, 6, 7, 8]


async def test_who_has_moved_waits_again(owner: Database, work: Database, viewer: Viewer, lane: Lane) -> None:
    (job,) = await fill(owner, lane, standing(lane, viewer, waited=LONG * 5))

    await age(work)
    await age(work)

    assert await places(owner, job) == [4]


async def test_each_model_has_a_first_of_its_own(
    owner: Database, work: Database, viewer: Viewer, lane: Lane
) -> None:
    one, other = lane.models
    second, first = await fill(
        owner,
        lane,
        standing(lane, viewer, model=one, fair_rank=2, waited=LONG),
        standing(lane, viewer, model=other, fair_rank=1, waited=LONG),
    )

    await age(work)

    assert await places(owner, first, second) == [4, 4]


@pytest.mark.parametrize(
    "change",
    [
        {"waited": LONG - 60},
        {"waited": LONG * 5, "aged": LONG - 60},
        {"waited": LONG, "parked": True, "run_in": 60.0},
        {"waited": LONG, "status": "validating"},
        {"waited": LONG, "place": 1},
    ],
)
async def test_what_has_not_waited_long_enough_stays(
    owner: Database, work: Database, viewer: Viewer, lane: Lane, change: dict[str, float | str | bool]
) -> None:
    row = standing(lane, viewer, **change)
    (job,) = await fill(owner, lane, row)

    await age(work)

    assert await places(owner, job) == [row["place"]]


async def test_who_came_later_does_not_stand_in_the_way(
    owner: Database, work: Database, viewer: Viewer, lane: Lane
) -> None:
    newer, older = await fill(
        owner, lane, standing(lane, viewer, fair_rank=1), standing(lane, viewer, fair_rank=2, waited=LONG)
    )

    await age(work)

    assert await places(owner, newer, older) == [5, 4]


async def test_a_job_that_is_being_claimed_is_not_waited_for(
    owner: Database, work: Database, viewer: Viewer, lane: Lane
) -> None:
    (job,) = await fill(owner, lane, standing(lane, viewer, waited=LONG))

    async with owner.transaction() as claiming:
        await claiming.execute("SELECT FROM jobs WHERE id = $1 FOR UPDATE", job)
        await age(work)

    assert await places(owner, job) == [5]
