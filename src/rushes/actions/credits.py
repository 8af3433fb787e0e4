"""Giving credits to an account."""

from uuid import UUID, uuid5

from rushes.actions.admin import administering, record
from rushes.db import accounts, audit, ledger
from rushes.db.ledger import Entry
from rushes.db.pool import Database, Tx
from rushes.db.queries import storable
from rushes.domain.audit import COMMAND_LINE, Actor, AuditAction, TargetType
from rushes.domain.credits import amount_problem, reason_problem
from rushes.domain.ids import UserId
from rushes.errors import InvalidFields, Missing


async def grant(database: Database, *, email: str, amount: int, reason: str) -> Entry:
    """Add credits to the account with this address, for somebody at the command line.

    Raises:
        InvalidFields: The amount or the reason is not allowed; both are named at once.
        Missing: There is no account with this address.
    """
    kept = _kept_reason(amount, reason)
    async with administering(database, COMMAND_LINE) as tx:
        account = await accounts.get_user_by_email(tx, email=email)
        if account is None:
            raise Missing(f"There is no account with the address {email!r}.")
        return await _grant(tx, COMMAND_LINE, account.id, amount=amount, reason=kept)


async def grant_to(database: Database, actor: Actor, *, user_id: UUID, amount: int, reason: str) -> Entry:
    """Add credits to an account, and write down why: in its ledger, and in the audit log.

    Raises:
        Denied: The actor is no administrator.
        InvalidFields: The amount or the reason is not allowed; both are named at once.
        Missing: There is no such account.
    """
    kept = _kept_reason(amount, reason)
    async with administering(database, actor) as tx:
        return await _grant(tx, actor, UserId(user_id), amount=amount, reason=kept)


async def grant_once(
    database: Database, actor: Actor, *, user_id: UUID, amount: int, reason: str, form_id: UUID
) -> None:
    """Add credits to an account as `grant_to` does, but once, however often the same form is sent.

    Raises:
        Denied: The actor is no administrator.
        InvalidFields: The amount or the reason is not allowed; both are named at once.
        Missing: There is no such account.
    """
    kept = _kept_reason(amount, reason)
    # A form that somebody went back to and changed is another one.
    entry_id = uuid5(form_id, f"{user_id} {amount} {kept}")
    async with administering(database, actor) as tx:
        # Under the account's lock: of two that come at once, the second finds what the first wrote down.
        await accounts.lock_user(tx, user_id=UserId(user_id))
        if not await audit.has_entry(tx, entry_id=entry_id):
            await _grant(tx, actor, UserId(user_id), amount=amount, reason=kept, entry_id=entry_id)


async def _grant(
    tx: Tx, actor: Actor, user_id: UserId, *, amount: int, reason: str, entry_id: UUID | None = None
) -> Entry:
    user = await accounts.lock_user(tx, user_id=user_id)
    if user is None:
        raise Missing("There is no such account.")
    entry = await ledger.add_grant(tx, user_id=user.id, amount=amount, reason=reason)
    target = (TargetType.USER, str(user.id))
    was = {"credits": user.credits}
    now = {"credits": entry.balance_after, "amount": amount, "reason": reason}
    await record(tx, actor, AuditAction.USER_GRANTED, target=target, before=was, after=now, entry_id=entry_id)
    return entry


def _kept_reason(amount: int, reason: str) -> str:
    kept = (storable(reason) or "").strip()
    if found := tuple(problem for problem in (amount_problem(amount), reason_problem(kept)) if problem):
        raise InvalidFields(fields=found)
    return kept
