"""Doing the same to many jobs of the list: those that were ticked, or all that the list is about."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from pydantic import AwareDatetime, Field
from starlette.responses import Response

from rushes.actions.bulk import MAX_JOBS, BulkAction, do_to_many
from rushes.db import jobs
from rushes.db.job_search import count_jobs, find_jobs
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.errors import Conflict
from rushes.web.api.cursors import START
from rushes.web.api.job_changes import changeable
from rushes.web.deps import Reading, SignedIn, Visit, Wired, limited
from rushes.web.limiting import Rate
from rushes.web.pages.jobs.query import JobQuery
from rushes.web.pages.notices import Notice, redirect
from rushes.web.pages.returning import came_from, local_path
from rushes.web.pages.shell import render_shell

router = APIRouter(prefix="/jobs/selection", include_in_schema=False)

MOST = 1000
"""How many jobs one request changes: each is a transaction of its own."""

_NOTICES = {
    BulkAction.CANCEL: Notice.CANCELLED,
    BulkAction.RETRY: Notice.RETRIED,
    BulkAction.DELETE: Notice.DELETED,
}


class Selection(JobQuery):
    """What to do to which jobs: the ticked ones, or with `all` whatever meets the conditions."""

    do: BulkAction
    job: Annotated[list[UUID], Field(default_factory=list[UUID], max_length=MOST)]
    all: bool = False


class SentSelection(Selection):
    """The same from the form that confirms it, and where to go on to."""

    next: str = "/jobs"
    seen: Annotated[AwareDatetime, Field(default_factory=lambda: datetime.now(UTC))]
    """When the question was asked: what came or ended later was not in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many jobs an action changes, how many it leaves as they are, and how many it does not come to."""

    possible: int
    left: int
    beyond: int

    @classmethod
    def of(cls, possible: int, *, asked: int) -> Self:
        """Count what is `possible` of what was `asked` for."""
        return cls(possible=min(possible, MOST), left=asked - possible, beyond=max(0, possible - MOST))


@router.get("")
async def ask(request: Request, visit: Reading, selection: Annotated[Selection, Query()]) -> Response:
    """Ask whether that shall be done, and say to how many."""
    count = await _count(visit, selection)
    return await render_shell(
        request,
        visit,
        "job_selection.html",
        here="/jobs",
        selection=selection,
        action=selection.do.value,
        count=count,
        back=came_from(request),
        seen=datetime.now(UTC),
    )


@router.post("", dependencies=[limited(Rate.SUBMITS)])
async def change(services: Wired, viewer: SignedIn, selection: Annotated[SentSelection, Form()]) -> Response:
    """Do it to each of the jobs, and say how many were changed and how many were not."""
    job_ids = await _find_ids(services.database, viewer, selection) if selection.all else selection.job
    if not job_ids:
        raise Conflict("None of your jobs can be changed so any more.")
    results = [
        one
        for start in range(0, len(job_ids), MAX_JOBS)
        for one in await do_to_many(
            services.database, viewer, selection.do, job_ids=job_ids[start : start + MAX_JOBS]
        )
    ]
    left = sum(one.error is not None for one in results)
    to = local_path(selection.next)
    return redirect(to, _NOTICES[selection.do], count=len(results) - left, left=left)


async def _count(visit: Visit, selection: Selection) -> Count:
    possible, user_id = changeable(selection.do), visit.viewer.user_id
    if selection.all:
        wanted = selection.filter()
        counts = await count_jobs(visit.tx, wanted, user_id=user_id)
        asked = {status: n for status, n in counts.items() if status in (wanted.statuses or counts)}
        return Count.of(
            sum(n for status, n in asked.items() if status in possible), asked=sum(asked.values())
        )
    found = await jobs.list_jobs_among(visit.tx, user_id=user_id, job_ids=selection.job)
    return Count.of(sum(job.status in possible for job in found), asked=len(found))


async def _find_ids(database: Database, viewer: Viewer, selection: SentSelection) -> Sequence[UUID]:
    wanted = selection.filter()
    statuses = (wanted.statuses or changeable(selection.do)) & changeable(selection.do)
    if not statuses:
        return []
    async with database.transaction(viewer=viewer.user_id) as tx:
        found = await find_jobs(
            tx,
            replace(wanted, statuses=statuses),
            user_id=viewer.user_id,
            before_time=START.time,
            before_id=START.id,
            count=MOST,
        )
    return [job.id for job in found if (job.completed_at or job.created_at) <= selection.seen]
