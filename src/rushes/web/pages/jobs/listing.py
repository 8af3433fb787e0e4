"""The page of all jobs, in pages and by what is asked for in its address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from rushes.db import catalogue
from rushes.db.job_search import count_jobs, find_newer_jobs
from rushes.db.jobs import count_by_status
from rushes.db.pool import Tx
from rushes.domain.jobs import ACTIVE, Job, JobStatus, JobType
from rushes.web.api.cursors import cursor_after, read_cursor
from rushes.web.api.jobs import explain_waits, find_page
from rushes.web.deps import Reading, Visit
from rushes.web.pages.cards.card import BADGES, Card
from rushes.web.pages.cards.files import list_card_files
from rushes.web.pages.cards.type_words import TYPE_WORDS
from rushes.web.pages.jobs.query import JobPageQuery, JobQuery
from rushes.web.pages.shell import render_shell

router = APIRouter(include_in_schema=False)

PAGE_JOBS = 20

_TABS = (
    JobStatus.PROCESSING,
    JobStatus.QUEUED,
    JobStatus.VALIDATING,
    JobStatus.PENDING,
    JobStatus.COMPLETED,
    JobStatus.FAILED,
    JobStatus.CANCELLED,
)
_WAITING = ACTIVE - {JobStatus.PROCESSING}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """A link to the jobs in a state, and how many there are."""

    name: str
    word: str
    href: str
    count: int
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some jobs, and the addresses of those before and after them."""

    jobs: Sequence[Job]
    newer: str | None
    older: str | None


@router.get("/")
async def home() -> Response:
    """Begin with the jobs."""
    return RedirectResponse("/jobs", 303)


@router.get("/jobs")
async def show(request: Request, visit: Reading, query: Annotated[JobPageQuery, Query()]) -> Response:
    """Show a page of the viewer's jobs, newest first."""
    page = await _find(visit, query)
    counts = await count_jobs(visit.tx, query.filter(), user_id=visit.viewer.user_id)
    is_narrow = query.type is not None or query.q is not None
    everything = await count_by_status(visit.tx, user_id=visit.viewer.user_id) if is_narrow else counts
    return await render_shell(
        request,
        visit,
        "jobs.html",
        here="/jobs",
        query=query,
        page=page,
        cards=await _cards(visit, page.jobs),
        tabs=_tabs(counts, query),
        summary=_summary(everything),
        matching=_matching(counts, query),
        is_new=not everything,
        types=TYPE_WORDS,
    )


async def offered_types(tx: Tx) -> frozenset[JobType]:
    """Return the job types that a model takes at present."""
    return frozenset(kind for model in await catalogue.list_models(tx) for kind in model.job_types)


async def _find(visit: Visit, query: JobPageQuery) -> Page:
    if query.before is not None:
        mark = read_cursor(query.before)
        newer = await find_newer_jobs(
            visit.tx,
            query.filter(),
            user_id=visit.viewer.user_id,
            after_time=mark.time,
            after_id=mark.id,
            count=PAGE_JOBS + 1,
        )
        if len(newer) > PAGE_JOBS:
            page = newer[1:]
            return Page(
                jobs=page,
                newer=query.href(before=cursor_after(page[0])),
                older=query.href(cursor=cursor_after(page[-1])),
            )
    # Too few are newer to fill a page: so it is the first one.
    cursor = None if query.before else query.cursor
    found, next_cursor = await find_page(visit, query.filter(), limit=PAGE_JOBS, cursor=cursor)
    newer = None if cursor is None else query.href(before=cursor_after(found[0]) if found else None)
    return Page(jobs=found, newer=newer, older=next_cursor and query.href(cursor=next_cursor))


async def _cards(visit: Visit, found: Sequence[Job]) -> Sequence[Card]:
    files = await list_card_files(visit.tx, found)
    waits = await explain_waits(visit.tx, found)
    offered, now = await offered_types(visit.tx), datetime.now(UTC)
    return [Card.of(job, files[job.id], waits.get(job.id), now=now, offered=offered) for job in found]


def _tabs(counts: Mapping[JobStatus, int], query: JobQuery) -> Sequence[Tab]:
    every = Tab(
        name="all",
        word="All",
        href=query.href(status=None),
        count=sum(counts.values()),
        is_current=query.status is None,
    )
    return [every] + [
        Tab(
            name=status,
            word=BADGES[status].word,
            href=query.href(status=status),
            count=counts.get(status, 0),
            is_current=query.status == status,
        )
        for status in _TABS
    ]


def _summary(counts: Mapping[JobStatus, int]) -> str:
    running = counts.get(JobStatus.PROCESSING, 0)
    waiting = sum(counts.get(status, 0) for status in _WAITING)
    if running or waiting:
        return f"{running:,} rendering · {waiting:,} waiting"
    return "Nothing is under way"


def _matching(counts: Mapping[JobStatus, int], query: JobQuery) -> int:
    statuses = query.filter().statuses or frozenset(JobStatus)
    return sum(number for status, number in counts.items() if status in statuses)
