"""Reading everything that can be observed of a run, and comparing it with the model."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rushes.domain.credits import EntryKind
from rushes.domain.ids import JobId, UserId
from rushes.domain.jobs import JobStatus
from tests.model.records import IN_A_SLOT, Attempt, Entry, Job
from tests.model.rules import World
from tests.model.stage import Stage

USERS = """
    SELECT u.id, u.credits, u.slots, count(j.id) FILTER (
        WHERE j.status IN ('validating', 'queued', 'processing')) AS taken
    FROM users u LEFT JOIN jobs j ON j.user_id = u.id
    WHERE u.id = ANY ($1) GROUP BY u.id
"""
JOBS = """
    SELECT j.id, j.user_id AS owner, j.parent_job_id AS parent, j.model, j.lane, j.status, j.priority,
        j.place, j.awaits_parent, j.attempts, j.attempts_before, j.max_attempts,
        j.cancel_requested_reason AS cancel_requested,
        j.cancelled_reason, j.error_code, j.error_message, j.price, j.credits_charged AS charged, j.lease,
        CASE WHEN j.status = 'processing' THEN j.worker_id END AS worker,
        CASE WHEN j.status IN ('queued', 'processing') THEN j.fair_rank END AS rank,
        j.status = 'queued' AND j.parked AND j.run_at > now() AS in_backoff,
        j.status = 'processing' AND j.lease_until < now() AS has_lapsed,
        j.progress, CASE WHEN p.job_id IS NOT NULL THEN ARRAY[p.progress::text, p.progress_text] END AS said,
        (p.lease = j.lease) IS NOT FALSE AS said_by_its_attempt,
        j.short_id IS NOT NULL AS has_short_id, v.id IS NOT NULL AND v.id = j.video_id AS has_video,
        h.kind AS hold, h.amount AS held, e.kind AS hold_ended_by
    FROM jobs j
    LEFT JOIN job_progress p ON p.job_id = j.id
    LEFT JOIN videos v ON v.job_id = j.id
    LEFT JOIN ledger h ON h.id = j.hold_id
    LEFT JOIN ledger e ON e.hold_id = j.hold_id
    WHERE j.user_id = ANY ($1)
"""
ATTEMPTS = """
    SELECT a.job_id, a.number, a.lease, a.worker_id AS worker, a.finished_at IS NULL AS runs, a.outcome,
        a.error_code, a.error_message, a.log, a.checkpoint, a.external_job_id AS external_id
    FROM attempts a JOIN jobs j ON j.id = a.job_id WHERE j.user_id = ANY ($1)
"""
ENTRIES = """
    SELECT l.user_id, l.kind, l.amount, l.balance_after, l.attempt, coalesce(l.job_id, held.job_id) AS job_id
    FROM ledger l LEFT JOIN LATERAL (
        SELECT substring(l.reason FROM '[0-9a-f-]{36}')::uuid AS job_id) held ON l.kind = 'hold'
    WHERE l.user_id = ANY ($1) AND l.kind <> 'grant' ORDER BY l.id
"""
EVENTS = """
    SELECT job_id, array_agg(type ORDER BY id) AS types FROM job_events
    WHERE user_id = ANY ($1) GROUP BY job_id
"""
ENDED_BY: Mapping[JobStatus, EntryKind] = {
    JobStatus.COMPLETED: EntryKind.CAPTURE,
    JobStatus.FAILED: EntryKind.RELEASE,
    JobStatus.CANCELLED: EntryKind.RELEASE,
}


def compare(stage: Stage, world: World, grants: Mapping[UserId, int]) -> None:
    """Read the state of all accounts of a run, and check that the model is in the same."""
    questions = (JOBS, ATTEMPTS, EVENTS, USERS, ENTRIES)
    jobs, attempts, events, users, entries = stage.read(questions, list(grants))
    assert {row["id"]: dict(row) for row in jobs} == {job.id: _seen(job) for job in world.jobs}
    assert {(row["job_id"], row["number"]): dict(row) for row in attempts} == {
        (job.id, one.number): _seen_attempt(one) for job in world.jobs for one in job.attempts
    }
    assert {row["job_id"]: row["types"] for row in events} == {job.id: job.events for job in world.jobs}
    assert {row["id"]: (row["credits"], row["slots"], row["taken"]) for row in users} == {
        account.id: (account.balance, account.slots, _slots_taken(world, account.id))
        for account in world.accounts
    }
    _compare_entries(entries, world, grants)


def _compare_entries(rows: Sequence[Any], world: World, grants: Mapping[UserId, int]) -> None:
    # Holds that end in one transaction do so in no particular order: each balance is checked by the last.
    balances = dict(grants)
    entries: dict[UserId, Counter[Entry]] = {user_id: Counter() for user_id in grants}
    for row in rows:
        user_id = row["user_id"]
        balances[user_id] += row["amount"]
        assert row["balance_after"] == balances[user_id] >= 0
        entries[user_id][EntryKind(row["kind"]), row["amount"], JobId(row["job_id"]), row["attempt"]] += 1
    assert entries == {account.id: account.entries for account in world.accounts}


def _slots_taken(world: World, user_id: UserId) -> int:
    return sum(job.owner.id == user_id and job.status in IN_A_SLOT for job in world.jobs)


def _seen(job: Job) -> dict[str, Any]:
    attempt = job.attempt
    is_completed = job.status is JobStatus.COMPLETED
    said = attempt and attempt.progress
    return {
        "id": job.id,
        "owner": job.owner.id,
        "parent": job.parent and job.parent.id,
        "model": job.wish.model.slug,
        "lane": job.wish.model.lane,
        "status": job.status,
        "priority": job.wish.priority,
        "place": job.place,
        "awaits_parent": job.awaits_parent,
        "attempts": len(job.attempts),
        "attempts_before": job.attempts_before,
        "max_attempts": job.max_attempts,
        "cancel_requested": job.cancel_requested,
        "cancelled_reason": job.cancelled_reason,
        "error_code": job.error_code,
        "error_message": job.error_message,
        "price": job.price,
        "charged": job.charged,
        "lease": attempt and attempt.lease,
        "worker": attempt and attempt.worker,
        "rank": job.rank if job.status in {JobStatus.QUEUED, JobStatus.PROCESSING} else None,
        "in_backoff": job.in_backoff,
        "has_lapsed": attempt is not None and attempt.has_lapsed,
        "progress": 100 if is_completed else 0,
        "said": [str(said[0]), said[1]] if said else None,
        "said_by_its_attempt": True,
        "has_short_id": is_completed,
        "has_video": is_completed,
        "hold": EntryKind.HOLD,
        "held": -job.price,
        "hold_ended_by": ENDED_BY.get(job.status),
    }


def _seen_attempt(attempt: Attempt) -> dict[str, Any]:
    return {
        "job_id": attempt.job.id,
        "number": attempt.number,
        "lease": attempt.lease,
        "worker": attempt.worker,
        "runs": attempt.outcome is None,
        "outcome": attempt.outcome,
        "error_code": attempt.error_code,
        "error_message": attempt.error_message,
        "log": attempt.log,
        "checkpoint": attempt.checkpoint,
        "external_id": attempt.external_id,
    }
