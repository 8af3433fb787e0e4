"""What a job is, and the states that it may pass through."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from rushes.domain.ids import (
    GroupId,
    HoldId,
    ImageId,
    JobId,
    Lease,
    ProjectId,
    UserId,
    VideoId,
    WorkerId,
    WorkspaceSessionId,
)
from rushes.errors import IllegalTransition


class JobType(StrEnum):
    """What kind of output is asked for."""

    BASE = "base"
    TEXT_TO_VIDEO = "text_to_video"
    IMAGE = "image"
    RENDER = "render"
    EXTEND = "extend"
    UPSCALE = "upscale"
    SUBTITLES = "subtitles"
    AUDIO = "audio"


POST_TYPES = frozenset({JobType.EXTEND, JobType.UPSCALE, JobType.SUBTITLES, JobType.AUDIO})
"""Job types that work on the output of a parent."""


class Quality(StrEnum):
    """How much care is paid for; a model that makes no difference takes neither."""

    FAST = "fast"
    HIGH = "high"


class Orientation(StrEnum):
    """Which side of the frame is the longer one."""

    PORTRAIT = "portrait"
    LANDSCAPE = "landscape"


class Destination(StrEnum):
    """Where an output is kept."""

    LIBRARY = "library"
    WORKSPACE = "workspace"


class ModerationStatus(StrEnum):
    """What a review of the output came to."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    FLAGGED = "flagged"


class JobStatus(StrEnum):
    """Where a job stands."""

    PENDING = "pending"
    VALIDATING = "validating"
    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


_S = JobStatus

TRANSITIONS: Mapping[JobStatus, frozenset[JobStatus]] = {
    _S.PENDING: frozenset({_S.VALIDATING, _S.QUEUED, _S.CANCELLED}),
    _S.VALIDATING: frozenset({_S.QUEUED, _S.FAILED, _S.CANCELLED}),
    _S.QUEUED: frozenset({_S.PROCESSING, _S.FAILED, _S.CANCELLED}),
    _S.PROCESSING: frozenset({_S.QUEUED, _S.COMPLETED, _S.FAILED, _S.CANCELLED}),
    _S.COMPLETED: frozenset(),
    _S.FAILED: frozenset({_S.PENDING}),
    _S.CANCELLED: frozenset(),
}
"""Every legal change of state; the trigger `jobs_transition` in the database holds the same table."""

BEGINNINGS = frozenset({_S.PENDING, _S.QUEUED})
"""What a job may begin as: queued, if it has to wait for nothing else."""

ACTIVE = frozenset({_S.PENDING, _S.VALIDATING, _S.QUEUED, _S.PROCESSING})
"""States in which a job can still change by itself."""


class CancelReason(StrEnum):
    """Why a job was cancelled."""

    USER = "user"
    ADMIN = "admin"
    DEADLINE = "deadline"
    PARENT_FAILED = "parent_failed"


LOG_TAIL_CHARACTERS = 4000
"""How much of what an engine said is shown: the end of it."""


