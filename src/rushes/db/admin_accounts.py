"""All accounts, as administrators see and change them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from rushes.db.pool import Tx
from rushes.db.queries import load
from rushes.domain.accounts import Plan, Role
from rushes.domain.ids import UserId
from rushes.domain.jobs import JobStatus

_queries = load("admin_accounts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account; `slots` is its own limit, or `None` for its plan's; `credits` is its balance."""

    id: UserId
    email: str
    username: str | None
    role: Role
    plan: Plan
    credits: int
    slots: int | None
    created_at: datetime
    updated_at: datetime
    disabled_at: datetime | None


async def list_accounts(
    tx: Tx, *, text: str | None, before_time: datetime, before_id: UUID, count: int
) -> list[Account]:
    """Return a page of the accounts with a text in their address, newest first."""
    rows = _queries.list_accounts(tx, text=text, before_time=before_time, before_id=before_id, count=count)
    return [_account(row) async for row in rows]


async def get_account(tx: Tx, *, user_id: UUID) -> Account | None:
    """Return an account."""
    row = await _queries.get_account(tx, user_id=user_id)
    return row and _account(row)


async def change_account(
    tx: Tx, *, user_id: UUID, role: Role, plan: Plan, slots: int | None, is_disabled: bool
) -> None:
    """Set what an account may do; its row is locked."""
    await _queries.change_account(
        tx, user_id=user_id, role=role, plan=plan, slots=slots, is_disabled=is_disabled
    )


async def count_active(tx: Tx, *, user_id: UUID) -> dict[JobStatus, int]:
    """Return how many jobs of an account can still change, by state."""
    rows = _queries.count_active(tx, user_id=user_id)
    return {JobStatus(row["status"]): row["jobs"] async for row in rows}


def _account(row: Any) -> Account:
    return Account(
        id=UserId(row["id"]),
        email=row["email"],
        username=row["username"],
        role=Role(row["role"]),
        plan=Plan(row["plan"]),
        credits=row["credits"],
        slots=row["slots"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        disabled_at=row["disabled_at"],
    )
