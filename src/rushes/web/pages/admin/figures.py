"""The numbers that the dashboard begins with, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rushes.db.admin_series import MOST_REVIEWS, Reviews, Runs
from rushes.web.api.admin.metrics import SystemMetrics
from rushes.web.charts.area import NOTHING
from rushes.web.durations import in_words, since_in_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number, and a word more about it; `href` leads to what stands behind it."""

    label: str
    value: str
    more: str
    href: str


def figures_of(metrics: SystemMetrics, runs: Runs, reviews: Reviews, *, now: datetime) -> Sequence[Figure]:
    """Return the numbers, as they are at a moment."""
    return (
        _queued(metrics),
        _rendering(metrics),
        _failures(metrics),
        Figure(
            label="Median render",
            value=NOTHING if runs.median is None else in_words(runs.median),
            more=f"of {_count(runs.samples, 'job', 'jobs')}",
            href="/admin/jobs?status=completed",
        ),
        _reviews(reviews, now=now),
    )


def _queued(metrics: SystemMetrics) -> Figure:
    paused = sum(lane.paused for lane in metrics.lanes)
    return Figure(
        label="Queued",
        value=f"{sum(lane.queued for lane in metrics.lanes):,}",
        more=_count(paused, "lane paused", "lanes paused") if paused else f"{metrics.submitted:,} submitted",
        href="/admin/lanes",
    )


def _rendering(metrics: SystemMetrics) -> Figure:
    workers = metrics.workers
    return Figure(
        label="Rendering",
        value=f"{workers.slots_used:,} / {workers.slots_total:,}",
        more=f"slots of {_count(workers.alive, 'worker', 'workers')}",
        href="/admin/workers",
    )


def _failures(metrics: SystemMetrics) -> Figure:
    return Figure(
        label="Failure rate",
        value=NOTHING if metrics.success_rate is None else f"{1 - metrics.success_rate:.1%}",
        more=f"{metrics.failed:,} of {metrics.completed + metrics.failed:,}",
        href="/admin/jobs?status=failed",
    )


def _reviews(reviews: Reviews, *, now: datetime) -> Figure:
    return Figure(
        label="To review",
        value=f"{reviews.jobs:,}" if reviews.jobs < MOST_REVIEWS else f"{MOST_REVIEWS:,}+",
        more="nothing waits" if reviews.since is None else f"oldest {since_in_words(reviews.since, now=now)}",
        href="/admin/reviews",
    )


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
