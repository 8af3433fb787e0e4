"""How the whole system does: what waits, how long, how much is done, and how well."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from rushes.db import admin_metrics, lanes
from rushes.db.admin_metrics import SAMPLES, Endings, Spread
from rushes.db.pool import Tx
from rushes.domain.catalogue import Lane
from rushes.domain.jobs import JobStatus, JobType
from rushes.web.api.admin.access import Overview
from rushes.web.api.windows import WINDOWS, Window
from rushes.web.errors import documented

router = APIRouter(prefix="/metrics", tags=["admin"])

_ENDED = (JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED)
_SAMPLES = f"Of how many jobs: the newest {SAMPLES:,} of the window at the most."


class LaneMetrics(BaseModel):
    """What waits in a lane now, and how long jobs of the window waited."""

    lane: str
    paused: bool
    queued: Annotated[int, Field(description="Its depth: jobs that could begin now.")]
    backing_off: Annotated[int, Field(description="Jobs that rest before their next try.")]
    processing: int
    workers: Annotated[int, Field(description="Live workers that serve it.")]
    wait_p50_seconds: Annotated[
        float | None, Field(description="From being queued to the first attempt; null if none is known.")
    ]
    wait_p95_seconds: float | None
    wait_samples: Annotated[int, Field(description=_SAMPLES)]


class TypeMetrics(BaseModel):
    """What became of the jobs of a type in the window."""

    job_type: JobType
    submitted: int
    completed: int
    failed: int
    cancelled: int
    duration_p50_seconds: Annotated[
        float | None,
        Field(description="How long the last attempt of completed jobs ran; null if none is known."),
    ]
    duration_p90_seconds: float | None
    duration_samples: Annotated[int, Field(description=_SAMPLES)]


class WorkerMetrics(BaseModel):
    """What works now."""

    alive: int
    draining: Annotated[int, Field(description="Of these, those that take nothing more.")]
    slots_total: int
    slots_used: Annotated[int, Field(description="Jobs that run.")]


class SystemMetrics(BaseModel):
    """How the whole system does."""

    window: Window
    since: Annotated[datetime, Field(description="When the window begins.")]
    lanes: list[LaneMetrics]
    job_types: Annotated[list[TypeMetrics], Field(description="Those that the window knows.")]
    workers: WorkerMetrics
    submitted: Annotated[int, Field(description="Jobs submitted in the window.")]
    completed: Annotated[int, Field(description="Jobs completed in the window, whenever submitted.")]
    failed: int
    cancelled: int
    arrivals_per_hour: float
    completions_per_hour: float
    failures_per_hour: float
    success_rate: Annotated[
        float | None,
        Field(ge=0, le=1, description="Completed of completed and failed; null if there are none."),
    ]
    retry_rate: Annotated[
        float | None,
        Field(ge=0, le=1, description="Of the jobs that ended: those that took more than one attempt."),
    ]


@router.get("", responses=documented(401, 403))
async def show_metrics(
    tx: Overview,
    window: Annotated[Window, Query(description="How far to look back.")] = "24h",
) -> SystemMetrics:
    """Return what waits now, and what was done within a window of time."""
    span = WINDOWS[window]
    since = datetime.now(UTC) - span
    endings = await admin_metrics.count_endings(tx, since=since)
    arrivals = await admin_metrics.count_arrivals(tx, since=since)
    runs = await admin_metrics.measure_runs(tx, since=since)
    completed, failed, cancelled = (_count(endings, status) for status in _ENDED)
    hours = span / timedelta(hours=1)
    return SystemMetrics(
        window=window,
        since=since,
        lanes=await _measure_lanes(tx, since),
        job_types=_by_type(endings, arrivals, runs),
        workers=await _count_workers(tx),
        submitted=sum(arrivals.values()),
        completed=completed,
        failed=failed,
        cancelled=cancelled,
        arrivals_per_hour=sum(arrivals.values()) / hours,
        completions_per_hour=completed / hours,
        failures_per_hour=failed / hours,
        success_rate=_share(completed, completed + failed),
        retry_rate=_share(sum(one.retried for one in endings), sum(one.jobs for one in endings)),
    )


async def _measure_lanes(tx: Tx, since: datetime) -> list[LaneMetrics]:
    waits = {spread.name: spread for spread in await admin_metrics.measure_waits(tx, since=since)}
    return [_lane(lane, waits.get(lane.name)) for lane in await lanes.list_lanes(tx)]


def _lane(lane: Lane, wait: Spread | None) -> LaneMetrics:
    return LaneMetrics(
        lane=lane.name,
        paused=lane.paused_at is not None,
        queued=lane.queued,
        backing_off=lane.backing_off,
        processing=lane.processing,
        workers=lane.workers,
        wait_p50_seconds=wait and wait.median,
        wait_p95_seconds=wait and wait.high,
        wait_samples=wait.samples if wait else 0,
    )


async def _count_workers(tx: Tx) -> WorkerMetrics:
    found = await admin_metrics.count_workers(tx)
    return WorkerMetrics(
        alive=found.running + found.draining,
        draining=found.draining,
        slots_total=found.slots,
        slots_used=found.processing,
    )


def _by_type(
    endings: Sequence[Endings], arrivals: Mapping[JobType, int], runs: Iterable[Spread]
) -> list[TypeMetrics]:
    spreads = {spread.name: spread for spread in runs}
    known = {one.job_type for one in endings} | {job_type for job_type, jobs in arrivals.items() if jobs}
    return [
        TypeMetrics(
            job_type=job_type,
            submitted=arrivals[job_type],
            completed=_count(endings, JobStatus.COMPLETED, job_type),
            failed=_count(endings, JobStatus.FAILED, job_type),
            cancelled=_count(endings, JobStatus.CANCELLED, job_type),
            duration_p50_seconds=spreads[job_type].median if job_type in spreads else None,
            duration_p90_seconds=spreads[job_type].high if job_type in spreads else None,
            duration_samples=spreads[job_type].samples if job_type in spreads else 0,
        )
        for job_type in sorted(known)
    ]


def _count(endings: Iterable[Endings], status: JobStatus, job_type: JobType | None = None) -> int:
    return sum(one.jobs for one in endings if one.status is status and job_type in {None, one.job_type})


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
