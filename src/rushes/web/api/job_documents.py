"""Jobs as the API shows them."""

from collections.abc import Mapping
from datetime import datetime
from operator import attrgetter, itemgetter
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from rushes.db.jobs import JobRow
from rushes.domain.jobs import (
    CancelReason,
    Destination,
    Job,
    JobStatus,
    JobType,
    ModerationStatus,
    Orientation,
    Quality,
)
from rushes.domain.media import AssetRole, JobFile
from rushes.domain.options import (
    AudioOptions,
    BaseOptions,
    ExtendOptions,
    ImageOptions,
    RenderOptions,
    SubtitlesOptions,
    TextToVideoOptions,
    UpscaleOptions,
    complete_options,
)
from rushes.domain.waiting import EXACT_POSITIONS, Waiting, WaitingReason
from rushes.web.addresses import Signer
from rushes.web.api.file_documents import (
    InputDocument,
    OutputDocument,
    input_values,
    output_values,
)
from rushes.web.durations import in_words

Options = (
    BaseOptions
    | TextToVideoOptions
    | ImageOptions
    | RenderOptions
    | ExtendOptions
    | UpscaleOptions
    | SubtitlesOptions
    | AudioOptions
    | dict[str, Any]
)

_QUEUE_POSITION = (
    "While it is queued: how many jobs of its lane would be started before it now; "
    f"exact below {EXACT_POSITIONS}. Null while it waits for its next try."
)
_WHY_WAITING = (
    "Why it does not run yet: `your_limit`, its owner has as many jobs under way as his account may; "
    "`parent`, the job that it works on has not completed; `lane_paused`, an operator has stopped its lane; "
    "`no_worker`, no live worker serves its lane; `backoff`, its next try is not due; "
    "`position`, other jobs come first. Null while it does not wait."
)
_METRIC = (
    "What its engine measured as `{name}` when it made the output, in whatever unit the engine has; null if "
    "it measured nothing of the kind, as most engines do."
)
_ESTIMATED_WAIT = "Seconds until it starts, by what jobs of its lane took lately; null if that is unknown."


class JobDocument(BaseModel):
    """One request for one output."""

    id: UUID
    job_id: Annotated[UUID, Field(description="The same as `id`.")]
    user_id: UUID
    parent_job_id: Annotated[UUID | None, Field(description="The job whose output it works on.")]
    project_id: UUID | None
    group_id: Annotated[UUID | None, Field(description="The jobs that were submitted with it.")]
    workspace_session_id: UUID | None
    job_type: JobType
    model: Annotated[str, Field(description="Its slug in the catalogue.", examples=["motion"])]
    model_type: Annotated[str, Field(description="The same as `model`.")]
    api_model_id: Annotated[str, Field(description="The same as `model`.")]
    quality: Annotated[Quality | None, Field(description="How much care is paid for.")]
    format: Annotated[str | None, Field(description="The wanted type of the output.", examples=["mp4"])]
    status: JobStatus
    progress: Annotated[int, Field(ge=0, le=100, description="100 if and only if it is completed.")]
    progress_text: str | None
    queue_position: Annotated[int | None, Field(ge=0, description=_QUEUE_POSITION)]
    why_waiting: Annotated[WaitingReason | None, Field(description=_WHY_WAITING)]
    estimated_wait_seconds: Annotated[float | None, Field(ge=0, description=_ESTIMATED_WAIT)]
    priority: Annotated[int, Field(ge=1, le=10, description="1 is first.")]
    created_at: datetime
    updated_at: datetime
    queued_at: datetime | None
    started_at: Annotated[datetime | None, Field(description="Of the latest attempt.")]
    completed_at: Annotated[datetime | None, Field(description="Set once it has ended, in whatever way.")]
    auto_cancel_at: Annotated[datetime | None, Field(description="When it is cancelled unless it has ended.")]
    cancel_requested_at: datetime | None
    cancelled_reason: CancelReason | None
    estimated_seconds: float | None
    estimated_time_remaining: Annotated[str | None, Field(examples=["1m 20s"])]
    processing_time_seconds: float | None
    prompt: str | None
    negative_prompt: Annotated[str | None, Field(description="What should not be seen.")]
    orientation: Annotated[Orientation | None, Field(description="As asked for.")]
    input: InputDocument
    options: Annotated[Options, Field(description="Those of its job type.")]
    destination: Annotated[Destination, Field(description="Where the output is kept.")]
    output: Annotated[OutputDocument | None, Field(description="Only once it is completed.")]
    price: Annotated[int, Field(description="The most that it can cost; held until it ends.")]
    credits_charged: Annotated[int, Field(description="What it did cost; 0 until it is completed.")]
    attempts: int
    max_attempts: int
    retry_count: Annotated[int, Field(description="Attempts beyond the first.")]
    external_job_id: Annotated[str | None, Field(description="What a provider calls the work.")]
    error_code: str | None
    error_message: str | None
    metadata: dict[str, Any]
    watermark_applied: bool
    short_id: str | None
    video_id: Annotated[UUID | None, Field(description="What it made, in the library: a video, or …")]
    image_id: Annotated[UUID | None, Field(description="… a picture.")]
    starred: Annotated[bool, Field(description="Whether its owner marked it.")]
    rating: Annotated[int | None, Field(ge=1, le=5, description="What its owner thinks of it.")]
    moderation_status: Annotated[ModerationStatus, Field(description="What a review came to.")]
    reviewed_at: datetime | None
    reviewed_by: UUID | None
    review_notes: str | None
    enhancement_strategy: Annotated[str | None, Field(description="How the prompt was enhanced.")]
    original_prompt: str | None
    enhanced_prompt: str | None
    enhancement_time_ms: int | None
    quality_rating: Annotated[float | None, Field(description=_METRIC.format(name="quality_rating"))]
    quality_improvement: Annotated[
        float | None, Field(description=_METRIC.format(name="quality_improvement"))
    ]
    compel_weights: Annotated[
        dict[str, float] | None, Field(description="How much parts of the prompt count, by their words.")
    ]
    qwen_expansion_percentage: Annotated[float | None, Field(description="How much longer it became.")]
    template_name: Annotated[str | None, Field(description="The prompt template that was used.")]
    prompt_test_id: Annotated[UUID | None, Field(description="The test of prompts that it is part of.")]
    test_metadata: Annotated[dict[str, Any] | None, Field(description="What that test keeps with it.")]
    project_name: Annotated[str | None, Field(description="Of a `render` job.")]
    output_name: Annotated[str | None, Field(description="Of a `render` job.")]
    render_config: Annotated[dict[str, Any] | None, Field(description="Of a `render` job.")]
    deleted_at: datetime | None


