"""Submitting jobs, one or many at once, and asking what that would cost."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Request, Response
from pydantic import BaseModel, Field

from rushes.actions.repeating import Idempotency, WriteAnswer, submit_once
from rushes.actions.submit import Quote, Submitted, quote
from rushes.db.pool import Tx
from rushes.domain.accounts import Viewer
from rushes.domain.waiting import WaitingReason
from rushes.web.addresses import Signer
from rushes.web.api.job_bodies import BatchBody, JobBody, QuoteBody, fingerprint, read_body
from rushes.web.api.job_documents import JobDocument
from rushes.web.api.job_problems import NamesEveryProblem
from rushes.web.api.jobs import values_with_files
from rushes.web.deps import SignedIn, Wired, limited
from rushes.web.errors import ProblemField, documented
from rushes.web.json_answers import write
from rushes.web.limiting import Rate
from rushes.web.services import Services

router = APIRouter(prefix="/jobs", tags=["jobs"], route_class=NamesEveryProblem)

REPLAYED = "Idempotent-Replayed"

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="Visible ASCII of your choice: a repeat with the same key and body makes nothing new, "
        "and is answered as the first was; with another body it is refused.",
        examples=["5f0c1b1e-order-17"],
    ),
]

_ACCEPTED: dict[int | str, dict[str, Any]] = {
    202: {
        "description": "Submitted; or, with a key that was used before, what was answered then.",
        "headers": {
            REPLAYED: {
                "description": "`true` if the key was used before.",
                "schema": {"type": "string", "enum": ["true"]},
            }
        },
    }
}


class BatchDocument(BaseModel):
    """The jobs of a batch, in its order."""

    group_id: Annotated[UUID, Field(description="The group that they are in.")]
    jobs: list[JobDocument]


class QuotedJob(BaseModel):
    """What one job would cost and take; all null if something is wrong with it."""

    price: Annotated[int | None, Field(description="The most that it would cost, in credits.")]
    estimated_seconds: Annotated[
        float | None, Field(description="How long it would run; null while too few like it have run.")
    ]
    why_waiting: Annotated[WaitingReason | None, Field(description="What it would wait for; see a job.")]
    queue_position: Annotated[
        int | None, Field(description="About how many jobs of its lane would start before it.")
    ]
    estimated_wait_seconds: Annotated[
        float | None, Field(description="How long it would wait; null if that is unknown.")
    ]


class QuoteDocument(BaseModel):
    """What submitting this now would cost and take; nothing is charged, and nothing kept."""

    jobs: list[QuotedJob]
    total: Annotated[int, Field(description="The price of all that is right, in credits.", examples=[20])]
    credits: Annotated[int, Field(description="The balance.", examples=[1000])]
    is_affordable: Annotated[bool, Field(description="Whether the balance covers the total.")]
    estimated_seconds: Annotated[
        float | None,
        Field(description="How long all would run, one after the other; null if one is unknown."),
    ]
    problems: Annotated[list[ProblemField], Field(description="What submitting would be refused for.")]

    @classmethod
    def of(cls, quoted: Quote) -> "QuoteDocument":
        """Show what a quote found."""
        pairs = zip(quoted.prices, quoted.estimates, strict=True)
        jobs = [
            QuotedJob(
                price=price,
                estimated_seconds=one and one.run_seconds,
                why_waiting=one and one.why_waiting,
                queue_position=one and one.position,
                estimated_wait_seconds=one and one.wait_seconds,
            )
            for price, one in pairs
        ]
        runs = [job.estimated_seconds for job in jobs if job.estimated_seconds is not None]
        return cls(
            jobs=jobs,
            total=quoted.total,
            credits=quoted.credits,
            is_affordable=quoted.total <= quoted.credits,
            estimated_seconds=sum(runs) if len(runs) == len(jobs) else None,
            problems=[ProblemField(field=one.field, message=one.message) for one in quoted.problems],
        )


@router.post(
    "",
    status_code=202,
    response_model=JobDocument,
    responses=_ACCEPTED | documented(401, 402, 404, 409, 429),
    dependencies=[limited(Rate.SUBMITS)],
)
async def submit(
    body: JobBody, request: Request, services: Wired, viewer: SignedIn, key: IdempotencyKey = None
) -> Response:
    """Submit a job and hold its price. If anything is wrong, every wrong field is named at once."""
    signer = Signer.of(request)

    async def write_answer(tx: Tx, made: Sequence[Submitted]) -> str:
        (job,) = await _values(tx, made, signer)
        return write(job).decode()

    return await _submit_once(services, viewer, body, key, write_answer)


@router.post(
    "/batch",
    status_code=202,
    response_model=BatchDocument,
    responses=_ACCEPTED | documented(401, 402, 404, 409, 429),
    dependencies=[limited(Rate.SUBMITS)],
)
async def batch(
    body: BatchBody, request: Request, services: Wired, viewer: SignedIn, key: IdempotencyKey = None
) -> Response:
    """Submit 1 to 20 jobs together or not at all, as a group; a chain names its parents by `after`."""
    signer = Signer.of(request)

    async def write_answer(tx: Tx, made: Sequence[Submitted]) -> str:
        jobs = await _values(tx, made, signer)
        return write({"group_id": made[0].job.group_id, "jobs": jobs}).decode()

    return await _submit_once(services, viewer, body, key, write_answer)


@router.post("/quote", responses=documented(401, 429), dependencies=[limited(Rate.SUBMITS)])
async def quote_jobs(body: QuoteBody, services: Wired, viewer: SignedIn) -> QuoteDocument:
    """Say what a job or a batch would cost and take, and what it would be refused for; nothing is charged."""
    is_batch = isinstance(body, BatchBody)
    quoted = await quote(
        services.database, viewer, read_body(body), limits=services.limits, is_batch=is_batch
    )
    return QuoteDocument.of(quoted)


async def _values(tx: Tx, made: Sequence[Submitted], signer: Signer) -> list[dict[str, Any]]:
    return await values_with_files(tx, [(one.job, one.files) for one in made], signer)


async def _submit_once(
    services: Services, viewer: Viewer, body: Any, key: str | None, write_answer: WriteAnswer
) -> Response:
    answered = await submit_once(
        services.database,
        viewer,
        read_body(body),
        limits=services.limits,
        idempotency_key=None if key is None else Idempotency(key=key, fingerprint=fingerprint(body)),
        write_answer=write_answer,
        is_batch=isinstance(body, BatchBody),
    )
    headers = {REPLAYED: "true"} if answered.replayed else None
    return Response(answered.answer, 202, headers, "application/json")
