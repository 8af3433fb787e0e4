"""Submitting jobs, one or many at once, and asking what that would cost."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Required, TypedDict, Unpack
from uuid import UUID, uuid4

from pydantic import BaseModel, JsonValue

from rushes.client.assets import upload
from rushes.client.documents import Asset
from rushes.client.job_documents import Batch, Job, Quote
from rushes.client.server import Server
from rushes.client.wire import Request
from rushes.domain.jobs import Destination, JobType, Orientation, Quality
from rushes.domain.media import AssetRole

Input = Asset | UUID | str | Path
"""An uploaded file or its id, or the path of a file that is uploaded first."""


class Wanted(TypedDict, total=False):
    """What a job is asked for with, beside its type.

    `inputs` are the files by role; a `Path` is uploaded first, a text is the id of an asset. `model` is a
    slug of `models()`, by default the server's choice; `options` are those of the job type, such as
    `BaseOptions`; `prompt` has 1 to 1000 characters; `priority` is 1 (first) to 10, and below 5 needs the
    plan pro; `metadata` is yours to use. What works on the output of another job names it in
    `parent_job_id`, or in a batch in `after`, by its index from 0. `project_name`, `output_name` and
    `render_config` are for `render` jobs. The rest says how the prompt came about: `job_fields` of what
    `enhance_prompt` returns has it, and the test is one of your own.
    """

    inputs: Mapping[str, Input]
    model: str
    options: BaseModel | Mapping[str, JsonValue]
    prompt: str
    negative_prompt: str
    priority: int
    quality: Quality
    orientation: Orientation
    format: str
    metadata: Mapping[str, JsonValue]
    destination: Destination
    project_id: UUID
    workspace_session_id: UUID
    group_id: UUID
    auto_cancel_at: datetime
    parent_job_id: UUID
    after: int
    project_name: str
    output_name: str
    render_config: Mapping[str, JsonValue]
    original_prompt: str
    enhanced_prompt: str
    enhancement_strategy: str
    enhancement_time_ms: int
    compel_weights: Mapping[str, float]
    qwen_expansion_percentage: float
    template_name: str | None
    prompt_test_id: UUID
    test_metadata: Mapping[str, JsonValue]


class NewJob(Wanted):
    """One job of a batch: its type, and what else it is asked for with."""

    job_type: Required[JobType | str]


async def submit(
    server: Server, job_type: JobType | str, *, idempotency_key: str | None = None, **wanted: Unpack[Wanted]
) -> Job:
    """Submit a job, once, however often the request has to be repeated.

    Args:
        server: The server.
        job_type: What is to be made, such as `base`.
        idempotency_key: By default one is made for this call. With one of your own, a repeated call returns
            the job of the first.
        **wanted: The inputs, the options and the rest; see `Wanted`.

    Raises:
        Invalid: A field is wrong; the error names all that are.
        InsufficientCredits: The balance does not cover the price.
        Conflict: The key was used for another request.
    """
    new = await _describe(server, {"job_type": job_type, **wanted})
    request = _submission(server, "/jobs", new, idempotency_key)
    return await server.ask(request, Job.model_validate_json)


async def submit_batch(
    server: Server, jobs: Sequence[NewJob], *, idempotency_key: str | None = None
) -> Batch:
    """Submit 1 to 20 jobs together or not at all.

    Args:
        server: The server.
        jobs: In this order; one that works on the output of an earlier one names it by `after`.
        idempotency_key: As for `submit`.

    Raises:
        Invalid: A field is wrong; the error names all that are.
        InsufficientCredits: The balance does not cover all of them.
        Conflict: The key was used for another request.
    """
    new = {"jobs": [await _describe(server, job) for job in jobs]}
    request = _submission(server, "/jobs/batch", new, idempotency_key)
    return await server.ask(request, Batch.model_validate_json)


async def quote(server: Server, jobs: Sequence[NewJob]) -> Quote:
    """Say what jobs would cost and take, and what they would be refused for; nothing is charged or kept.

    Files that are named by their paths are uploaded, as they have to be measured.
    """
    new = {"jobs": [await _describe(server, job) for job in jobs]}
    request = server.request("POST", "/jobs/quote", document=new, is_repeatable=True)
    return await server.ask(request, Quote.model_validate_json)


def _submission(server: Server, path: str, document: object, key: str | None) -> Request:
    headers = {"Idempotency-Key": key or str(uuid4())}
    return server.request("POST", path, document=document, headers=headers, is_repeatable=True)


async def _describe(server: Server, job: NewJob) -> dict[str, object]:
    """Return the document that asks for a job; files that are named by their paths are uploaded."""
    inputs = job.get("inputs", {})
    return {
        **job,
        "job_type": JobType(job["job_type"]),
        "inputs": {role: await _asset_id(server, role, given) for role, given in inputs.items()},
    }


async def _asset_id(server: Server, role: str, given: Input) -> UUID:
    match given:
        case Asset():
            return given.id
        case Path():
            return (await upload(server, given, role=AssetRole(role))).id
        case _:
            return UUID(str(given))
