"""Jobs as the API shows them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, Field

from rushes.domain.jobs import CancelReason, Job, JobStatus, JobType
from rushes.domain.media import Asset, AssetRole, AssetStatus
from rushes.domain.options import BaseOptions
from rushes.domain.waiting import EXACT_POSITIONS, Waiting, WaitingReason
from rushes.storage.signing import DOWNLOAD_LIFETIME, TILE_LIFETIME
from rushes.web.addresses import Signer, download_name
from rushes.web.durations import in_words

Files = Mapping[AssetRole, Asset]

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
_ESTIMATED_WAIT = "Seconds until it starts, by what jobs of its lane took lately; null if that is unknown."


class InputDocument(BaseModel):
    """The files that a job was made from."""

    reference: Annotated[UUID | None, Field(description="The asset of the reference image.")]
    motion: Annotated[UUID | None, Field(description="The asset of the motion video.")]
    ref_image_gcs_path: Annotated[
        str | None, Field(description="Bucket and key.", examples=["images/…/reference.png"])
    ]
    motion_video_gcs_path: Annotated[
        str | None, Field(description="Bucket and key.", examples=["videos/…/motion.mp4"])
    ]


class OutputDocument(BaseModel):
    """What a completed job made."""

    video_url: Annotated[str, Field(description="A signed address; every answer signs anew.")]
    video_url_expires_at: Annotated[datetime, Field(description="Seven days after this answer.")]
    gcs_path: Annotated[str, Field(description="Bucket and key.", examples=["outputs/…/output.mp4"])]
    duration_seconds: float
    file_size_bytes: int


class JobDocument(BaseModel):
    """One request for one output."""

    id: UUID
    job_id: Annotated[UUID, Field(description="The same as `id`.")]
    user_id: UUID
    parent_job_id: UUID | None
    job_type: JobType
    model: str
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
    cancel_requested_at: datetime | None
    cancelled_reason: CancelReason | None
    estimated_seconds: float | None
    estimated_time_remaining: Annotated[str | None, Field(examples=["1m 20s"])]
    processing_time_seconds: float | None
    prompt: str | None
    input: InputDocument
    options: BaseOptions
    output: Annotated[OutputDocument | None, Field(description="Only once it is completed.")]
    price: Annotated[int, Field(description="The most that it can cost; held until it ends.")]
    credits_charged: Annotated[int, Field(description="What it did cost; 0 until it is completed.")]
    attempts: int
    max_attempts: int
    retry_count: Annotated[int, Field(description="Attempts beyond the first.")]
    error_code: str | None
    error_message: str | None
    metadata: dict[str, Any]
    watermark_applied: bool
    short_id: str | None
    video_id: UUID | None
    deleted_at: datetime | None

    @classmethod
    def of(cls, job: Job, files: Files, signer: Signer, waiting: Waiting | None) -> Self:
        """Show a job to its owner; `waiting` is `None` for one that does not wait."""
        # A word means the same here as in the domain: so what has the same name is the same value.
        same = {name: getattr(job, name) for name in cls.model_fields if hasattr(job, name)}
        remaining = None if job.eta_seconds is None else in_words(job.eta_seconds)
        return cls.model_validate(
            same
            | {
                "job_id": job.id,
                "queue_position": waiting and waiting.position,
                "why_waiting": waiting and waiting.why,
                "estimated_wait_seconds": waiting and waiting.estimated_wait_seconds,
                "estimated_time_remaining": remaining,
                "processing_time_seconds": job.processing_seconds,
                "input": _input(files),
                "output": _output(job, files, signer),
                "deleted_at": None,
            }
        )


class JobPage(BaseModel):
    """A page of jobs, newest first."""

    jobs: list[JobDocument]
    counts: Annotated[dict[JobStatus, int], Field(description="Of all the viewer's jobs, by status.")]
    next_cursor: Annotated[str | None, Field(description="`cursor` of the next page; null on the last.")]


class Thumbnail(BaseModel):
    """One file of a job to look at."""

    url: str
    media_type: str
    width: int | None
    height: int | None
    duration_seconds: float | None
    thumbhash: str | None


class ThumbnailsDocument(BaseModel):
    """The files of a job to look at; those that it does not have yet are null."""

    reference: Thumbnail | None
    motion: Thumbnail | None
    output: Thumbnail | None
    poster: Annotated[Thumbnail | None, Field(description="A still of the output.")]
    preview: Annotated[Thumbnail | None, Field(description="A short mute clip of the output.")]
    expires_at: Annotated[datetime, Field(description="When the addresses end, an hour after this answer.")]

    @classmethod
    def of(cls, files: Files, signer: Signer) -> Self:
        """Sign every file that can be looked at."""
        expires_at = (datetime.now(UTC) + TILE_LIFETIME).replace(microsecond=0)
        return cls(
            reference=_thumbnail(files.get(AssetRole.REFERENCE), signer),
            motion=_thumbnail(files.get(AssetRole.MOTION), signer),
            output=_thumbnail(files.get(AssetRole.OUTPUT), signer),
            poster=_thumbnail(files.get(AssetRole.POSTER), signer),
            preview=_thumbnail(files.get(AssetRole.PREVIEW), signer),
            expires_at=expires_at,
        )


class DownloadDocument(BaseModel):
    """Where a completed job's output can be downloaded."""

    url: Annotated[str, Field(description="A signed address that saves the file.")]
    expires_at: Annotated[datetime, Field(description="Seven days after this answer.")]
    file_name: str
    media_type: str
    file_size_bytes: int
    duration_seconds: float

    @classmethod
    def of(cls, job: Job, output: Asset, signer: Signer) -> Self:
        """Sign the output as a download."""
        name = download_name(job, output)
        url, expires_at = signer.sign(output, lifetime=DOWNLOAD_LIFETIME, file_name=name)
        return cls(
            url=url,
            expires_at=expires_at,
            file_name=name,
            media_type=output.media_type,
            file_size_bytes=output.bytes or 0,
            duration_seconds=_seconds(output),
        )


def _input(files: Files) -> InputDocument:
    reference, motion = files.get(AssetRole.REFERENCE), files.get(AssetRole.MOTION)
    return InputDocument(
        reference=reference and reference.id,
        motion=motion and motion.id,
        ref_image_gcs_path=reference and _path(reference),
        motion_video_gcs_path=motion and _path(motion),
    )


def _output(job: Job, files: Files, signer: Signer) -> OutputDocument | None:
    output = files.get(AssetRole.OUTPUT)
    if job.status is not JobStatus.COMPLETED or output is None:
        return None
    url, expires_at = signer.sign(output, lifetime=DOWNLOAD_LIFETIME)
    return OutputDocument(
        video_url=url,
        video_url_expires_at=expires_at,
        gcs_path=_path(output),
        duration_seconds=_seconds(output),
        file_size_bytes=output.bytes or 0,
    )


def _thumbnail(asset: Asset | None, signer: Signer) -> Thumbnail | None:
    if asset is None or asset.status is not AssetStatus.READY:
        return None
    url, _ = signer.sign(asset, lifetime=TILE_LIFETIME)
    probe = asset.probe
    return Thumbnail(
        url=url,
        media_type=asset.media_type,
        width=probe and probe.width,
        height=probe and probe.height,
        duration_seconds=probe and probe.duration_seconds,
        thumbhash=probe and probe.thumbhash,
    )


def _path(asset: Asset) -> str:
    return f"{asset.bucket}/{asset.key}"


def _seconds(asset: Asset) -> float:
    return (asset.probe and asset.probe.duration_seconds) or 0.0