class JobPage(BaseModel):
    """A page of jobs, newest first."""

    jobs: list[JobDocument]
    counts: Annotated[
        dict[JobStatus, int],
        Field(description="How many meet the filter, whatever states it names, by status."),
    ]
    next_cursor: Annotated[str | None, Field(description="`cursor` of the next page; null on the last.")]


# A word means the same here, in the domain and in the database: so what has the same name is the same value.
_COPIED: Mapping[str, str] = {name: name for name in JobDocument.model_fields if name in Job.__slots__} | {
    "job_id": "id",
    "model_type": "model",
    "api_model_id": "model",
    "retry_count": "attempts",
    "estimated_time_remaining": "eta_seconds",
    "qwen_expansion_percentage": "expansion_percentage",
    "processing_time_seconds": "processing_seconds",
}
"""Fields, and the attributes of the job or the columns of its row that they are or are made from."""

_of_job = attrgetter(*_COPIED.values())
_of_row = itemgetter(*_COPIED.values())


def job_values(
    job: Job, files: Mapping[str, JobFile], signer: Signer, waiting: Waiting | None
) -> dict[str, Any]:
    """Return the fields of a `JobDocument`, not checked: for lists, where that takes long."""
    return _completed(dict(zip(_COPIED, _of_job(job), strict=True)), files, signer, waiting)


def row_values(
    row: JobRow, files: Mapping[str, JobFile], signer: Signer, waiting: Waiting | None
) -> dict[str, Any]:
    """Return what `job_values` does of a job as it was read: most of a page is made by this."""
    values = dict(zip(_COPIED, _of_row(row), strict=True))
    if row["live_progress"] is not None:
        values["progress"], values["progress_text"] = row["live_progress"], row["live_text"]
    return _completed(values, files, signer, waiting)


def _completed(
    values: dict[str, Any], files: Mapping[str, JobFile], signer: Signer, waiting: Waiting | None
) -> dict[str, Any]:
    eta_seconds, output = values["estimated_time_remaining"], files.get(AssetRole.OUTPUT)
    made = output if values["status"] == JobStatus.COMPLETED else None
    values["retry_count"] = max(0, values["attempts"] - 1)
    values["options"] = complete_options(values["job_type"], values["options"])
    values["queue_position"] = waiting and waiting.position
    values["why_waiting"] = waiting and waiting.why
    values["estimated_wait_seconds"] = waiting and waiting.estimated_wait_seconds
    values["estimated_time_remaining"] = None if eta_seconds is None else in_words(eta_seconds)
    values["input"] = input_values(files)
    values["output"] = made and output_values(made, signer)
    values["deleted_at"] = None
    return values
