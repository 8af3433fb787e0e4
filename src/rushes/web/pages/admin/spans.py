"""How far back the dashboard looks, and into which steps its charts cut that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from rushes.db.admin_series import Steps
from rushes.web.api.admin.metrics import Window
from rushes.web.charts.frame import Step

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """How far to look back: `count` steps of a length, every `marked`-th of which the axis names."""

    words: str
    each: str
    length: timedelta
    step: timedelta
    count: int
    marked: int
    form: str


SPANS: Mapping[Window, Span] = {
    "1h": Span(
        words="Last hour",
        each="5 minutes",
        length=timedelta(hours=1),
        step=timedelta(minutes=5),
        count=12,
        marked=3,
        form="%H:%M",
    ),
    "24h": Span(
        words="Last 24 hours",
        each="hour",
        length=timedelta(hours=24),
        step=timedelta(hours=1),
        count=24,
        marked=4,
        form="%H:%M",
    ),
    "7d": Span(
        words="Last 7 days",
        each="6 hours",
        length=timedelta(days=7),
        step=timedelta(hours=6),
        count=28,
        marked=4,
        form="%-d %b",
    ),
    "30d": Span(
        words="Last 30 days",
        each="day",
        length=timedelta(days=30),
        step=timedelta(days=1),
        count=30,
        marked=5,
        form="%-d %b",
    ),
}


def steps_of(span: Span, now: datetime) -> Steps:
    """Return the steps until `now`; they begin at round times, and the last one has not ended yet."""
    last = now - (now - _EPOCH) % span.step
    return Steps(since=last - (span.count - 1) * span.step, step=span.step, count=span.count)


def named(span: Span, steps: Steps) -> Sequence[Step]:
    """Return the steps as charts name them, in UTC."""
    whole_days = span.step >= timedelta(days=1)
    return [
        Step(
            name=f"{start:%-d %b}" if whole_days else f"{start:%-d %b, %H:%M}",
            mark=start.strftime(span.form) if number % span.marked == 0 else None,
        )
        for number, start in enumerate(steps.starts())
    ]
