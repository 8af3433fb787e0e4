"""Everything that is kept of one job, as its own page shows it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rushes.db import catalogue, events, job_details, jobs, library
from rushes.db.events import JobEvent
from rushes.db.job_details import PastAttempt
from rushes.db.ledger import Entry
from rushes.domain.credits import EntryKind
from rushes.domain.ids import JobId
from rushes.domain.jobs import Job, JobStatus, JobType, Outcome
from rushes.domain.media import MediaKind
from rushes.web.deps import Visit
from rushes.web.durations import in_words
from rushes.web.pages.cards.card import BADGES, Badge
from rushes.web.pages.cards.type_words import TYPE_WORDS

_OUTCOMES: Mapping[Outcome, str] = {
    Outcome.SUCCEEDED: "Succeeded",
    Outcome.RETRY: "Failed, to be tried again",
    Outcome.FAILED: "Failed",
    Outcome.CANCELLED: "Cancelled",
    Outcome.LOST: "Its worker was lost",
}
_ENTRIES: Mapping[EntryKind, str] = {
    EntryKind.GRANT: "Granted",
    EntryKind.HOLD: "Held",
    EntryKind.CAPTURE: "Paid",
    EntryKind.RELEASE: "Given back",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A state that the job came into, `after` how long in the one before."""

    badge: Badge
    status: JobStatus
    at: datetime
    after: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownAttempt:
    """One attempt, in words; `log` is the end of what it said."""

    number: int
    outcome: str
    worker: str
    took: str
    error: str | None
    log: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Relative:
    """A job that this one works on, or that works on this one."""

    href: str
    word: str
    badge: Badge
    status: JobStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What a job's page shows beside its card.

    `has_credentials` tells whether the output carries content credentials; `None` if there is no output.
    """

    type_word: str
    model: str
    parameters: Sequence[tuple[str, str]]
    parameters_json: str
    steps: Sequence[Step]
    tries: Sequence[ShownAttempt]
    receipt: Sequence[tuple[str, Entry]]
    parent: Relative | None
    children: Sequence[Relative]
    took: str
    has_credentials: bool | None


async def read_details(visit: Visit, job: Job, *, now: datetime) -> Details:
    """Return what is kept of a job of the viewer's."""
    model = await catalogue.get_model(visit.tx, slug=job.model)
    history = await events.list_events_after(visit.tx, job_id=job.id, user_id=job.user_id, after_id=0)
    attempts = await job_details.list_attempts(visit.tx, job_id=job.id, user_id=job.user_id)
    children = await job_details.list_children(visit.tx, job_id=job.id, user_id=job.user_id)
    receipt = await job_details.list_receipt(visit.tx, job_id=job.id, user_id=job.user_id)
    parameters = dict(_parameters(job))
    return Details(
        type_word=TYPE_WORDS[job.job_type],
        model=job.model if model is None else model.title,
        parameters=[(_words(name), _text(value)) for name, value in parameters.items()],
        parameters_json=json.dumps(parameters, ensure_ascii=False, indent=2),
        steps=[_step(event, before) for before, event in zip([None, *history], history, strict=False)],
        tries=[_shown_attempt(attempt, now=now) for attempt in attempts],
        receipt=[(_ENTRIES[entry.kind], entry) for entry in receipt],
        parent=await _find_parent(visit, job),
        children=[_relative(one.id, one.job_type, one.status) for one in children],
        took="" if job.processing_seconds is None else in_words(job.processing_seconds),
        has_credentials=await _has_credentials(visit, job),
    )


async def _has_credentials(visit: Visit, job: Job) -> bool | None:
    kind, entry_id = (MediaKind.VIDEO, job.video_id) if job.video_id else (MediaKind.IMAGE, job.image_id)
    if entry_id is None:
        return None
    made = await library.get_entry(visit.tx, kind, entry_id=entry_id, user_id=job.user_id)
    return made and made.metadata.get("signed") is True


async def _find_parent(visit: Visit, job: Job) -> Relative | None:
    if job.parent_job_id is None:
        return None
    parent = await jobs.get_job(visit.tx, job_id=job.parent_job_id, user_id=job.user_id)
    return parent and _relative(parent.id, parent.job_type, parent.status)


def _relative(job_id: JobId, job_type: JobType, status: JobStatus) -> Relative:
    return Relative(
        href=f"/jobs/{job_id}",
        word=f"{TYPE_WORDS[job_type]} {str(job_id)[-8:]}",
        badge=BADGES[status],
        status=status,
    )


def _parameters(job: Job) -> Iterator[tuple[str, Any]]:
    """Yield what was asked for, by name; what was left out, and what is empty, is not."""
    for name in ("prompt", "negative_prompt", "model", "quality", "format", "orientation"):
        if (value := getattr(job, name)) is not None:
            yield name, value
    options: dict[str, Any] = {**job.options, **(job.options.get("advanced") or {})}
    options.pop("advanced", None)
    yield from ((name, value) for name, value in options.items() if value is not None)


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _step(event: JobEvent, before: JobEvent | None) -> Step:
    status, attempt = JobStatus(event.data["status"]), event.data.get("attempt")
    note = f"attempt {attempt}" if attempt and status is JobStatus.PROCESSING else ""
    return Step(
        badge=BADGES[status],
        status=status,
        at=event.created_at,
        after="" if before is None else in_words((event.created_at - before.created_at).total_seconds()),
        note=event.data.get("error_message") or note,
    )


def _shown_attempt(attempt: PastAttempt, *, now: datetime) -> ShownAttempt:
    seconds = ((attempt.finished_at or now) - attempt.started_at).total_seconds()
    return ShownAttempt(
        number=attempt.number,
        outcome="Runs" if attempt.outcome is None else _OUTCOMES[attempt.outcome],
        worker=attempt.worker or "unknown",
        took=in_words(max(0.0, seconds)),
        error=attempt.error_message,
        log=attempt.log_tail.strip(),
    )
