"""Changing jobs that were submitted: again, no longer, or how they are kept."""

from dataclasses import replace
from typing import Annotated, Self, assert_never
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, StrictBool, StrictInt, model_validator

from rushes.actions import retry as retrying
from rushes.actions.bulk import MAX_JOBS, BulkAction, BulkResult, do_to_many
from rushes.actions.change import change_job
from rushes.actions.delete import delete_job
from rushes.db.job_search import find_jobs
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.jobs import TRANSITIONS, Destination, Job, JobStatus, is_final
from rushes.web.addresses import Signer
from rushes.web.api.cursors import START
from rushes.web.api.job_documents import JobDocument
from rushes.web.api.job_filters import JobConditions
from rushes.web.api.jobs import show_job
from rushes.web.api.wording import Ask
from rushes.web.deps import SignedIn, Wired, limited
from rushes.web.errors import documented
from rushes.web.limiting import Rate

router = APIRouter(prefix="/jobs", tags=["jobs"])

Rating = Annotated[StrictInt, Field(ge=1, le=5)]


class Choices(Ask):
    """What an owner thinks of what a job made, and where he keeps it; what is left out stays as it is."""

    # The defaults are never read; made by a factory, they are not documented as what an absent field means.
    starred: Annotated[StrictBool, Field(default_factory=bool, description="Whether it has a star.")]
    rating: Annotated[Rating | None, Field(description="1 to 5; null for none.")] = None
    project_id: Annotated[UUID | None, Field(description="One of the viewer's projects; null for none.")] = (
        None
    )
    destination: Annotated[
        Destination,
        Field(
            default_factory=lambda: Destination.LIBRARY,
            description="Whether it is listed in the library, or kept in the workspace alone.",
        ),
    ]

    @model_validator(mode="after")
    def _require_any(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("name at least one field to change")
        return self


class BulkConditions(Ask, JobConditions):
    """Which of the viewer's jobs; only those to which the action can apply are looked for."""

    @model_validator(mode="after")
    def _require_any(self) -> Self:
        if not any(getattr(self, name) for name in self.model_fields_set):
            raise ValueError("name at least one condition")
        return self


class BulkBody(Ask):
    """One thing to do to many jobs, named by their ids or by a filter."""

    action: BulkAction
    ids: Annotated[
        list[UUID] | None,
        Field(min_length=1, max_length=MAX_JOBS, description="Of the jobs; one named twice is done once."),
    ] = None
    filter: Annotated[
        BulkConditions | None, Field(description=f"Instead of ids: the newest {MAX_JOBS} of these jobs.")
    ] = None

    @model_validator(mode="after")
    def _require_one(self) -> Self:
        if (self.ids is None) == (self.filter is None):
            raise ValueError("give either ids or filter")
        return self


class SkippedDocument(BaseModel):
    """A job that was left as it was."""

    id: UUID
    code: Annotated[str, Field(description="As of a problem.", examples=["illegal_transition"])]
    reason: Annotated[str, Field(examples=["A job that is completed cannot become cancelled."])]


class BulkDocument(BaseModel):
    """What became of many jobs, each for itself."""

    done: Annotated[int, Field(ge=0, description="How many it was done to.")]
    skipped: Annotated[int, Field(ge=0, description="How many were left as they were.")]
    done_ids: Annotated[list[UUID], Field(description="Those that it was done to.")]
    reasons: Annotated[list[SkippedDocument], Field(description="Why each of the others was not.")]
    more: Annotated[
        bool,
        Field(description="Whether the filter met more jobs than one request takes; ask again for these."),
    ]

    @classmethod
    def of(cls, results: list[BulkResult], *, more: bool) -> Self:
        """Say what became of the jobs."""
        done = [one.job_id for one in results if one.error is None]
        reasons = [
            SkippedDocument(id=one.job_id, code=one.error.code, reason=one.error.message)
            for one in results
            if one.error is not None
        ]
        return cls(done=len(done), skipped=len(reasons), done_ids=done, reasons=reasons, more=more)


@router.post("/bulk", responses=documented(401, 429), dependencies=[limited(Rate.SUBMITS)])
async def bulk(body: BulkBody, services: Wired, viewer: SignedIn) -> BulkDocument:
    """Cancel, retry or delete many jobs, each for itself: one that cannot be does not hold up the others."""
    if body.ids is not None:
        job_ids, more = body.ids, False
    else:
        assert body.filter is not None, "the body has the one or the other"
        job_ids, more = await _find_ids(services.database, viewer, body.action, body.filter)
    if not job_ids:
        return BulkDocument.of([], more=False)
    results = await do_to_many(services.database, viewer, body.action, job_ids=job_ids)
    return BulkDocument.of(results, more=more)


@router.post(
    "/{job_id}/retry", responses=documented(401, 402, 404, 409, 429), dependencies=[limited(Rate.SUBMITS)]
)
async def retry(job_id: UUID, request: Request, services: Wired, viewer: SignedIn) -> JobDocument:
    """Submit a failed job once more: with new attempts, and a new hold at today's price."""
    return await _shown(request, viewer, await retrying.retry(services.database, viewer, job_id=job_id))


@router.patch("/{job_id}", responses=documented(401, 404))
async def change(
    job_id: UUID, body: Choices, request: Request, services: Wired, viewer: SignedIn
) -> JobDocument:
    """Give a job a star, a rating, a project or another place to be kept, in whatever state it is."""
    changes = body.model_dump(exclude_unset=True)
    return await _shown(
        request, viewer, await change_job(services.database, viewer, job_id=job_id, changes=changes)
    )


@router.delete("/{job_id}", status_code=204, responses=documented(401, 404, 409))
async def delete(job_id: UUID, services: Wired, viewer: SignedIn) -> None:
    """Delete a job that has ended, what it made, and the files that no other job needs.

    It is gone at once; its files are removed from the store soon after.
    """
    await delete_job(services.database, viewer, job_id=job_id)


def changeable(action: BulkAction) -> frozenset[JobStatus]:
    """Return the states of jobs that an action can apply to."""
    match action:
        case BulkAction.CANCEL:
            return frozenset(status for status in JobStatus if JobStatus.CANCELLED in TRANSITIONS[status])
        case BulkAction.RETRY:
            return frozenset({JobStatus.FAILED})
        case BulkAction.DELETE:
            return frozenset(filter(is_final, JobStatus))
        case _:
            assert_never(action)


async def _shown(request: Request, viewer: Viewer, job: Job) -> JobDocument:
    database: Database = request.app.state.services.database
    async with database.transaction(viewer=viewer.user_id) as tx:
        return await show_job(tx, job, Signer.of(request))


async def _find_ids(
    database: Database, viewer: Viewer, action: BulkAction, conditions: BulkConditions
) -> tuple[list[UUID], bool]:
    """Return the newest jobs that meet the conditions and can be changed so, and whether there are more."""
    wanted, possible = conditions.filter(), changeable(action)
    statuses = wanted.statuses & possible if wanted.statuses else possible
    if not statuses:
        return [], False
    async with database.transaction(viewer=viewer.user_id) as tx:
        found = await find_jobs(
            tx,
            replace(wanted, statuses=statuses),
            user_id=viewer.user_id,
            before_time=START.time,
            before_id=START.id,
            count=MAX_JOBS + 1,
        )
    return [job.id for job in found[:MAX_JOBS]], len(found) > MAX_JOBS