class Outcome(StrEnum):
    """How one attempt ended."""

    SUCCEEDED = "succeeded"
    RETRY = "retry"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One request for one output: the row that lives for ever.

    `progress` is 0 to 100; `estimated_seconds`, `processing_seconds` and `eta_seconds` are seconds of work,
    `output_seconds` is how long the output will be at the most; `price` and `credits_charged` are credits;
    `attempts_before` counts the attempts made before its owner last asked for it again; `rating` is
    1 to 5.
    """

    id: JobId
    user_id: UserId
    parent_job_id: JobId | None
    awaits_parent: bool
    project_id: ProjectId | None
    group_id: GroupId | None
    workspace_session_id: WorkspaceSessionId | None
    job_type: JobType
    model: str
    quality: Quality | None
    format: str | None
    lane: str
    status: JobStatus
    priority: int
    progress: int
    progress_text: str | None
    eta_seconds: float | None
    prompt: str | None
    negative_prompt: str | None
    orientation: Orientation | None
    options: Mapping[str, Any]
    metadata: Mapping[str, Any]
    destination: Destination
    created_at: datetime
    updated_at: datetime
    queued_at: datetime | None
    started_at: datetime | None
    completed_at: datetime | None
    run_at: datetime
    auto_cancel_at: datetime | None
    cancel_requested_at: datetime | None
    cancel_requested_reason: CancelReason | None
    cancelled_reason: CancelReason | None
    output_seconds: float
    estimated_seconds: float | None
    processing_seconds: float | None
    attempts: int
    attempts_before: int
    max_attempts: int
    lease: Lease | None
    worker_id: WorkerId | None
    external_job_id: str | None
    error_code: str | None
    error_message: str | None
    price: int
    credits_charged: int
    hold_id: HoldId | None
    watermark_applied: bool
    short_id: str | None
    video_id: VideoId | None
    image_id: ImageId | None
    moderation_status: ModerationStatus
    reviewed_at: datetime | None
    reviewed_by: UserId | None
    review_notes: str | None
    enhancement_strategy: str | None
    original_prompt: str | None
    enhanced_prompt: str | None
    enhancement_time_ms: int | None
    quality_rating: Decimal | None
    quality_improvement: Decimal | None
    compel_weights: Mapping[str, float] | None
    expansion_percentage: Decimal | None
    template_name: str | None
    prompt_test_id: UUID | None
    test_metadata: Mapping[str, Any] | None
    project_name: str | None
    output_name: str | None
    render_config: Mapping[str, Any] | None
    starred: bool
    rating: int | None

    @property
    def given_prompt(self) -> str | None:
        """What its engine is given: the enhanced prompt, if there is one."""
        return self.enhanced_prompt or self.prompt

    @property
    def retry_count(self) -> int:
        """Attempts beyond the first."""
        return max(0, self.attempts - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """What is written down when a job is submitted; `price` is the most that it can cost, in credits.

    `inputs_ready` says that everything it is made from was measured.
    """

    id: JobId
    user_id: UserId
    parent_job_id: JobId | None
    awaits_parent: bool
    group_id: GroupId | None
    job_type: JobType
    model: str
    quality: Quality | None
    lane: str
    priority: int
    prompt: str | None
    options: Mapping[str, Any]
    metadata: Mapping[str, Any]
    max_attempts: int
    price: int
    output_seconds: float
    auto_cancel_at: datetime | None
    hold_id: HoldId
    watermark_applied: bool
    inputs_ready: bool
    project_id: UUID | None = None
    workspace_session_id: UUID | None = None
    format: str | None = None
    negative_prompt: str | None = None
    orientation: Orientation | None = None
    destination: Destination = Destination.LIBRARY
    project_name: str | None = None
    output_name: str | None = None
    render_config: Mapping[str, Any] | None = None
    original_prompt: str | None = None
    enhanced_prompt: str | None = None
    enhancement_strategy: str | None = None
    enhancement_time_ms: int | None = None
    compel_weights: Mapping[str, float] | None = None
    expansion_percentage: float | None = None
    template_name: str | None = None
    prompt_test_id: UUID | None = None
    test_metadata: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try at a job by one worker.

    `lease` is its right to write, `config` what the model tells its engine.
    """

    job: Job
    number: int
    lease: Lease
    engine: str
    time_limit_seconds: int
    config: Mapping[str, Any] = field(default_factory=dict[str, Any])


def is_final(status: JobStatus) -> bool:
    """Tell whether the state sets `completed_at`."""
    return status not in ACTIVE


def require_transition(status: JobStatus, target: JobStatus) -> None:
    """Check a change of state before it is tried.

    Raises:
        IllegalTransition: The table of transitions does not have it.
    """
    if target not in TRANSITIONS[status]:
        raise IllegalTransition(f"A job that is {status} cannot become {target}.")
