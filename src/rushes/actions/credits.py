"""Giving credits to an account."""

from rushes.db import accounts, ledger
from rushes.db.ledger import Entry
from rushes.db.pool import Database
from rushes.db.queries import storable
from rushes.domain.credits import amount_problem, reason_problem
from rushes.errors import InvalidFields, Missing


async def grant(database: Database, *, email: str, amount: int, reason: str) -> Entry:
    """Add credits to the account with this address, and write down why.

    Raises:
        InvalidFields: The amount or the reason is not allowed; both are named at once.
        Missing: There is no account with this address.
    """
    kept = (storable(reason) or "").strip()
    if found := tuple(problem for problem in (amount_problem(amount), reason_problem(kept)) if problem):
        raise InvalidFields(fields=found)
    async with database.transaction() as tx:
        account = await accounts.get_user_by_email(tx, email=email)
        user = account and await accounts.lock_user(tx, user_id=account.id)
        if user is None:
            raise Missing(f"There is no account with the address {email!r}.")
        return await ledger.add_grant(tx, user_id=user.id, amount=amount, reason=kept)
