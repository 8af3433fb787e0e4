import random
from datetime import timedelta
from statistics import median
from typing import Any

import pytest

from rushes.db import speeds, waiting
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.ids import JobId
from rushes.domain.jobs import JobStatus
from rushes.domain.waiting import Waiting, WaitingReason
from tests.db.lanes import Lane, complete, fill, make_lane, serve, standing
from tests.factories import make_bare_job, make_viewer


@pytest.fixture
async def viewer(owner: Database) -> Viewer:
    return await make_viewer(owner)


@pytest.fixture
async def lane(owner: Database) -> Lane:
    return await make_lane(owner)


async def explain(web: Database, viewer: Viewer, job_id: JobId) -> Waiting | None:
    """What the owner of a job is told."""
    async with web.transaction(viewer=viewer.user_id) as tx:
        return (await waiting.explain_waiting(tx, job_ids=[job_id])).get(job_id)


def durations(chance: random.Random, *, count: int) -> list[float]:
    """How long some jobs take: most about as long, few much longer."""
    return [chance.lognormvariate(3.4, 0.5) for _ in range(count)]


def waits(chance: random.Random, *, count: int, slots: int) -> list[float]:
    """When each of some jobs begins behind running ones, each somewhere between its start and its end."""
    free = [chance.random() * duration for duration in durations(chance, count=slots)]
    starts: list[float] = []
    for duration in durations(chance, count=count):
        starts.append(min(free))
        free[free.index(min(free))] += duration
    return starts


async def test_a_job_waits_for_its_turn(owner: Database, web: Database, viewer: Viewer, lane: Lane) -> None:
    await serve(owner, lane)
    _, second = await fill(owner, lane, standing(lane, viewer), standing(lane, viewer, fair_rank=1))

    assert await explain(web, viewer, second) == Waiting(why=WaitingReason.POSITION, position=1)


async def test_a_job_waits_for_one_of_its_owners_slots(
    owner: Database, web: Database, viewer: Viewer, lane: Lane
) -> None:
    *_, pending = await fill(
        owner,
        lane,
        standing(lane, viewer),
        standing(lane, viewer, status="validating"),
        standing(lane, viewer, status="pending"),
    )

    assert await explain(web, viewer, pending) == Waiting(why=WaitingReason.YOUR_LIMIT, slots_taken=2)


async def test_a_child_waits_for_its_parent(
    owner: Database, web: Database, viewer: Viewer, lane: Lane
) -> None:
    (child,) = await fill(owner, lane, standing(lane, viewer, status="pending", awaits_parent=True))

    assert await explain(web, viewer, child) == Waiting(why=WaitingReason.PARENT)


@pytest.mark.parametrize(("rest", "position"), [({}, 0), ({"parked": True, "run_in": 60.0}, None)])
async def test_a_paused_lane_says_so_before_anything_else(
    owner: Database, web: Database, viewer: Viewer, rest: dict[str, Any], position: int | None
) -> None:
    lane = await make_lane(owner, paused=True)
    (job,) = await fill(owner, lane, standing(lane, viewer, **rest))

    found = await explain(web, viewer, job)

    assert found is not None
    assert (found.why, found.position) == (WaitingReason.LANE_PAUSED, position)


@pytest.mark.parametrize(
    "worker",
    [
        {"state": "draining"},
        {"state": "gone"},
        {"silent": timedelta(seconds=31)},
        {"engine": "another"},
    ],
)
async def test_a_lane_without_a_live_worker_says_so_at_once(
    owner: Database, web: Database, viewer: Viewer, lane: Lane, worker: dict[str, Any]
) -> None:
    await serve(owner, lane, **worker)
    (job,) = await fill(owner, lane, standing(lane, viewer))

    assert await explain(web, viewer, job) == Waiting(why=WaitingReason.NO_WORKER, position=0)


async def test_a_job_rests_before_it_is_tried_again(
    owner: Database, web: Database, viewer: Viewer, lane: Lane
) -> None:
    await serve(owner, lane)
    (job,) = await fill(owner, lane, standing(lane, viewer, parked=True, run_in=60.0))

    found = await explain(web, viewer, job)

    assert found is not None
    assert (found.why, found.position) == (WaitingReason.BACKOFF, None)
    assert found.retry_seconds == pytest.approx(60.0, abs=10.0)


@pytest.mark.parametrize("status", [status for status in JobStatus if status not in {"pending", "queued"}])
async def test_what_does_not_wait_is_not_explained(
    owner: Database, web: Database, viewer: Viewer, status: JobStatus
) -> None:
    job = await make_bare_job(owner, viewer, status)

    assert await explain(web, viewer, job) is None


async def test_a_stranger_learns_nothing(owner: Database, web: Database, viewer: Viewer, lane: Lane) -> None:
    stranger = await make_viewer(owner)
    (job,) = await fill(owner, lane, standing(lane, viewer))

    assert await explain(web, stranger, job) is None


@pytest.mark.parametrize("slots", [1, 2, 8])
async def test_a_wait_is_estimated_within_a_quarter(
    owner: Database, web: Database, work: Database, viewer: Viewer, lane: Lane, slots: int
) -> None:
    chance = random.Random(slots)
    await complete(owner, lane, viewer, seconds=durations(chance, count=20))
    jobs = await fill(owner, lane, *(standing(lane, viewer, fair_rank=n) for n in range(20)))
    await serve(owner, lane, slots=slots)
    async with work.transaction() as tx:
        await speeds.refresh_speeds(tx)

    async with web.transaction(viewer=viewer.user_id) as tx:
        found = await waiting.explain_waiting(tx, job_ids=jobs)
    estimated = [found[job].estimated_wait_seconds or 0.0 for job in jobs]
    actual = [waits(chance, count=20, slots=slots) for _ in range(100)]

    errors = [
        abs(guess - truth) / truth for run in actual for guess, truth in zip(estimated, run, strict=True)
    ]
    assert median(errors) <= 0.25


@pytest.mark.parametrize(("cap", "samples", "estimated"), [(None, 5, 2.5), (1, 5, 5.0), (None, 4, None)])
async def test_an_estimate_needs_five_samples_and_respects_the_cap(
    owner: Database,
    web: Database,
    work: Database,
    viewer: Viewer,
    cap: int | None,
    samples: int,
    estimated: float | None,
) -> None:
    lane = await make_lane(owner, cap=cap)
    await complete(owner, lane, viewer, seconds=[10.0] * samples)
    (job,) = await fill(owner, lane, standing(lane, viewer))
    await serve(owner, lane, slots=2)
    async with work.transaction() as tx:
        await speeds.refresh_speeds(tx)

    found = await explain(web, viewer, job)

    assert found == Waiting(why=WaitingReason.POSITION, position=0, estimated_wait_seconds=estimated)
