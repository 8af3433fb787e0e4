import math

import pytest

from benchmarks.limits import Limits


@pytest.fixture
def limits() -> Limits:
    return Limits()


def test_figures_within_their_limits_end_well(limits: Limits) -> None:
    limits.at_most("time", 1.1, limit=1.1)
    limits.at_least("speed", 10, limit=10)

    limits.end()


def test_figures_beyond_their_limits_are_named_and_fail_the_program(limits: Limits) -> None:
    limits.at_most("time", 1.2, limit=1.1)
    limits.at_most("memory", 1, limit=2)
    limits.at_least("speed", 9.5, limit=10)

    with pytest.raises(
        SystemExit, match=r"^Beyond the limit: time 1.2 \(limit 1.1\); speed 9.5 \(limit 10\)\.$"
    ):
        limits.end()


def test_figure_that_is_no_number_is_beyond_every_limit(limits: Limits) -> None:
    limits.at_most("time", math.nan, limit=1)

    with pytest.raises(SystemExit, match="time nan"):
        limits.end()
