"""Videos, pictures and models as the dialect shows them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field

from rushes.db import media
from rushes.db.pool import Tx
from rushes.domain.catalogue import Model
from rushes.domain.jobs import Job, JobStatus, JobType
from rushes.domain.media import AssetRole
from rushes.domain.openai_ids import video_id
from rushes.domain.options import resolution_of
from rushes.domain.waiting import Waiting
from rushes.web.api.file_documents import Files
from rushes.web.api.jobs import explain_waits
from rushes.web.openai.bodies import REMIXED_FROM
from rushes.web.openai.sizes import size_of

Status = Literal["queued", "in_progress", "completed", "failed"]

STATUSES: dict[JobStatus, Status] = {
    JobStatus.PENDING: "queued",
    JobStatus.VALIDATING: "queued",
    JobStatus.QUEUED: "queued",
    JobStatus.PROCESSING: "in_progress",
    JobStatus.COMPLETED: "completed",
    JobStatus.FAILED: "failed",
    JobStatus.CANCELLED: "failed",
}
"""What the states of a job are called here."""


class OpenAIVideoError(BaseModel):
    """Why there is no video."""

    code: Annotated[str, Field(description="As of a job; `cancelled` for one that was.")]
    message: str


class OpenAIVideo(BaseModel):
    """One request for one video."""

    id: Annotated[str, Field(description="`video_` and the job's id.", examples=["video_0199…"])]
    object: Literal["video"] = "video"
    model: Annotated[str, Field(description="Its slug in the catalogue.")]
    status: Status
    progress: Annotated[int, Field(ge=0, le=100, description="100 if and only if it is completed.")]
    created_at: Annotated[int, Field(description="In seconds of Unix time, as all times here.")]
    completed_at: Annotated[int | None, Field(description="When it ended, in whatever way.")]
    expires_at: Annotated[int | None, Field(description="Null: what was made is kept until it is deleted.")]
    prompt: str | None
    remixed_from_video_id: Annotated[str | None, Field(description="What it is a remix of.")]
    seconds: Annotated[str, Field(description="How long it is, or will be at the most.", examples=["4"])]
    size: Annotated[
        str,
        Field(
            description="Of the file; before there is one, the frame that was asked for.",
            examples=["854x480"],
        ),
    ]
    error: OpenAIVideoError | None
    queue_position: Annotated[
        int | None, Field(description="While it is queued: about how many jobs would be started before it.")
    ]
    credits_charged: Annotated[int, Field(description="What it did cost; 0 until it is completed.")]

    @classmethod
    def of(cls, job: Job, files: Files, waiting: Waiting | None) -> Self:
        """Show a job to its owner; `waiting` is `None` for one that does not wait."""
        made = files.get(AssetRole.OUTPUT)
        probe = made and made.probe
        source = job.metadata.get(REMIXED_FROM)
        return cls(
            id=video_id(job.id),
            model=job.model,
            status=STATUSES[job.status],
            progress=job.progress,
            created_at=_seconds(job.created_at),
            completed_at=job.completed_at and _seconds(job.completed_at),
            expires_at=None,
            prompt=job.prompt,
            remixed_from_video_id=source if isinstance(source, str) else None,
            seconds=f"{(probe and probe.duration_seconds) or job.output_seconds:g}",
            size=f"{probe.width}x{probe.height}"
            if probe
            else size_of(resolution_of(job.options), job.orientation),
            error=_error(job),
            queue_position=waiting and waiting.position,
            credits_charged=job.credits_charged,
        )


class OpenAIVideoPage(BaseModel):
    """A page of videos."""

    object: Literal["list"] = "list"
    data: list[OpenAIVideo]
    first_id: str | None
    last_id: Annotated[str | None, Field(description="`after` of the next page.")]
    has_more: bool


class OpenAIDeletedVideo(BaseModel):
    """Says that a video is gone."""

    id: str
    object: Literal["video.deleted"] = "video.deleted"
    deleted: Literal[True] = True


class OpenAIModel(BaseModel):
    """A model of the catalogue."""

    id: Annotated[str, Field(description="What a request names.", examples=["motion"])]
    object: Literal["model"] = "model"
    created: Annotated[int, Field(description="Since when it is there.")]
    owned_by: Annotated[str, Field(description="The engine that runs it.")]
    job_types: Annotated[list[JobType], Field(description="What it makes.")]

    @classmethod
    def of(cls, model: Model, created: datetime) -> Self:
        """Show a model to anybody."""
        return cls(
            id=model.slug,
            created=_seconds(created),
            owned_by=model.engine,
            job_types=sorted(model.job_types),
        )


class OpenAIModelPage(BaseModel):
    """The models that a request can name."""

    object: Literal["list"] = "list"
    data: list[OpenAIModel]


class OpenAIImage(BaseModel):
    """One picture."""

    url: Annotated[str | None, Field(description="A signed address, good for seven days.")]
    b64_json: Annotated[str | None, Field(description="The file in base64.")]


class OpenAIImages(BaseModel):
    """The pictures of one request; those that could not be made are left out."""

    created: Annotated[int, Field(description="When the first was asked for.")]
    data: list[OpenAIImage]
    job_ids: Annotated[list[str], Field(description="The jobs that made them, as our own API calls them.")]
    credits_charged: Annotated[int, Field(description="What they did cost together.")]


async def show_videos(tx: Tx, among: Sequence[Job]) -> list[OpenAIVideo]:
    """Return some jobs as videos, in their order."""
    files = await media.list_job_assets(tx, job_ids=[job.id for job in among])
    waits = await explain_waits(tx, among)
    return [OpenAIVideo.of(job, files[job.id], waits.get(job.id)) for job in among]


async def show_video(tx: Tx, job: Job) -> OpenAIVideo:
    """Return a job as a video."""
    (document,) = await show_videos(tx, [job])
    return document


def _error(job: Job) -> OpenAIVideoError | None:
    if job.status is JobStatus.CANCELLED:
        return OpenAIVideoError(code="cancelled", message=f"The job was cancelled: {job.cancelled_reason}.")
    if job.status is JobStatus.FAILED:
        code = job.error_code or "internal"
        return OpenAIVideoError(code=code, message=job.error_message or "Something went wrong.")
    return None


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
