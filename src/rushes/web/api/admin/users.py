"""Accounts: finding them, and what each may do."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, StrictBool, model_validator

from rushes.actions import admin_accounts as actions
from rushes.actions import credits as credits_
from rushes.actions.admin_accounts import AccountChanges
from rushes.db import admin_accounts, ledger
from rushes.db.admin_accounts import Account
from rushes.domain.accounts import Plan, Role
from rushes.domain.credits import MAX_GRANT, REASON_MAX_CHARACTERS
from rushes.domain.jobs import JobStatus
from rushes.errors import Missing
from rushes.web.api.admin.access import Administrator, CursorText, Limit, Overview
from rushes.web.api.admin.ledger_lines import LedgerLine
from rushes.web.api.cursors import cut_page, read_cursor
from rushes.web.api.wording import Ask, Text
from rushes.web.deps import Wired
from rushes.web.errors import documented

router = APIRouter(prefix="/users", tags=["admin"])

MAX_SLOTS = 10_000


class AccountDocument(BaseModel):
    """An account as administrators see it."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    email: str
    username: str | None
    role: Role
    plan: Plan
    credits: Annotated[int, Field(description="The balance.")]
    slots: Annotated[
        int | None, Field(description="How many jobs it may have under way; null: as its plan says.")
    ]
    created_at: datetime
    updated_at: datetime
    disabled_at: Annotated[datetime | None, Field(description="Since when it cannot sign in.")]

    @classmethod
    def of(cls, account: Account) -> Self:
        """Show an account to an administrator."""
        return cls.model_validate(account)


class AccountDetails(AccountDocument):
    """An account with what it has under way."""

    credits_held: Annotated[int, Field(description="Set aside for jobs that have not ended.")]
    active_jobs: Annotated[dict[JobStatus, int], Field(description="Jobs that can still change, by status.")]


class AccountPage(BaseModel):
    """A page of the accounts, newest first."""

    users: list[AccountDocument]
    next_cursor: Annotated[str | None, Field(description="`cursor` of the next page; null on the last.")]


class AccountBody(Ask):
    """What becomes of an account; what is left out stays as it is."""

    # The defaults are never read; made by a factory, they are not documented as what an absent field means.
    plan: Annotated[Plan, Field(default_factory=lambda: Plan.FREE, description="What it pays for.")]
    role: Annotated[
        Role, Field(default_factory=lambda: Role.USER, description="`admin` may do all that is here.")
    ]
    slots: Annotated[
        int | None,
        Field(ge=0, le=MAX_SLOTS, description="How many jobs it may have under way; null: as its plan says."),
    ] = None
    disabled: Annotated[StrictBool, Field(default_factory=bool, description="Whether it is shut out.")]

    @model_validator(mode="after")
    def _require_any(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("name at least one field to change")
        return self

    def changes(self) -> AccountChanges:
        """Return what the action takes."""
        return AccountChanges(**{name: getattr(self, name) for name in self.model_fields_set})


class GrantBody(Ask):
    """Credits for an account."""

    credits: Annotated[int, Field(ge=1, le=MAX_GRANT, description="How many to add.", examples=[500])]
    reason: Annotated[
        Text,
        Field(
            min_length=1,
            max_length=REASON_MAX_CHARACTERS,
            # A reason of spaces is none.
            pattern=r"\S",
            description="Why; the account's owner can read it.",
            examples=["sorry for Monday"],
        ),
    ]


@router.get("", responses=documented(401, 403))
async def list_users(
    tx: Overview,
    q: Annotated[
        Text | None, Query(max_length=254, description="A part of the address, in any case.")
    ] = None,
    limit: Limit = 20,
    cursor: CursorText = None,
) -> AccountPage:
    """Return a page of the accounts, newest first."""
    start = read_cursor(cursor)
    found = await admin_accounts.list_accounts(
        tx, text=q, before_time=start.time, before_id=start.id, count=limit + 1
    )
    page, next_cursor = cut_page(found, limit=limit)
    return AccountPage(users=[AccountDocument.of(account) for account in page], next_cursor=next_cursor)


@router.get("/{user_id}", responses=documented(401, 403, 404))
async def show_user(user_id: UUID, tx: Overview) -> AccountDetails:
    """Return an account with what it has under way."""
    account = await admin_accounts.get_account(tx, user_id=user_id)
    if account is None:
        raise Missing("There is no such account.")
    return AccountDetails(
        **AccountDocument.of(account).model_dump(),
        credits_held=await ledger.sum_held(tx, user_id=account.id),
        active_jobs=await admin_accounts.count_active(tx, user_id=account.id),
    )


@router.patch("/{user_id}", responses=documented(401, 403, 404, 409))
async def change_user(
    user_id: UUID, body: AccountBody, services: Wired, administrator: Administrator
) -> AccountDocument:
    """Change what an account may do; more slots let in at once what waits for one.

    A disabled account is signed out everywhere, its API keys included; its jobs go on. Nobody can disable or
    demote himself.
    """
    changed = await actions.change(services.database, administrator, user_id=user_id, changes=body.changes())
    return AccountDocument.of(changed)


@router.post("/{user_id}/grant", status_code=201, responses=documented(401, 403, 404))
async def grant(user_id: UUID, body: GrantBody, services: Wired, administrator: Administrator) -> LedgerLine:
    """Add credits to an account; answers the entry of its ledger."""
    entry = await credits_.grant_to(
        services.database, administrator, user_id=user_id, amount=body.credits, reason=body.reason
    )
    return LedgerLine.of(entry)
