"""How an attempt can end, and what its job becomes by that."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Self

from rushes.domain.ids import JobId, Lease, UserId
from rushes.domain.jobs import Attempt, CancelReason, Job, JobStatus, Outcome
from rushes.domain.media import AssetRole, StoredOutput
from rushes.domain.scheduling import MAX_WORKERS_KILLED, backoff


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What an attempt made: its stored files, and how (engine, version, generative, signed) for the library.

    `metrics` are what its engine measured, by name; `watermarked` tells whether the output has the mark.
    """

    files: Mapping[AssetRole, StoredOutput]
    made_by: Mapping[str, Any]
    metrics: Mapping[str, float] = field(default_factory=dict[str, float])
    watermarked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapsed:
    """An attempt whose lease has run out."""

    job_id: JobId
    user_id: UserId
    lease: Lease


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How one attempt ended; `outcome` is what the attempt says, whatever that does to its job.

    `handed_back` tells a retry that is nobody's fault: it costs the job none of its attempts.
    """

    job_id: JobId
    user_id: UserId
    lease: Lease
    outcome: Outcome
    output: Output | None = None
    error_code: str | None = None
    error_message: str | None = None
    handed_back: bool = False
    log: str = ""

    @classmethod
    def success(cls, attempt: Attempt, output: Output, *, log: str) -> Self:
        """End an attempt that made its output."""
        return cls._of(attempt, Outcome.SUCCEEDED, output=output, log=log)

    @classmethod
    def failure(
        cls, attempt: Attempt, *, error_code: str, error_message: str, retryable: bool, log: str
    ) -> Self:
        """End an attempt that went wrong."""
        outcome = Outcome.RETRY if retryable else Outcome.FAILED
        return cls._of(attempt, outcome, error_code=error_code, error_message=error_message, log=log)

    @classmethod
    def stop(cls, attempt: Attempt, *, log: str) -> Self:
        """End an attempt that was told to stop, now that its engine is gone."""
        return cls._of(attempt, Outcome.CANCELLED, log=log)

    @classmethod
    def hand_back(cls, attempt: Attempt, *, log: str) -> Self:
        """End an attempt that its worker had to give up."""
        message = "The worker was shut down."
        return cls._of(
            attempt,
            Outcome.RETRY,
            error_code="worker_stopped",
            error_message=message,
            handed_back=True,
            log=log,
        )

    @classmethod
    def loss(cls, lapsed: Lapsed) -> Self:
        """End an attempt whose worker fell silent."""
        return cls(
            job_id=lapsed.job_id,
            user_id=lapsed.user_id,
            lease=lapsed.lease,
            outcome=Outcome.LOST,
            error_code="worker_lost",
            error_message="The worker fell silent.",
        )

    @classmethod
    def _of(cls, attempt: Attempt, outcome: Outcome, **rest: Any) -> Self:
        job = attempt.job
        return cls(job_id=job.id, user_id=job.user_id, lease=attempt.lease, outcome=outcome, **rest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What becomes of a job; a queued one runs again after `delay`, with `spared` attempts given back."""

    status: JobStatus
    delay: timedelta = timedelta(0)
    spared: int = 0
    error_code: str | None = None
    error_message: str | None = None
    cancelled_reason: CancelReason | None = None


def judge(job: Job, ending: Ending, *, workers_killed: int, failures: int, jitter: float) -> Verdict:
    """Say what becomes of a running job by the ending of its attempt.

    Args:
        job: As it stands, under its lock.
        ending: How its attempt ended.
        workers_killed: How many attempts of the job were lost since it was last asked for, with this one.
        failures: How many of them failed for a while, without this one.
        jitter: 0 to 1, for the backoff.
    """
    if ending.outcome is Outcome.SUCCEEDED:
        return Verdict(status=JobStatus.COMPLETED)
    if ending.outcome is Outcome.CANCELLED or job.cancel_requested_at is not None:
        reason = job.cancel_requested_reason or CancelReason.USER
        return Verdict(status=JobStatus.CANCELLED, cancelled_reason=reason)
    if ending.handed_back:
        return Verdict(status=JobStatus.QUEUED, spared=1)
    if ending.outcome is Outcome.LOST and workers_killed >= MAX_WORKERS_KILLED:
        message = f"{workers_killed} workers fell silent over this job; it is not tried again by itself."
        return Verdict(status=JobStatus.FAILED, error_code="quarantined", error_message=message)
    if ending.outcome is Outcome.FAILED or job.attempts >= job.max_attempts:
        return Verdict(
            status=JobStatus.FAILED, error_code=ending.error_code, error_message=ending.error_message
        )
    lost = ending.outcome is Outcome.LOST
    delay = timedelta(0) if lost else backoff(failures + 1, jitter=jitter)
    return Verdict(status=JobStatus.QUEUED, delay=delay)


def outcome_of(ending: Ending, verdict: Verdict) -> Outcome:
    """Return how the attempt is remembered: what could be retried has failed if it is not."""
    given_up = ending.outcome is Outcome.RETRY and verdict.status is JobStatus.FAILED
    return Outcome.FAILED if given_up else ending.outcome
