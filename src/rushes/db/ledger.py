"""The ledger: every change of every balance, written once and never altered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from rushes.db.pool import Tx
from rushes.db.queries import load
from rushes.domain.credits import EntryKind
from rushes.domain.ids import HoldId, JobId, UserId
from rushes.domain.jobs import Job

_queries = load("ledger")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One change of a balance; `amount` and `balance_after` are credits."""

    id: UUID
    job_id: JobId | None
    kind: EntryKind
    amount: int
    balance_after: int
    reason: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldEnding:
    """How the hold of a job ends; `charged` are credits, none for a release."""

    job: Job
    kind: EntryKind
    charged: int
    reason: str


async def add_grant(tx: Tx, *, user_id: UserId, amount: int, reason: str) -> Entry:
    """Give an account credits."""
    row = await _queries.add_entry(
        tx, id=uuid7(), user_id=user_id, kind=EntryKind.GRANT, amount=amount, reason=reason
    )
    return entry_from_row(row)


async def add_hold(tx: Tx, *, user_id: UserId, amount: int, reason: str) -> HoldId:
    """Set credits of an account aside for a job; the caller has checked the balance under its lock."""
    row = await _queries.add_entry(
        tx, id=uuid7(), user_id=user_id, kind=EntryKind.HOLD, amount=-amount, reason=reason
    )
    return HoldId(row["id"])


async def end_holds(tx: Tx, endings: Sequence[HoldEnding]) -> None:
    """End holds: by charging them, whereby what they took beyond that goes back, or by giving all back."""
    rows = [
        {
            "id": uuid7(),
            "user_id": ending.job.user_id,
            "job_id": ending.job.id,
            "hold_id": ending.job.hold_id,
            "attempt": ending.job.attempts or None,
            "kind": ending.kind,
            "charged": ending.charged,
            "reason": ending.reason,
        }
        for ending in endings
    ]
    if rows:
        await _queries.end_holds(tx, rows=rows)


async def sum_held(tx: Tx, *, user_id: UserId) -> int:
    """Return what the account has set aside for jobs that have not ended, in credits."""
    return await _queries.sum_held(tx, user_id=user_id)


async def list_entries(tx: Tx, *, user_id: UserId, before_id: UUID, count: int) -> list[Entry]:
    """Return a page of the changes of an account's balance, newest first; a hold names its job too."""
    rows = _queries.list_entries(tx, user_id=user_id, before_id=before_id, count=count)
    return [entry_from_row(row) async for row in rows]


def entry_from_row(row: Any) -> Entry:
    """Build an entry from a row of the ledger."""
    return Entry(
        id=row["id"],
        job_id=row["job_id"] and JobId(row["job_id"]),
        kind=EntryKind(row["kind"]),
        amount=row["amount"],
        balance_after=row["balance_after"],
        reason=row["reason"],
        created_at=row["created_at"],
    )
