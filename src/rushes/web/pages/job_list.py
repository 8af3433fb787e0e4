"""The page of all jobs, which is also where a new one is made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from rushes.actions.submit import DEFAULT_MODEL
from rushes.db import catalogue, jobs, media
from rushes.db.job_search import JobFilter
from rushes.domain.catalogue import Model
from rushes.domain.jobs import ACTIVE, JobStatus
from rushes.domain.options import Resolution
from rushes.web.api.job_filters import statuses_of
from rushes.web.api.jobs import explain_waits, find_page
from rushes.web.deps import Reading, Visit
from rushes.web.pages.cards import Card
from rushes.web.pages.shell import render_shell

router = APIRouter(include_in_schema=False)

PAGE_JOBS = 20
Filter = JobStatus | Literal["active"]

_TABS: Mapping[str, frozenset[JobStatus]] = {
    "All": frozenset(),
    "Active": ACTIVE,
    "Completed": frozenset({JobStatus.COMPLETED}),
    "Failed": frozenset({JobStatus.FAILED}),
    "Cancelled": frozenset({JobStatus.CANCELLED}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """A link to the jobs in some states, and how many there are."""

    word: str
    href: str
    count: int
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What was typed into the form for a new job, and what was wrong with it."""

    values: Mapping[str, str] = field(default_factory=dict[str, str])
    problems: Mapping[str, str] = field(default_factory=dict[str, str])
    summary: str | None = None


@router.get("/")
async def home() -> Response:
    """Begin with the jobs."""
    return RedirectResponse("/jobs", 303)


@router.get("/jobs")
async def show(
    request: Request,
    visit: Reading,
    status: Annotated[Filter | None, Query()] = None,
    cursor: Annotated[str | None, Query()] = None,
) -> Response:
    """Show a page of the viewer's jobs, newest first."""
    return await render_list(request, visit, status=status, cursor=cursor)


async def render_list(
    request: Request,
    visit: Visit,
    *,
    status: Filter | None = None,
    cursor: str | None = None,
    form: Form | None = None,
    http_status: int = 200,
) -> Response:
    """Return the page, with the form for a new job as it was filled in."""
    page, next_cursor = await find_page(visit, _filter(status), limit=PAGE_JOBS, cursor=cursor)
    files = await media.list_job_assets(visit.tx, job_ids=[job.id for job in page])
    counts = await jobs.count_by_status(visit.tx, user_id=visit.viewer.user_id)
    waits = await explain_waits(visit.tx, page)
    now = datetime.now(UTC)
    cards = [Card.of(job, files[job.id], waits.get(job.id), now=now) for job in page]
    return await render_shell(
        request,
        visit,
        "jobs.html",
        here="/jobs",
        status=http_status,
        cards=cards,
        tabs=_tabs(counts, status),
        older=next_cursor and f"/jobs?{urlencode(_query(status) | {'cursor': next_cursor})}",
        is_new=not counts,
        form=form or Form(),
        prices=_prices(await catalogue.get_model(visit.tx, slug=DEFAULT_MODEL)),
        resolutions=list(Resolution),
    )


def _tabs(counts: Mapping[JobStatus, int], current: Filter | None) -> Sequence[Tab]:
    return [
        Tab(
            word=word,
            href="/jobs" if word == "All" else f"/jobs?{urlencode({'status': word.lower()})}",
            count=sum(number for status, number in counts.items() if not statuses or status in statuses),
            is_current=word.lower() == (current or "all"),
        )
        for word, statuses in _TABS.items()
    ]


def _filter(status: Filter | None) -> JobFilter:
    return JobFilter(statuses=statuses_of([status] if status else []))


def _query(status: Filter | None) -> dict[str, str]:
    return {"status": status} if status else {}


def _prices(model: Model | None) -> str | None:
    if model is None or not model.enabled:
        return None
    prices = " or ".join(f"{price} at {name}" for name, price in model.price.tariff.per_second.items())
    return f"Credits per second: {prices}. You pay for what was made, and nothing for what failed."
