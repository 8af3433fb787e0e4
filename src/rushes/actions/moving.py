"""Moving jobs on from what they were doing: their state, their money, and what waits for them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rushes.db import ledger, lifecycle
from rushes.db.ledger import HoldEnding
from rushes.db.lifecycle import Made
from rushes.db.pool import Tx
from rushes.domain.credits import EntryKind
from rushes.domain.endings import Verdict
from rushes.domain.jobs import CancelReason, Job, JobStatus, is_final


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What becomes of one locked job; `made` if it completes."""

    job: Job
    verdict: Verdict
    made: Made | None = None


def cancellation(job: Job, reason: CancelReason) -> Move:
    """Return the move that cancels a job."""
    return Move(job=job, verdict=Verdict(status=JobStatus.CANCELLED, cancelled_reason=reason))


async def move(tx: Tx, moves: Sequence[Move]) -> list[Job]:
    """Give each job its verdict, end its hold with it, and let go or cancel what waits for it.

    The caller holds the locks of the accounts and of the jobs, and admits afterwards.
    """
    if not moves:
        return []
    moved = await lifecycle.end_jobs(tx, [(one.job.id, one.verdict, one.made) for one in moves])
    await ledger.end_holds(tx, [_hold_ending(one) for one in moves if is_final(one.verdict.status)])
    if left := [one.job.id for one in moves if one.job.status is JobStatus.QUEUED and not _has_run(one.job)]:
        await lifecycle.give_back_shares(tx, job_ids=left)
    await _tell_children(tx, moves)
    return moved


def _hold_ending(one: Move) -> HoldEnding:
    if one.made is None:
        verdict = one.verdict
        reason = verdict.error_code or f"cancelled: {verdict.cancelled_reason}"
        return HoldEnding(job=one.job, kind=EntryKind.RELEASE, charged=0, reason=reason)
    charged = one.made.credits_charged
    return HoldEnding(job=one.job, kind=EntryKind.CAPTURE, charged=charged, reason=f"charged {charged}")


def _has_run(job: Job) -> bool:
    return job.attempts > job.attempts_before


async def _tell_children(tx: Tx, moves: Iterable[Move]) -> None:
    completed = [one.job.id for one in moves if one.verdict.status is JobStatus.COMPLETED]
    ended = [one.job.id for one in moves if is_final(one.verdict.status) and one.job.id not in completed]
    if completed:
        await lifecycle.release_children(tx, parent_ids=completed)
    if ended:
        cancelled = await lifecycle.cancel_children(tx, parent_ids=ended)
        reason = f"cancelled: {CancelReason.PARENT_FAILED}"
        releases = [
            HoldEnding(job=child, kind=EntryKind.RELEASE, charged=0, reason=reason) for child in cancelled
        ]
        await ledger.end_holds(tx, releases)
