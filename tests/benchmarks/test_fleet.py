import random
from dataclasses import replace

import pytest

from benchmarks.fleet import report
from benchmarks.fleet_simulation import arrivals, curve_power, jain, simulate, thin
from benchmarks.fleet_values import Costs, Fleet, Server

SMALL = Fleet(
    workers=4,
    slots=4,
    jobs_per_day=24 * 12_000,
    hours=1,
    accounts=20,
    pro_share=0,
    account_slots=(4, 4),
    database_cores=2,
)
"""Some 12,000 jobs in an hour, and slots for four times as many."""

CROWDED = replace(SMALL, service_seconds=8, peak=1.5)
"""Slots for half of what comes: all accounts wait nearly all the time."""


def test_every_job_that_comes_is_completed_or_still_there() -> None:
    result = simulate(CROWDED)

    assert result.arrived > 10_000
    assert result.arrived == result.completed + result.unfinished
    assert result.completed > 0
    assert result.unfinished > 0


def test_no_more_jobs_run_than_there_are_slots() -> None:
    result = simulate(CROWDED)

    assert result.most_running == result.slots == 16


def test_slots_do_not_idle_while_jobs_wait() -> None:
    result = simulate(CROWDED)

    assert result.mean_running / result.slots > 0.95


def test_a_fleet_with_room_completes_nearly_all_at_once() -> None:
    result = simulate(replace(SMALL, peak=1.5))

    assert result.unfinished < 50
    assert result.wait(0.5) < 0.05


def test_equal_demand_gets_equal_shares() -> None:
    free, pro = simulate(CROWDED).fairness

    assert free is not None
    assert free >= 0.95
    assert pro is None


def test_a_slow_database_is_where_it_saturates() -> None:
    slow = replace(SMALL, peak=1.5, costs=Costs(submit=0.4, loops=0.0))

    result = simulate(slow)

    assert result.database_peak > 0.95
    assert result.wait(0.95) > 10 * simulate(replace(SMALL, peak=1.5)).wait(0.95)


def test_same_seed_makes_the_same_day() -> None:
    assert simulate(SMALL) == simulate(SMALL)
    assert simulate(SMALL) != simulate(replace(SMALL, seed=2))


def test_large_day_is_thinned_in_every_part() -> None:
    small, k = thin(Fleet(workers=100, slots=8, jobs_per_day=5e6))

    assert k == 10
    assert (small.workers, small.accounts, small.jobs_per_day) == (10, 100, 5e5)
    assert small.database_cores == pytest.approx(0.8)


@pytest.mark.parametrize("peak", [1.5, 5.0])
def test_curve_has_its_mean_and_its_peak(peak: float) -> None:
    fleet = replace(SMALL, jobs_per_day=24 * 60_000, peak=peak)
    times = list(arrivals(fleet, random.Random(1)))

    in_the_middle = sum(1770 <= time < 1830 for time in times) / 60

    assert curve_power(peak) > 0
    assert len(times) == pytest.approx(60_000, rel=0.02)
    assert in_the_middle == pytest.approx(peak * 60_000 / 3600, rel=0.15)


def test_database_serves_no_more_than_its_cores() -> None:
    server = Server(cores=2)

    ends = [server.take(0.0, 1.0) for _ in range(4)]

    assert ends == [1.0, 1.5, 2.0, 2.5]


@pytest.mark.parametrize(("shares", "index"), [([1, 1, 1, 1], 1.0), ([4, 0, 0, 0], 0.25), ([0, 0], 1.0)])
def test_jains_index_is_1_for_equal_shares_and_falls_with_the_takers(
    shares: list[float], index: float
) -> None:
    assert jain(shares) == index


def test_report_names_what_saturates() -> None:
    text = report(SMALL, simulate(SMALL))

    assert "p50" in text
    assert "slots saturate at 13 jobs/s" in text
