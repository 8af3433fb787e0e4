"""The ledger: every change of every balance, written once and never altered."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from rushes.db.pool import Tx
from rushes.db.queries import load
from rushes.domain.credits import EntryKind
from rushes.domain.ids import HoldId, JobId, UserId

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


async def add_grant(tx: Tx, *, user_id: UserId, amount: int, reason: str) -> Entry:
    """Give an account credits."""
    row = await _queries.add_entry(
        tx, id=uuid7(), user_id=user_id, kind=EntryKind.GRANT, amount=amount, reason=reason
    )
    return _entry(row)


async def add_hold(tx: Tx, *, hold_id: HoldId, user_id: UserId, amount: int, reason: str) -> Entry:
    """Set credits aside for a job; the caller has checked the balance under the account's lock."""
    row = await _queries.add_entry(
        tx, id=hold_id, user_id=user_id, kind=EntryKind.HOLD, amount=-amount, reason=reason
    )
    return _entry(row)


async def add_capture(
    tx: Tx, *, hold_id: HoldId, user_id: UserId, job_id: JobId, attempt: int, charged: int
) -> Entry:
    """End a hold by charging it; what it took beyond `charged` goes back."""
    row = await _queries.end_hold(
        tx,
        id=uuid7(),
        hold_id=hold_id,
        user_id=user_id,
        job_id=job_id,
        attempt=attempt,
        kind=EntryKind.CAPTURE,
        charged=charged,
        reason=f"charged {charged}",
    )
    return _entry(row)


async def add_release(tx: Tx, *, hold_id: HoldId, user_id: UserId, job_id: JobId, reason: str) -> Entry:
    """End a hold by giving all of it back."""
    row = await _queries.end_hold(
        tx,
        id=uuid7(),
        hold_id=hold_id,
        user_id=user_id,
        job_id=job_id,
        attempt=None,
        kind=EntryKind.RELEASE,
        charged=0,
        reason=reason,
    )
    return _entry(row)


async def list_entries(tx: Tx, *, user_id: UserId, before_id: UUID, count: int) -> list[Entry]:
    """Return a page of an account's entries, newest first."""
    rows = _queries.list_entries(tx, user_id=user_id, before_id=before_id, count=count)
    return [_entry(row) async for row in rows]


def _entry(row: Any) -> Entry:
    return Entry(
        id=row["id"],
        job_id=row["job_id"],
        kind=EntryKind(row["kind"]),
        amount=row["amount"],
        balance_after=row["balance_after"],
        reason=row["reason"],
        created_at=row["created_at"],
    )
