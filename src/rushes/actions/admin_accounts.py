"""What administrators do to accounts: what each may do, and whether it may do anything."""

from typing import Any, TypedDict
from uuid import UUID

from uuid_utils.compat import uuid7

from rushes.actions.accounts import Registration, check_registration, open_account
from rushes.actions.admin import administering, record
from rushes.actions.admission import admit
from rushes.db import accounts, admin_accounts
from rushes.db.admin_accounts import Account
from rushes.db.pool import Database, Tx
from rushes.domain.accounts import Plan, Role, User
from rushes.domain.audit import COMMAND_LINE, Actor, AuditAction, TargetType
from rushes.domain.ids import UserId
from rushes.errors import Conflict, Missing


class AccountChanges(TypedDict, total=False):
    """What becomes of an account; what is left out stays. Without slots of its own it has its plan's."""

    plan: Plan
    role: Role
    slots: int | None
    disabled: bool


async def create(database: Database, registration: Registration) -> User:
    """Create an account for somebody at the command line, of whatever role and plan.

    Raises:
        InvalidFields: The address, the password or the user name is not allowed; all are named at once.
        EmailTaken: The address is in use.
    """
    password_hash = await check_registration(registration)
    user_id = UserId(uuid7())
    async with administering(database, COMMAND_LINE) as tx:
        user = await open_account(tx, registration, user_id=user_id, password_hash=password_hash)
        now = {"email": user.email, "role": user.role, "plan": user.plan, "credits": user.credits}
        target = (TargetType.USER, str(user.id))
        await record(tx, COMMAND_LINE, AuditAction.USER_CREATED, target=target, before=None, after=now)
    return user


async def change(database: Database, actor: Actor, *, user_id: UUID, changes: AccountChanges) -> Account:
    """Change what an account may do, and let in what it may now have under way.

    A disabled account cannot sign in, and what it is signed in with is worth nothing until it is enabled
    again; its jobs go on.

    Raises:
        Denied: The actor is no administrator.
        Missing: There is no such account.
        Conflict: Administrators would shut themselves out.
    """
    async with administering(database, actor) as tx:
        await accounts.lock_user(tx, user_id=UserId(user_id))
        before = await _require_account(tx, user_id)
        wanted: dict[str, Any] = {**_kept(before), **changes}
        if user_id == actor.user_id and (wanted["role"] is not Role.ADMIN or wanted["disabled"]):
            raise Conflict("You cannot shut yourself out; ask another administrator.")
        await admin_accounts.change_account(
            tx,
            user_id=user_id,
            role=wanted["role"],
            plan=wanted["plan"],
            slots=wanted["slots"],
            is_disabled=wanted["disabled"],
        )
        user = await accounts.get_user(tx, user_id=UserId(user_id))
        if user is not None:
            await admit(tx, [user])
        target = (TargetType.USER, str(user_id))
        await record(tx, actor, AuditAction.USER_CHANGED, target=target, before=_kept(before), after=wanted)
        return await _require_account(tx, user_id)


def _kept(account: Account) -> dict[str, Any]:
    return {
        "plan": account.plan,
        "role": account.role,
        "slots": account.slots,
        "disabled": account.disabled_at is not None,
    }


async def _require_account(tx: Tx, user_id: UUID) -> Account:
    account = await admin_accounts.get_account(tx, user_id=user_id)
    if account is None:
        raise Missing("There is no such account.")
    return account
