"""The audit log: what administrators did, written once and never altered."""

from datetime import datetime
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from rushes.db.pool import Tx
from rushes.db.queries import load
from rushes.domain.audit import (
    COMMAND_LINE_NAME,
    Actor,
    AuditAction,
    AuditEntry,
    NewAuditEntry,
    TargetType,
)
from rushes.domain.ids import UserId

_queries = load("audit")


async def add_entry(tx: Tx, actor: Actor, entry: NewAuditEntry, *, entry_id: UUID | None = None) -> None:
    """Write down what an administrator does in this transaction."""
    await _queries.add_entry(
        tx,
        id=entry_id or uuid7(),
        actor_id=actor.user_id,
        nobody=COMMAND_LINE_NAME,
        action=entry.action,
        target_type=entry.target_type,
        target=entry.target,
        before=entry.before,
        after=entry.after,
        request_id=actor.request_id,
    )


async def has_entry(tx: Tx, *, entry_id: UUID) -> bool:
    """Tell whether an entry was written down."""
    return await _queries.has_entry(tx, id=entry_id)


async def list_entries(
    tx: Tx,
    *,
    actor: str | None,
    action: AuditAction | None,
    target_type: TargetType | None,
    target: str | None,
    before_time: datetime,
    before_id: UUID,
    count: int,
) -> list[AuditEntry]:
    """Return a page of the log, newest first; `None` filters nothing."""
    rows = _queries.list_entries(
        tx,
        actor=actor,
        action=action,
        target_type=target_type,
        target=target,
        before_time=before_time,
        before_id=before_id,
        count=count,
    )
    return [_entry(row) async for row in rows]


def _entry(row: Any) -> AuditEntry:
    return AuditEntry(
        id=row["id"],
        actor_id=row["actor_id"] and UserId(row["actor_id"]),
        actor=row["actor"],
        action=AuditAction(row["action"]),
        target_type=TargetType(row["target_type"]),
        target=row["target"],
        before=row["before"],
        after=row["after"],
        request_id=row["request_id"],
        created_at=row["created_at"],
    )
