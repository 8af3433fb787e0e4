"""A job as a page shows it: every decision made, so that the template has none to make."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self, assert_never

from rushes.domain.ids import JobId
from rushes.domain.jobs import CancelReason, Job, JobStatus, JobType, is_final
from rushes.domain.media import AssetRole
from rushes.domain.options import resolution_of
from rushes.domain.waiting import EXACT_POSITIONS, Waiting, WaitingReason
from rushes.web.durations import in_words, since_in_words
from rushes.web.pages.cards.files import CardFiles
from rushes.web.pages.cards.offers import Offer, offers_of
from rushes.web.pages.cards.tiles import Files, Tile, source_tiles, tiles_of


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

DOING = {
    JobStatus.PENDING: "Waiting for a free slot",
    JobStatus.VALIDATING: "Checking the files",
    JobStatus.QUEUED: "Waiting for a worker",
    JobStatus.PROCESSING: "Starting",
}
"""What a job does in a state that can still change, if it says nothing itself."""

_CANCELLED_BY = {
    CancelReason.USER: "You cancelled it.",
    CancelReason.ADMIN: "An administrator cancelled it.",
    CancelReason.DEADLINE: "It was not done by its deadline.",
    CancelReason.PARENT_FAILED: "The job that it works on did not complete.",
}


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
    """What is shown of one job, in the list and on its own page.

    `version` changes with what can be done with the job: so a menu that is open stays so while numbers
    change.
    """

    job: Job
    heading: str
    name: str
    age: str
    badge: Badge
    tiles: tuple[Tile, ...]
    resolution: str
    orientation: str
    credits: str
    progress: Progress | None
    problem: str | None
    can_cancel: bool
    can_retry: bool
    can_delete: bool
    can_share: bool
    offers: tuple[Offer, ...]
    player: str | None
    picture: str | None
    poster: str | None
    download: str | None
    version: str

    @classmethod
    def of(
        cls,
        job: Job,
        files: CardFiles,
        waiting: Waiting | None,
        *,
        now: datetime,
        offered: frozenset[JobType] = frozenset(),
    ) -> Self:
        """Show a job to its owner.

        Args:
            job: The job.
            files: Its files, and those of the job that it works on.
            waiting: Why it waits; `None` for one that does not.
            now: The moment that ages are counted to.
            offered: The job types that a model takes at present.
        """
        address, own = f"/jobs/{job.id}", files.own
        output = own.get(AssetRole.OUTPUT)
        is_film = output is not None and output.media_type.startswith("video/")
        shown = output and f"{address}/media/{AssetRole.OUTPUT}"
        ended, stops = is_final(job.status), job.cancel_requested_at is not None
        return cls(
            job=job,
            heading=called(job.prompt, {**files.parents, **own}, job.id),
            name=str(job.id)[-8:],
            age=since_in_words(job.created_at, now=now),
            badge=BADGES[job.status],
            tiles=(*source_tiles(job, files.parents), *tiles_of(job, own)),
            resolution=resolution_of(job.options),
            orientation=_orientation(job, own),
            credits=_credits(job),
            progress=None if ended else progress_of(job, waiting, now=now),
            problem=_problem(job),
            can_cancel=not ended and not stops,
            can_retry=job.status is JobStatus.FAILED,
            can_delete=ended,
            can_share=output is not None and job.short_id is not None,
            offers=offers_of(job, output, offered),
            player=shown if is_film else None,
            picture=None if is_film else shown,
            poster=f"{address}/media/{AssetRole.POSTER}" if AssetRole.POSTER in own else None,
            download=output and f"{address}/download",
            version=f"{job.status} {job.starred} {stops}",
        )


def progress_of(job: Job, waiting: Waiting | None, *, now: datetime) -> Progress:
    """Return how far a live job is, in words."""
    since = job.started_at if job.status is JobStatus.PROCESSING and job.started_at else job.created_at
    text = job.progress_text or (_reason(waiting) if waiting else DOING.get(job.status, ""))
    return Progress(
        percent=job.progress,
        text="Stopping" if job.cancel_requested_at else text,
        since=since,
        elapsed=in_words(max(0.0, (now - since).total_seconds())),
        left=_left(job, waiting),
    )


def heading_of(job: Job, files: Files) -> str:
    """Return what a job is called."""
    return called(job.prompt, files, job.id)


def called(prompt: str | None, files: Files, job_id: JobId) -> str:
    """Return what a job and its output are called: by its prompt, its file, or its id."""
    names = (files[role].file_name for role in (AssetRole.REFERENCE, AssetRole.MOTION) if role in files)
    return prompt or next(filter(None, names), None) or f"Job {str(job_id)[-8:]}"


def left_in_words(length: str | None) -> str:
    """Return what is said of the time that is left; nothing if it is unknown."""
    return "" if length is None else f"{length} left"


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
        return left_in_words(in_words(job.eta_seconds))
    if waiting is None or waiting.estimated_wait_seconds is None:
        return ""
    return f"starts in about {in_words(math.ceil(waiting.estimated_wait_seconds))}"


def _problem(job: Job) -> str | None:
    if job.status is JobStatus.CANCELLED and job.cancelled_reason is not None:
        return _CANCELLED_BY[job.cancelled_reason]
    return job.error_message if job.status is JobStatus.FAILED else None


def _orientation(job: Job, files: Files) -> str:
    """Return how the frame stands: as it was made, as it was asked for, or as the reference has it."""
    for role in (AssetRole.OUTPUT, AssetRole.REFERENCE):
        if role in files and (probe := files[role].probe) is not None and probe.width:
            if probe.width == probe.height:
                return "square"
            return "portrait" if probe.width < probe.height else "landscape"
        if job.orientation is not None:
            return job.orientation
    return ""


def _credits(job: Job) -> str:
    if is_final(job.status):
        return f"{job.credits_charged:,} credits"
    return f"up to {job.price:,} credits"
