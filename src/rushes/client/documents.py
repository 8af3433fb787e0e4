"""Jobs and files as typed values; fields that a newer server adds are kept beside them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, JsonValue

from rushes.domain.credits import EntryKind
from rushes.domain.jobs import CancelReason, JobStatus, JobType, Outcome, is_final
from rushes.domain.media import AssetRole, AssetStatus
from rushes.domain.waiting import WaitingReason


class Document(BaseModel):
    """An answer, or a part of one."""

    model_config = ConfigDict(frozen=True, extra="allow", protected_namespaces=())


class Asset(Document):
    """One stored file; what was measured is `None` until its `status` is `ready`."""

    id: UUID
    role: AssetRole
    status: AssetStatus
    file_name: str | None
    media_type: str
    bytes: int | None
    sha256: str | None
    width: int | None
    height: int | None
    duration_seconds: float | None
    fps: float | None
    error_code: str | None
    error_message: str | None
    created_at: datetime
    url: str | None
    url_expires_at: datetime | None


class JobOutput(Document):
    """What a completed job made; the address is signed and ends at `url_expires_at`."""

    url: str
    url_expires_at: datetime
    media_type: str
    duration_seconds: float
    file_size_bytes: int


class Job(Document):
    """One request for one output.

    `progress` is 0 to 100, `price` the most credits that it can cost, `credits_charged` what it did cost.
    """

    id: UUID
    parent_job_id: UUID | None
    project_id: UUID | None
    group_id: UUID | None
    job_type: JobType
    model: str
    status: JobStatus
    progress: int
    progress_text: str | None
    queue_position: int | None
    why_waiting: WaitingReason | None
    estimated_wait_seconds: float | None
    priority: int
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    cancel_requested_at: datetime | None
    cancelled_reason: CancelReason | None
    estimated_time_remaining: str | None
    processing_time_seconds: float | None
    prompt: str | None
    options: Mapping[str, JsonValue]
    output: JobOutput | None
    price: int
    credits_charged: int
    attempts: int
    max_attempts: int
    error_code: str | None
    error_message: str | None
    metadata: Mapping[str, JsonValue]
    watermark_applied: bool
    short_id: str | None
    video_id: UUID | None
    image_id: UUID | None
    starred: bool
    rating: int | None

    @property
    def is_final(self) -> bool:
        """Tell whether the job has ended, in whatever way."""
        return is_final(self.status)


class Attempt(Document):
    """One try at a job; `finished_at` and `outcome` are `None` while it runs.

    `log_tail` is the end of what its engine said.
    """

    number: int
    worker: str | None
    started_at: datetime
    finished_at: datetime | None
    outcome: Outcome | None
    error_code: str | None
    error_message: str | None
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

    price: int | None
    estimated_seconds: float | None
    why_waiting: WaitingReason | None
    queue_position: int | None
    estimated_wait_seconds: float | None


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
    estimated_seconds: float | None
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
    next_cursor: str | None


class Download(Document):
    """Where a completed job's output can be downloaded until `expires_at`."""

    url: str
    expires_at: datetime
    file_name: str
    media_type: str
    file_size_bytes: int
    duration_seconds: float


class Thumbnail(Document):
    """One file of a job to look at."""

    url: str
    media_type: str
    width: int | None
    height: int | None
    duration_seconds: float | None


class Spritesheet(Thumbnail):
    """A video at a glance: of n tiles in reading order, the i-th (from 0) shows it at i/n of its time."""

    columns: int
    rows: int


class Thumbnails(Document):
    """The files of a job to look at until `expires_at`; those that it does not have are `None`."""

    reference: Thumbnail | None
    motion: Thumbnail | None
    output: Thumbnail | None
    poster: Thumbnail | None
    preview: Thumbnail | None
    spritesheet: Spritesheet | None
    expires_at: datetime
