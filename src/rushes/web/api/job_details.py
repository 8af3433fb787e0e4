"""One job with all that is kept beside it, as the API shows it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from rushes.db import job_details
from rushes.db.pool import Tx
from rushes.domain.credits import EntryKind
from rushes.domain.jobs import LOG_TAIL_CHARACTERS, Job, JobStatus, JobType, Outcome
from rushes.web.addresses import Signer
from rushes.web.api.job_documents import JobDocument
from rushes.web.api.jobs import find_job, show_job
from rushes.web.deps import Reading
from rushes.web.errors import documented

router = APIRouter(prefix="/jobs", tags=["jobs"])


class AttemptDocument(BaseModel):
    """One try at a job."""

    model_config = ConfigDict(from_attributes=True)

    number: Annotated[int, Field(description="From 1.")]
    worker: Annotated[str | None, Field(description="Who made it; null once that is forgotten.")]
    started_at: datetime
    finished_at: Annotated[datetime | None, Field(description="Null while it runs.")]
    outcome: Annotated[Outcome | None, Field(description="Null while it runs.")]
    error_code: str | None
    error_message: str | None
    external_job_id: Annotated[str | None, Field(description="What a provider calls the work.")]
    log_tail: Annotated[
        str, Field(description=f"The end of what its engine said, at most {LOG_TAIL_CHARACTERS} characters.")
    ]


class ChildDocument(BaseModel):
    """A job that works on the output of another."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    job_type: JobType
    model: str
    status: JobStatus


class ReceiptEntry(BaseModel):
    """One change of the balance by a job."""

    model_config = ConfigDict(from_attributes=True)

    kind: Annotated[EntryKind, Field(description="A hold ends in a capture or a release.")]
    amount: Annotated[int, Field(description="What it did to the balance, in credits.", examples=[-10])]
    balance_after: int
    reason: str
    created_at: datetime


class JobDetails(JobDocument):
    """One request for one output, with what was done for it."""

    attempt_history: Annotated[list[AttemptDocument], Field(description="First to last.")]
    children: Annotated[list[ChildDocument], Field(description="What works on its output, oldest first.")]
    receipt: Annotated[list[ReceiptEntry], Field(description="What it did to the balance, first to last.")]


@router.get("/{job_id}", responses=documented(401, 404))
async def show(job_id: UUID, request: Request, visit: Reading) -> JobDetails:
    """Return one of the viewer's jobs; the address of its output is signed anew each time."""
    return await _show_details(visit.tx, await find_job(visit, job_id), Signer.of(request))


async def _show_details(tx: Tx, job: Job, signer: Signer) -> JobDetails:
    shown = await show_job(tx, job, signer)
    attempts = await job_details.list_attempts(tx, job_id=job.id, user_id=job.user_id)
    children = await job_details.list_children(tx, job_id=job.id, user_id=job.user_id)
    receipt = await job_details.list_receipt(tx, job_id=job.id, user_id=job.user_id)
    return JobDetails(
        **dict(shown),
        attempt_history=[AttemptDocument.model_validate(one) for one in attempts],
        children=[ChildDocument.model_validate(one) for one in children],
        receipt=[ReceiptEntry.model_validate(one) for one in receipt],
    )
