"""Jobs as typed values: one, a page, what submitting them would cost, and what became of many."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from pydantic import JsonValue

from rushes.client.documents import Document, JobInput, JobOutput
from rushes.domain.credits import EntryKind
from rushes.domain.jobs import (
    CancelReason,
    Destination,
    JobStatus,
    JobType,
    ModerationStatus,
    Orientation,
    Outcome,
    Quality,
    is_final,
)
from rushes.domain.waiting import WaitingReason


class Job(Document):
    """One request for one output.

    `progress` is 0 to 100, `price` the most credits that it can cost, `credits_charged` what it did cost.
    The fields on how its prompt came about are those of `Wanted`; `quality_rating` and `quality_improvement`
    are what its engine measured, in whatever unit it has.
    """

    id: UUID
    user_id: UUID
    parent_job_id: UUID | None = None
    project_id: UUID | None = None
    group_id: UUID | None = None
    workspace_session_id: UUID | None = None
    job_type: JobType
    model: str
    quality: Quality | None = None
    format: str | None = None
    status: JobStatus
    progress: int
    progress_text: str | None = None
    queue_position: int | None = None
    why_waiting: WaitingReason | None = None
    estimated_wait_seconds: float | None = None
    priority: int
    created_at: datetime
    updated_at: datetime
    queued_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    auto_cancel_at: datetime | None = None
    cancel_requested_at: datetime | None = None
    cancelled_reason: CancelReason | None = None
    estimated_seconds: float | None = None
    estimated_time_remaining: str | None = None
    processing_time_seconds: float | None = None
    prompt: str | None = None
    negative_prompt: str | None = None
    orientation: Orientation | None = None
    input: JobInput
    options: Mapping[str, JsonValue]
    destination: Destination
    output: JobOutput | None = None
    price: int
    credits_charged: int
    attempts: int
    max_attempts: int
    retry_count: int
    external_job_id: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    metadata: Mapping[str, JsonValue]
    watermark_applied: bool
    short_id: str | None = None
    video_id: UUID | None = None
    image_id: UUID | None = None
    starred: bool
    rating: int | None = None
    moderation_status: ModerationStatus
    reviewed_at: datetime | None = None
    reviewed_by: UUID | None = None
    review_notes: str | None = None
    original_prompt: str | None = None
    enhanced_prompt: str | None = None
    enhancement_strategy: str | None = None
    enhancement_time_ms: int | None = None
    compel_weights: Mapping[str, float] | None = None
    qwen_expansion_percentage: float | None = None
    template_name: str | None = None
    prompt_test_id: UUID | None = None
    test_metadata: Mapping[str, JsonValue] | None = None
    quality_rating: float | None = None
    quality_improvement: float | None = None
    project_name: str | None = None
    output_name: str | None = None
    render_config: Mapping[str, JsonValue] | None = None
    deleted_at: datetime | None = None

    @property
    def is_final(self) -> bool:
        """Tell whether the job has ended, in whatever way."""
        return is_final(self.status)


class Attempt(Document):
    """One try at a job; `finished_at` and `outcome` are `None` while it runs.

    `log_tail` is the end of what its engine said.
    """

    number: int
    worker: str | None = None
    started_at: datetime
    finished_at: datetime | None = None
    outcome: Outcome | None = None
    error_code: str | None = None
    error_message: str | None = None
    external_job_id: str | None = None
    log_tail: str


class ChildJob(Document):
    """A job that works on the output of another."""

    id: UUID
    job_type: JobType
    model: str
    status: JobStatus


class ReceiptEntry(Document):
    """One change of the balance by a job, in credits; a hold ends in a capture or a release."""

    kind: EntryKind
    amount: int
    balance_after: int
    reason: str
    created_at: datetime


class JobDetails(Job):
    """A job with what was done for it: its attempts and receipt first to last, its children oldest first."""

    attempt_history: Sequence[Attempt]
    children: Sequence[ChildJob]
    receipt: Sequence[ReceiptEntry]


class Batch(Document):
    """Jobs that were submitted together, in the order that they were asked for."""

    group_id: UUID
    jobs: Sequence[Job]


class QuotedJob(Document):
    """What one job would cost and take; all `None` if something is wrong with it."""

    price: int | None = None
    estimated_seconds: float | None = None
    why_waiting: WaitingReason | None = None
    queue_position: int | None = None
    estimated_wait_seconds: float | None = None


class QuoteProblem(Document):
    """One thing that a submission would be refused for."""

    field: str
    message: str


class Quote(Document):
    """What submitting this now would cost and take; prices are credits, `credits` is the balance."""

    jobs: Sequence[QuotedJob]
    total: int
    credits: int
    is_affordable: bool
    estimated_seconds: float | None = None
    problems: Sequence[QuoteProblem]


class SkippedJob(Document):
    """A job that was left as it was, and why."""

    id: UUID
    code: str
    reason: str


class BulkResult(Document):
    """What became of many jobs, each for itself; `more` tells whether the filter met more of them."""

    done: int
    skipped: int
    done_ids: Sequence[UUID]
    reasons: Sequence[SkippedJob]
    more: bool


class JobPage(Document):
    """A page of jobs, newest first; `counts` are of all that meet the filter, by status."""

    jobs: Sequence[Job]
    counts: Mapping[JobStatus, int]
    next_cursor: str | None = None
