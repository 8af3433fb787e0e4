"""The steps of time that the charts of the dashboard have, and the words of their numbers."""

from datetime import UTC, datetime, timedelta

import pytest

from rushes.db.admin_series import MOST_REVIEWS, Reviews, Runs
from rushes.web.api.admin.metrics import SystemMetrics, Window, WorkerMetrics
from rushes.web.pages.admin.figures import figures_of
from rushes.web.pages.admin.spans import SPANS, named, steps_of

NOW = datetime(2026, 11, 21, 18, 33, 4, tzinfo=UTC)
NO_RUNS = Runs(samples=0, median=None)
QUIET = SystemMetrics(
    window="24h",
    since=NOW,
    lanes=[],
    job_types=[],
    workers=WorkerMetrics(alive=1, draining=0, slots_total=2, slots_used=0),
    submitted=0,
    completed=0,
    failed=0,
    cancelled=0,
    arrivals_per_hour=0,
    completions_per_hour=0,
    failures_per_hour=0,
    success_rate=None,
    retry_rate=None,
)


@pytest.mark.parametrize("window", SPANS)
def test_the_last_step_is_the_one_that_lasts(window: Window) -> None:
    steps = steps_of(SPANS[window], NOW)

    last = steps.starts()[-1]
    assert last <= NOW < last + steps.step
    assert len(steps.starts()) == SPANS[window].count


@pytest.mark.parametrize("window", SPANS)
def test_the_steps_reach_about_as_far_back_as_is_said(window: Window) -> None:
    span = SPANS[window]

    steps = steps_of(span, NOW)

    assert span.length - span.step <= NOW - steps.since <= span.length


@pytest.mark.parametrize(
    ("window", "first", "marks"),
    [
        ("1h", "21 Nov, 17:35", ["17:35", "17:50", "18:05", "18:20"]),
        ("24h", "20 Nov, 19:00", ["19:00", "23:00", "03:00", "07:00", "11:00", "15:00"]),
        ("7d", "15 Nov, 00:00", ["15 Nov", "16 Nov", "17 Nov", "18 Nov", "19 Nov", "20 Nov", "21 Nov"]),
        ("30d", "23 Oct", ["23 Oct", "28 Oct", "2 Nov", "7 Nov", "12 Nov", "17 Nov"]),
    ],
)
def test_steps_begin_at_round_times(window: Window, first: str, marks: list[str]) -> None:
    steps = named(SPANS[window], steps_of(SPANS[window], NOW))

    assert steps[0].name == first
    assert [step.mark for step in steps if step.mark is not None] == marks


def test_what_is_not_known_is_not_called_zero() -> None:
    values = {
        one.label: one.value for one in figures_of(QUIET, NO_RUNS, Reviews(jobs=0, since=None), now=NOW)
    }

    assert values == {
        "Queued": "0",
        "Rendering": "0 / 2",
        "Failure rate": "–",
        "Median render": "–",
        "To review": "0",
    }


def test_many_reviews_are_not_counted_to_the_end() -> None:
    reviews = Reviews(jobs=MOST_REVIEWS, since=NOW - timedelta(hours=5))

    *_, last = figures_of(QUIET, NO_RUNS, reviews, now=NOW)

    assert (last.value, last.more) == ("1,000+", "oldest 5h ago")
