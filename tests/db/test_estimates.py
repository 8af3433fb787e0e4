"""How near what is expected of a job comes to what it takes."""

import random
from collections.abc import Sequence
from statistics import median

import pytest

from rushes.db import speeds
from rushes.db.pool import Database
from rushes.db.speeds import LINE_SAMPLES, Speed
from rushes.domain.accounts import Viewer
from rushes.domain.jobs import JobType
from tests.db.lanes import Lane, complete, make_lane
from tests.factories import make_viewer

START_SECONDS = 1.5
SECONDS_PER_SECOND = 0.4

Runs = Sequence[tuple[float, float]]
"""The output's length and the processing time of jobs, first to last, in seconds."""


@pytest.fixture
async def viewer(owner: Database) -> Viewer:
    return await make_viewer(owner)


@pytest.fixture
async def lane(owner: Database) -> Lane:
    return await make_lane(owner)


def usual(length: float) -> float:
    """What a job of this length takes without noise."""
    return START_SECONDS + SECONDS_PER_SECOND * length


def noisy(
    chance: random.Random, lengths: Sequence[float], *, slower: float = 1.0
) -> list[tuple[float, float]]:
    """Runs of these lengths; each takes up to a tenth more or less than usual."""
    return [(length, slower * usual(length) * chance.uniform(0.9, 1.1)) for length in lengths]


def mixed(chance: random.Random, *, count: int) -> list[float]:
    """So many lengths between 1 and 30 s."""
    return [chance.uniform(1, 30) for _ in range(count)]


async def learn(owner: Database, work: Database, lane: Lane, viewer: Viewer, runs: Runs) -> Speed | None:
    """Complete the jobs one after the other; return what is known of their kind then."""
    for length, seconds in runs:
        await complete(owner, lane, viewer, seconds=[seconds], of_output=length)
    async with work.transaction() as tx:
        await speeds.refresh_speeds(tx)
        return await speeds.find_speed(tx, model=lane.models[0], job_type=JobType.BASE, resolution="480p")


def median_error(speed: Speed | None, runs: Runs) -> float:
    """How far the jobs are from what was expected of them: half are nearer, as a share of what they took."""
    assert speed is not None
    return median(abs(speed.run_seconds(length) - seconds) / seconds for length, seconds in runs)


@pytest.mark.parametrize("seed", range(4))
async def test_twenty_jobs_of_all_lengths_tell_what_the_next_take(
    owner: Database, work: Database, viewer: Viewer, lane: Lane, seed: int
) -> None:
    chance = random.Random(seed)
    history = noisy(chance, mixed(chance, count=20))
    for outlier in chance.sample(range(20), 2):
        length, seconds = history[outlier]
        history[outlier] = (length, 5 * seconds)

    speed = await learn(owner, work, lane, viewer, history)

    assert median_error(speed, noisy(chance, mixed(chance, count=10))) <= 0.1


@pytest.mark.parametrize("seed", range(4))
async def test_a_short_job_is_expected_to_take_its_start_too(
    owner: Database, work: Database, viewer: Viewer, lane: Lane, seed: int
) -> None:
    chance = random.Random(seed)
    shorts = noisy(chance, [chance.uniform(1, 3) for _ in range(10)])

    speed = await learn(owner, work, lane, viewer, noisy(chance, mixed(chance, count=20)))

    assert median_error(speed, shorts) <= 0.2


async def test_a_line_is_found_exactly_where_nothing_wavers(
    owner: Database, work: Database, viewer: Viewer, lane: Lane
) -> None:
    speed = await learn(owner, work, lane, viewer, [(n, usual(n)) for n in (1.0, 2.0, 4.0, 8.0, 16.0)])

    assert speed is not None
    assert speed.base_seconds == pytest.approx(START_SECONDS)
    assert speed.per_second == pytest.approx(SECONDS_PER_SECOND)


@pytest.mark.parametrize("wavering", [0.0, 0.02])
async def test_one_length_tells_nothing_of_the_start(
    owner: Database, work: Database, viewer: Viewer, lane: Lane, wavering: float
) -> None:
    chance = random.Random(1)
    lengths = [4.0 + chance.uniform(-wavering, wavering) for _ in range(12)]

    speed = await learn(owner, work, lane, viewer, noisy(chance, lengths))

    assert speed is not None
    assert (speed.base_seconds, speed.per_second) == (0, speed.median)
    assert speed.run_seconds(4.0) == pytest.approx(usual(4.0), rel=0.1)


@pytest.mark.parametrize(("count", "is_known"), [(4, False), (5, True)])
async def test_five_jobs_are_the_least_that_tell_anything(
    owner: Database, work: Database, viewer: Viewer, lane: Lane, count: int, *, is_known: bool
) -> None:
    speed = await learn(owner, work, lane, viewer, [(2.0**n, usual(2.0**n)) for n in range(count)])

    assert (speed is not None) is is_known


async def test_a_time_that_does_not_grow_with_the_length_is_a_base_alone(
    owner: Database, work: Database, viewer: Viewer, lane: Lane
) -> None:
    speed = await learn(
        owner, work, lane, viewer, [(1.0, 5.2), (2.0, 5.1), (4.0, 5.0), (8.0, 4.9), (16.0, 4.8)]
    )

    assert speed is not None
    assert (speed.base_seconds, speed.per_second) == (5.0, 0.0)


async def test_no_job_is_expected_to_take_less_than_nothing(
    owner: Database, work: Database, viewer: Viewer, lane: Lane
) -> None:
    speed = await learn(owner, work, lane, viewer, [(n, n * n) for n in (1.0, 2.0, 4.0, 8.0, 16.0)])

    assert speed is not None
    assert (speed.base_seconds, speed.per_second) == (0, speed.median)


async def test_a_slower_release_counts_once_it_made_most_of_the_newest(
    owner: Database, work: Database, viewer: Viewer, lane: Lane
) -> None:
    chance = random.Random(2)
    before = noisy(chance, mixed(chance, count=2 * LINE_SAMPLES))
    since = noisy(chance, mixed(chance, count=3 * LINE_SAMPLES // 4), slower=2.0)
    following = noisy(chance, mixed(chance, count=10), slower=2.0)
    assert median_error(await learn(owner, work, lane, viewer, before), following) > 0.4

    speed = await learn(owner, work, lane, viewer, since)

    assert median_error(speed, following) <= 0.25
