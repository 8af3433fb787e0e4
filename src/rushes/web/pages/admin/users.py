"""Accounts: finding them, and what each may do."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response
from uuid_utils.compat import uuid7

from rushes.actions import admin_accounts as actions
from rushes.actions import credits as credits_
from rushes.actions.admin import administering
from rushes.db import admin_accounts, ledger
from rushes.db.admin_accounts import Account
from rushes.db.pool import Tx
from rushes.domain.accounts import Plan
from rushes.domain.credits import MAX_GRANT, REASON_MAX_CHARACTERS
from rushes.errors import InvalidFields, Missing
from rushes.web.api.admin.access import Administrator
from rushes.web.api.cursors import cut_page, read_cursor
from rushes.web.deps import SignedIn, Visit, Wired
from rushes.web.errors import STATUSES
from rushes.web.pages.admin.access import PAGE_ROWS, Oversight, render_admin
from rushes.web.pages.admin.confirming import Question, ask
from rushes.web.pages.admin.listing import ListQuery, Words
from rushes.web.pages.notices import Notice, redirect

router = APIRouter(prefix="/users")

_HERE = "/admin/users"


class UsersQuery(ListQuery):
    """Which accounts to list: those with a text in their address."""

    q: Words = None


@router.get("")
async def show_list(request: Request, visit: Oversight, query: Annotated[UsersQuery, Query()]) -> Response:
    """Show a page of the accounts, newest first."""
    start = read_cursor(query.cursor)
    found = await admin_accounts.list_accounts(
        visit.tx, text=query.q, before_time=start.time, before_id=start.id, count=PAGE_ROWS + 1
    )
    page, next_cursor = cut_page(found, limit=PAGE_ROWS)
    return await render_admin(
        request,
        visit,
        "users.html",
        tab=_HERE,
        accounts=page,
        query=query,
        older=query.next_page(_HERE, next_cursor),
    )


@router.get("/{user_id}")
async def show(user_id: UUID, request: Request, visit: Oversight) -> Response:
    """Show an account, and what can be changed of it."""
    return await _render(request, visit, user_id)


@router.post("/{user_id}/grant")
async def grant(
    user_id: UUID,
    request: Request,
    services: Wired,
    viewer: SignedIn,
    administrator: Administrator,
    form_id: Annotated[UUID, Form(alias="form", default_factory=uuid7)],
    amount: Annotated[str, Form(alias="credits", max_length=20)] = "",
    reason: Annotated[str, Form(max_length=4 * REASON_MAX_CHARACTERS)] = "",
) -> Response:
    """Add credits to the account; a form that comes twice adds them once."""
    try:
        await credits_.grant_once(
            services.database,
            administrator,
            user_id=user_id,
            amount=_whole(amount),
            reason=reason,
            form_id=form_id,
        )
    except InvalidFields as error:
        problems = {one.field: one.message for one in error.fields}
        async with administering(services.database, administrator) as tx:
            visit = Visit(tx=tx, viewer=viewer)
            typed = {"credits": amount, "reason": reason}
            return await _render(
                request, visit, user_id, status=STATUSES[error.kind], problems=problems, typed=typed
            )
    return redirect(f"{_HERE}/{user_id}", Notice.GRANTED)


@router.post("/{user_id}/plan")
async def set_plan(
    user_id: UUID, services: Wired, administrator: Administrator, plan: Annotated[Plan, Form()]
) -> Response:
    """Put the account on another plan."""
    await actions.change(services.database, administrator, user_id=user_id, changes={"plan": plan})
    return redirect(f"{_HERE}/{user_id}", Notice.PLAN_CHANGED)


@router.get("/{user_id}/disable")
async def ask_to_disable(user_id: UUID, request: Request, visit: Oversight) -> Response:
    """Ask whether the account should be shut out."""
    account = await _require_account(visit.tx, user_id)
    question = Question(
        heading=f"Disable {account.email}?",
        text="It is signed out everywhere and cannot sign in, and its API keys are refused, until it is "
        "enabled again. Its jobs go on, and nothing of it is deleted.",
        action=f"{_HERE}/{user_id}/disable",
        word="Disable",
        keep="Keep it enabled",
        back=f"{_HERE}/{user_id}",
    )
    return await ask(request, visit, question, tab=_HERE)


@router.post("/{user_id}/disable")
async def disable(user_id: UUID, services: Wired, administrator: Administrator) -> Response:
    """Shut the account out."""
    await actions.change(services.database, administrator, user_id=user_id, changes={"disabled": True})
    return redirect(f"{_HERE}/{user_id}", Notice.ACCOUNT_DISABLED)


@router.post("/{user_id}/enable")
async def enable(user_id: UUID, services: Wired, administrator: Administrator) -> Response:
    """Let the account in again."""
    await actions.change(services.database, administrator, user_id=user_id, changes={"disabled": False})
    return redirect(f"{_HERE}/{user_id}", Notice.ACCOUNT_ENABLED)


async def _render(
    request: Request,
    visit: Visit,
    user_id: UUID,
    *,
    status: int = 200,
    problems: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response:
    account = await _require_account(visit.tx, user_id)
    return await render_admin(
        request,
        visit,
        "user.html",
        tab=_HERE,
        status=status,
        account=account,
        held=await ledger.sum_held(visit.tx, user_id=account.id),
        active=await admin_accounts.count_active(visit.tx, user_id=account.id),
        plans=list(Plan),
        most=MAX_GRANT,
        problems=problems or {},
        typed=typed or {},
        reason_length=REASON_MAX_CHARACTERS,
        form_id=uuid7(),
    )


async def _require_account(tx: Tx, user_id: UUID) -> Account:
    account = await admin_accounts.get_account(tx, user_id=user_id)
    if account is None:
        raise Missing("There is no such account.")
    return account


def _whole(text: str) -> int:
    # What is no number is told as what is too small: one sentence says what a number may be.
    return int(text) if text.isdecimal() else 0
