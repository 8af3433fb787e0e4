"""A job as a page shows it: every decision made, so that the template has none to make."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self, assert_never

from rushes.domain.jobs import Job, JobStatus, is_final
from rushes.domain.media import Asset, AssetRole, AssetStatus
from rushes.domain.options import resolution_of
from rushes.domain.waiting import EXACT_POSITIONS, Waiting, WaitingReason
from rushes.web.durations import in_words

Files = Mapping[AssetRole, Asset]


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """A status as an icon and a word: never by its colour alone."""

    icon: str
    word: str


BADGES: Mapping[JobStatus, Badge] = {
    JobStatus.PENDING: Badge(icon="clock", word="Pending"),
    JobStatus.VALIDATING: Badge(icon="scan-search", word="Validating"),
    JobStatus.QUEUED: Badge(icon="circle-pause", word="Queued"),
    JobStatus.PROCESSING: Badge(icon="loader", word="Processing"),
    JobStatus.COMPLETED: Badge(icon="circle-check", word="Completed"),
    JobStatus.FAILED: Badge(icon="circle-x", word="Failed"),
    JobStatus.CANCELLED: Badge(icon="ban", word="Cancelled"),
}

_DOING = {
    JobStatus.PENDING: "Waiting for a free slot",
    JobStatus.VALIDATING: "Checking the files",
    JobStatus.QUEUED: "Waiting for a worker",
    JobStatus.PROCESSING: "Starting",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One file of a job; without `picture` its icon stands for it, without `link` it is not there yet."""

    label: str
    name: str
    icon: str
    picture: str | None
    link: str | None
    caption: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a job is that can still change."""

    percent: int
    text: str
    since: datetime
    elapsed: str
    left: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What is shown of one job, in the list and on its own page."""

    job: Job
    heading: str
    badge: Badge
    tiles: tuple[Tile, ...]
    resolution: str
    credits: str
    progress: Progress | None
    can_cancel: bool
    error: str | None
    player: str | None
    poster: str | None
    download: str | None

    @classmethod
    def of(cls, job: Job, files: Files, waiting: Waiting | None, *, now: datetime) -> Self:
        """Show a job to its owner; `waiting` is `None` for one that does not wait."""
        address, has_output = f"/jobs/{job.id}", AssetRole.OUTPUT in files
        return cls(
            job=job,
            heading=_heading(job, files),
            badge=BADGES[job.status],
            tiles=_tiles(job, files),
            resolution=resolution_of(job.options),
            credits=_credits(job),
            progress=None if is_final(job.status) else progress_of(job, waiting, now=now),
            can_cancel=not is_final(job.status) and job.cancel_requested_at is None,
            error=job.error_message,
            player=f"{address}/media/{AssetRole.OUTPUT}" if has_output else None,
            poster=f"{address}/media/{AssetRole.POSTER}" if AssetRole.POSTER in files else None,
            download=f"{address}/download" if has_output else None,
        )


def progress_of(job: Job, waiting: Waiting | None, *, now: datetime) -> Progress:
    """Return how far a live job is, in words."""
    since = job.started_at if job.status is JobStatus.PROCESSING and job.started_at else job.created_at
    text = job.progress_text or (_reason(waiting) if waiting else _DOING.get(job.status, ""))
    return Progress(
        percent=job.progress,
        text="Stopping" if job.cancel_requested_at else text,
        since=since,
        elapsed=in_words(max(0.0, (now - since).total_seconds())),
        left=_left(job, waiting),
    )


def _reason(waiting: Waiting) -> str:
    match waiting.why:
        case WaitingReason.YOUR_LIMIT:
            return _for_a_slot(waiting.slots_taken)
        case WaitingReason.PARENT:
            return "Waits for the job that it works on"
        case WaitingReason.LANE_PAUSED:
            return "Paused by the operator"
        case WaitingReason.NO_WORKER:
            return "No worker runs for this model right now"
        case WaitingReason.BACKOFF:
            return f"Tries again in {in_words(math.ceil(waiting.retry_seconds or 0))}"
        case WaitingReason.POSITION:
            return _in_line(waiting.position or 0)
        case _:
            assert_never(waiting.why)


def _for_a_slot(taken: int) -> str:
    if taken == 0:
        return "Waits for a free slot"
    return f"Waits for one of your {taken} other jobs" if taken > 1 else "Waits for your other job"


def _in_line(position: int) -> str:
    if position == 0:
        return "Next in line"
    count = f"{position:,}" if position < EXACT_POSITIONS else f"About {position:,}"
    return f"{count} {'job' if position == 1 else 'jobs'} before this one"


def _left(job: Job, waiting: Waiting | None) -> str:
    if job.eta_seconds is not None:
        return f"{in_words(job.eta_seconds)} left"
    if waiting is None or waiting.estimated_wait_seconds is None:
        return ""
    return f"starts in about {in_words(math.ceil(waiting.estimated_wait_seconds))}"


def _heading(job: Job, files: Files) -> str:
    names = (files[role].file_name for role in (AssetRole.REFERENCE, AssetRole.MOTION) if role in files)
    return job.prompt or next(filter(None, names), None) or f"Job {str(job.id)[-8:]}"


def _credits(job: Job) -> str:
    return f"{job.credits_charged} credits" if is_final(job.status) else f"up to {job.price} credits"


def _tiles(job: Job, files: Files) -> tuple[Tile, ...]:
    return (
        _tile(job, files, AssetRole.REFERENCE, label="REF", name="Reference image", icon="image"),
        _tile(job, files, AssetRole.MOTION, label="SRC", name="Motion video", icon="film"),
        _tile(job, files, AssetRole.OUTPUT, label="OUTPUT", name="Output", icon="sparkles"),
    )


def _tile(job: Job, files: Files, role: AssetRole, *, label: str, name: str, icon: str) -> Tile:
    asset = files.get(role)
    is_there = asset is not None and asset.status is AssetStatus.READY
    shown = AssetRole.POSTER if role is AssetRole.OUTPUT else role
    has_picture = is_there and shown in files and files[shown].media_type.startswith("image/")
    seconds = asset.probe.duration_seconds if asset and asset.probe else None
    return Tile(
        label=label,
        name=name,
        icon=icon,
        picture=f"/jobs/{job.id}/media/{shown}" if has_picture else None,
        link=f"/jobs/{job.id}/media/{role}" if is_there else None,
        caption=None if seconds is None else f"{seconds:.1f} s",
    )
