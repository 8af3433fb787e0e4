"""The first page of administrators: how the whole system does, in numbers and charts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from rushes.db import admin_series
from rushes.db.admin_series import Steps
from rushes.db.pool import Tx
from rushes.web.api.admin.metrics import SystemMetrics, Window, show_metrics
from rushes.web.charts.area import Area, area
from rushes.web.charts.frame import Step
from rushes.web.charts.spans import Measured, SpanBar, spans
from rushes.web.charts.stacks import Stacks, stacks
from rushes.web.charts.ticks import count_ticks, time_ticks
from rushes.web.durations import in_words
from rushes.web.pages.admin.access import Oversight, render_admin
from rushes.web.pages.admin.figures import figures_of
from rushes.web.pages.admin.spans import SPANS, Span, named, steps_of
from rushes.web.pages.cards.type_words import TYPE_WORDS

router = APIRouter()


@dataclass(frozen=True, slots=True, kw_only=True)
class Charts:
    """What the dashboard draws over time."""

    depth: Area
    wait: Area
    finished: Stacks


@router.get("")
async def show(
    request: Request,
    visit: Oversight,
    window: Annotated[Window, Query(alias="range")] = "24h",
) -> Response:
    """Show how the whole system does."""
    now, span, tx = datetime.now(UTC), SPANS[window], visit.tx
    metrics = await show_metrics(tx, window)
    runs = await admin_series.measure_runs(tx, since=now - span.length)
    reviews = await admin_series.count_reviews(tx)
    return await render_admin(
        request,
        visit,
        "dashboard.html",
        tab="/admin",
        span=span,
        ranges=tuple(SPANS),
        window=window,
        figures=figures_of(metrics, runs, reviews, now=now),
        charts=await _chart(tx, span, steps_of(span, now)),
        durations=_durations(metrics),
    )


async def _chart(tx: Tx, span: Span, steps: Steps) -> Charts:
    columns = named(span, steps)
    endings = await admin_series.count_endings(tx, steps)
    return Charts(
        depth=_depth(columns, await admin_series.measure_depths(tx, steps)),
        wait=area(
            "Wait p95", columns, await admin_series.measure_waits(tx, steps), ticks=time_ticks, word=_in_short
        ),
        finished=stacks(
            f"Finished per {span.each}",
            columns,
            {str(status): jobs for status, jobs in endings.items()},
            word=_number,
        ),
    )


def _depth(steps: Sequence[Step], depths: Sequence[int]) -> Area:
    return area("Queue depth", steps, depths, ticks=count_ticks, word=_number)


def _durations(metrics: SystemMetrics) -> Sequence[SpanBar]:
    return spans(
        [
            Measured(
                name=TYPE_WORDS[one.job_type],
                median=one.duration_p50_seconds,
                high=one.duration_p90_seconds,
                samples=one.duration_samples,
            )
            for one in metrics.job_types
            if one.duration_p50_seconds is not None and one.duration_p90_seconds is not None
        ]
    )


def _number(value: float) -> str:
    return f"{value:,.0f}"


def _in_short(seconds: float) -> str:
    # Parts that are zero say nothing on an axis.
    return in_words(seconds).removesuffix(" 0s").removesuffix(" 0m")
