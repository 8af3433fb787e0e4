"""The transaction of an administrator, and what it leaves in the audit log."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from rushes.db import audit
from rushes.db.pool import Database, Tx
from rushes.domain.audit import Actor, AuditAction, NewAuditEntry, TargetType, differences


@asynccontextmanager
async def administering(database: Database, actor: Actor) -> AsyncGenerator[Tx]:
    """Begin a transaction that sees the rows of all accounts.

    The command line connects as the owner of the schema, whom no policy binds; on a connection of the web
    it would see nothing.

    Raises:
        Denied: The actor's account is no administrator's.
    """
    if actor.user_id is None:
        async with database.transaction() as tx:
            yield tx
    else:
        async with database.administration(viewer=actor.user_id) as tx:
            yield tx


async def record(
    tx: Tx,
    actor: Actor,
    action: AuditAction,
    *,
    target: tuple[TargetType, str],
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any],
    entry_id: UUID | None = None,
) -> None:
    """Write down what an act changed, if it did; `before` is `None` for what was not there.

    An act that may be asked for twice has an `entry_id` of its own; any other gets one.
    """
    was, now = (None, dict(after)) if before is None else differences(before, after)
    if now:
        entry = NewAuditEntry(action=action, target_type=target[0], target=target[1], before=was, after=now)
        await audit.add_entry(tx, actor, entry, entry_id=entry_id)
