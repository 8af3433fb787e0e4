"""What is computed of charts before they are drawn."""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.web.charts.area import NOTHING, area
from rushes.web.charts.frame import HEIGHT, WIDTH, Step
from rushes.web.charts.spans import LENGTH, Measured, spans
from rushes.web.charts.stacks import Stacks, stacks
from rushes.web.charts.ticks import INTERVALS, count_ticks, time_ticks

HOURS = [Step(name="9:00", mark="9:00"), Step(name="10:00"), Step(name="11:00")]


def number(value: float) -> str:
    return f"{value:g}"


def stacked(**series: list[int]) -> Stacks:
    return stacks("Finished", HOURS[: len(next(iter(series.values())))], series, word=number)


@pytest.mark.parametrize(
    ("highest", "ticks"),
    [
        (0, (0, 1)),
        (1, (0, 1)),
        (3, (0, 1, 2, 3)),
        (17, (0, 5, 10, 15, 20)),
        (21, (0, 10, 20, 30)),
        (999_999, (0, 500_000, 1_000_000)),
    ],
)
def test_counts_have_round_ticks(highest: float, ticks: tuple[int, ...]) -> None:
    assert count_ticks(highest) == ticks


@pytest.mark.parametrize(
    ("highest", "ticks"),
    [
        (0.2, (0, 1)),
        (40, (0, 10, 20, 30, 40)),
        (100, (0, 30, 60, 90, 120)),
        (5_000, (0, 1_800, 3_600, 5_400)),
        (900_000, (0, 432_000, 864_000, 1_296_000)),
    ],
)
def test_times_have_ticks_that_are_round_on_a_clock(highest: float, ticks: tuple[int, ...]) -> None:
    assert time_ticks(highest) == ticks


@given(st.floats(min_value=0, max_value=1e12))
@pytest.mark.parametrize("ticks_of", [count_ticks, time_ticks])
def test_ticks_reach_from_zero_to_the_highest_value(
    ticks_of: Callable[[float], Sequence[int]], highest: float
) -> None:
    ticks = ticks_of(highest)

    assert ticks[0] == 0
    assert ticks[-1] >= highest
    assert 2 <= len(ticks) <= INTERVALS + 1


def test_a_line_goes_through_the_middle_of_each_step() -> None:
    chart = area("Depth", HOURS, [0, 2, 4], ticks=count_ticks, word=number)

    assert chart.line == f"M166.7 {HEIGHT}.0L500.0 100.0L833.3 0.0"
    assert chart.fill == f"{chart.line}V{HEIGHT}H166.7Z"
    assert chart.dot == "M833.3 0.0h0"
    assert chart.latest == "4"


def test_a_line_has_a_gap_where_nothing_is_known() -> None:
    chart = area("Wait", HOURS, [1, None, 1], ticks=time_ticks, word=number)

    assert chart.line == "M166.7 0.0h0M833.3 0.0h0"
    assert chart.fill == ""
    assert [row[1] for row in chart.frame.rows] == ["1", NOTHING, "1"]


def test_one_value_is_drawn_as_a_dot() -> None:
    chart = area("Depth", HOURS[:1], [3], ticks=count_ticks, word=number)

    assert (chart.line, chart.fill) == ("M500.0 0.0h0", "")
    assert chart.frame.summary == "Depth: now 3, at most 3."


def test_without_steps_there_is_nothing_to_draw() -> None:
    chart = area("Depth", [], [], ticks=count_ticks, word=number)

    assert (chart.line, chart.fill, chart.dot, chart.latest) == ("", "", "", NOTHING)
    assert chart.frame.summary == "Depth: nothing yet."
    assert chart.frame.ticks == ("1", "0")


def test_what_is_not_known_now_has_no_dot() -> None:
    chart = area("Wait", HOURS, [1, 1, None], ticks=time_ticks, word=number)

    assert (chart.dot, chart.latest) == ("", NOTHING)


def test_zeros_lie_on_the_ground() -> None:
    chart = area("Depth", HOURS, [0, 0, 0], ticks=count_ticks, word=number)

    assert chart.line == f"M166.7 {HEIGHT}.0L500.0 {HEIGHT}.0L833.3 {HEIGHT}.0"
    assert chart.frame.lines == (HEIGHT, 0)


def test_a_frame_names_steps_ticks_and_marks() -> None:
    frame = area("Depth", HOURS, [1, 2, 3], ticks=count_ticks, word=number).frame

    assert frame.ticks == ("3", "2", "1", "0")
    assert frame.marks == ("9:00",)
    assert frame.rows == (("9:00", "1"), ("10:00", "2"), ("11:00", "3"))
    assert [cell.title for cell in frame.cells] == ["9:00: 1", "10:00: 2", "11:00: 3"]
    assert frame.cells[-1].x + frame.cells[-1].width == pytest.approx(WIDTH, abs=1)


def test_parts_of_a_bar_stand_on_each_other() -> None:
    chart = stacked(completed=[3], failed=[1])

    below, above = chart.parts
    assert (below.name, below.y, below.height) == ("completed", 50, 150)
    assert (above.name, above.y, above.height) == ("failed", 0, 50)
    assert below.x == above.x


def test_counts_of_zero_are_not_drawn() -> None:
    assert stacked(completed=[0, 0], failed=[0, 0]).parts == ()


def test_a_bar_says_what_it_is_made_of() -> None:
    chart = stacked(completed=[3, 0], failed=[1, 2])

    assert chart.frame.summary == "Finished: 3 completed, 3 failed."
    assert [cell.title for cell in chart.frame.cells] == [
        "9:00: 3 completed, 1 failed",
        "10:00: 0 completed, 2 failed",
    ]
    assert chart.total == "6"


def test_no_steps_make_no_bars() -> None:
    chart = stacks("Finished", [], {"completed": []}, word=number)

    assert chart.parts == ()
    assert chart.frame.ticks == ("1", "0")


def test_the_longest_span_is_as_long_as_can_be() -> None:
    short, long = spans(
        [
            Measured(name="image", median=5, high=10, samples=3),
            Measured(name="base", median=50, high=100, samples=9),
        ]
    )

    assert (short.median_length, short.high_length) == (5, 10)
    assert (long.median_length, long.high_length) == (50, LENGTH)
    assert (long.median, long.high) == ("50s", "1m 40s")


@pytest.mark.parametrize("measured", [[], [Measured(name="base", median=0, high=0, samples=1)]])
def test_spans_of_nothing_have_no_length(measured: list[Measured]) -> None:
    assert sum(bar.high_length for bar in spans(measured)) == 0
