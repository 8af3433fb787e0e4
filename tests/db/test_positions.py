from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from rushes.db import waiting
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.ids import JobId
from tests.db.lanes import Lane, claim, claim_all, crowd, fill, make_lane, serve, standing
from tests.factories import make_viewer


async def positions(database: Database, jobs: Sequence[JobId], *, viewer: Viewer | None = None) -> list[Any]:
    """The position of each job, in order."""
    async with database.transaction(viewer=viewer and viewer.user_id) as tx:
        found = await waiting.explain_waiting(tx, job_ids=jobs)
    return [found[job_id].position if job_id in found else None for job_id in jobs]


async def refresh(work: Database) -> None:
    async with work.transaction() as tx:
        await waiting.refresh_marks(tx)


def as_foretold(jobs: Sequence[JobId], foretold: Sequence[Any]) -> list[JobId]:
    """The jobs that have a position, in its order; each position is taken once."""
    by_position: Mapping[int, JobId] = {
        n: job for job, n in zip(jobs, foretold, strict=True) if n is not None
    }
    return [by_position[n] for n in range(len(by_position))]


@pytest.fixture
async def lane(owner: Database) -> Lane:
    return await make_lane(owner, models=3)


@pytest.mark.parametrize("seed", range(5))
async def test_positions_are_the_order_of_the_claims(
    owner: Database, work: Database, lane: Lane, seed: int
) -> None:
    viewers = [await make_viewer(owner), await make_viewer(owner), await make_viewer(owner)]
    paused = await make_lane(owner, paused=True)
    await fill(owner, paused, *crowd(paused, viewers, count=10, seed=seed))
    jobs = await fill(owner, lane, *crowd(lane, viewers, count=60, seed=seed))

    foretold = await positions(work, jobs)
    claimed = await claim_all(work, lane, paused)

    assert len(claimed) > 48
    assert claimed == as_foretold(jobs, foretold)


async def test_positions_in_a_long_lane_are_counted_on_from_marks(
    owner: Database, work: Database, lane: Lane
) -> None:
    viewer = await make_viewer(owner)
    jobs = await fill(owner, lane, *crowd(lane, [viewer], count=600, seed=1))
    await refresh(work)

    foretold = await positions(work, jobs)
    claimed = await claim_all(work, lane)

    assert len(claimed) > 480
    assert claimed == as_foretold(jobs, foretold)


async def test_old_marks_know_what_came_and_went_at_the_front(
    owner: Database, work: Database, lane: Lane
) -> None:
    viewer = await make_viewer(owner)
    jobs = await fill(owner, lane, *(standing(lane, viewer, fair_rank=n) for n in range(900)))
    await refresh(work)
    await claim(work, lane, count=250)
    ahead = await fill(owner, lane, *(standing(lane, viewer, place=1, fair_rank=n) for n in range(70)))

    assert await positions(work, ahead) == list(range(70))
    assert await positions(work, jobs[250:]) == list(range(70, 720))


async def test_a_flood_at_the_front_is_not_forgotten(owner: Database, work: Database, lane: Lane) -> None:
    viewer = await make_viewer(owner)
    jobs = await fill(owner, lane, *(standing(lane, viewer, fair_rank=n) for n in range(200)))
    await refresh(work)
    await fill(owner, lane, *(standing(lane, viewer, place=1, fair_rank=n) for n in range(400)))

    before = await positions(work, [jobs[50], jobs[150]])
    await refresh(work)
    after = await positions(work, [jobs[50], jobs[150]])

    assert (before, after) == ([450, 300], [450, 550])


async def test_what_came_behind_the_front_counts_with_new_marks(
    owner: Database, work: Database, lane: Lane
) -> None:
    viewer = await make_viewer(owner)
    jobs = await fill(owner, lane, *(standing(lane, viewer, fair_rank=n) for n in range(500)))
    await refresh(work)
    await fill(owner, lane, *(standing(lane, viewer, fair_rank=350) for _ in range(10)))

    before = await positions(work, [jobs[299], jobs[349], jobs[499]])
    await refresh(work)
    after = await positions(work, [jobs[299], jobs[349], jobs[499]])

    assert (before, after) == ([299, 349, 499], [299, 349, 509])


async def test_without_marks_a_position_counts_at_least_a_thousand(owner: Database, work: Database) -> None:
    lane = await make_lane(owner)
    viewer = await make_viewer(owner)
    jobs = await fill(owner, lane, *(standing(lane, viewer, fair_rank=n) for n in range(1100)))

    assert await positions(work, [jobs[999], jobs[1099]]) == [999, 1000]


async def test_marks_are_for_long_lanes_only(owner: Database, work: Database, lane: Lane) -> None:
    viewer = await make_viewer(owner)
    await fill(owner, lane, *(standing(lane, viewer, fair_rank=n) for n in range(101)))
    short = await make_lane(owner)
    await fill(owner, short, *(standing(short, viewer, fair_rank=n) for n in range(100)))

    await refresh(work)

    async with work.transaction() as tx:
        marks = await tx.fetch(
            "SELECT lane, number, fair_rank FROM queue_marks WHERE lane = ANY ($1)", [lane.name, short.name]
        )
    assert [tuple(mark) for mark in marks] == [(lane.name, 100, 100)]


async def test_the_web_learns_the_positions_of_the_viewers_jobs(
    owner: Database, web: Database, work: Database, lane: Lane
) -> None:
    ann, bob = await make_viewer(owner), await make_viewer(owner)
    of_ann, of_bob = await fill(
        owner, lane, standing(lane, ann, fair_rank=1), standing(lane, bob, fair_rank=2)
    )
    query = "SELECT job_id, jobs_before FROM queue_positions($1) ORDER BY jobs_before"

    async with web.transaction(viewer=bob.user_id) as tx:
        to_bob = await tx.fetch(query, [of_ann, of_bob])
    async with web.transaction() as tx:
        to_nobody = await tx.fetch(query, [of_ann, of_bob])
    async with work.transaction() as tx:
        to_worker = await tx.fetch(query, [of_ann, of_bob])

    assert [tuple(row) for row in to_bob] == [(of_bob, 1)]
    assert to_nobody == []
    assert [tuple(row) for row in to_worker] == [(of_ann, 0), (of_bob, 1)]


async def test_a_job_that_rests_stands_behind_nobody(owner: Database, work: Database, lane: Lane) -> None:
    viewer = await make_viewer(owner)
    await serve(owner, lane)
    resting, rested, queued = await fill(
        owner,
        lane,
        standing(lane, viewer, place=1, parked=True, run_in=60.0),
        standing(lane, viewer, place=2, parked=True, run_in=-60.0),
        standing(lane, viewer, place=3),
    )

    assert await positions(work, [resting, rested, queued]) == [None, 0, 1]
