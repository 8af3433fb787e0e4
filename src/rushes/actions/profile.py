"""Changing what an account says of itself, and its password."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from rushes.actions.passwords import check_password, hash_password
from rushes.db import accounts
from rushes.db.pool import Database
from rushes.domain.accounts import (
    User,
    Viewer,
    avatar_problem,
    email_problem,
    password_problem,
    username_problem,
)
from rushes.errors import FieldProblem, InvalidFields, Unauthenticated

_WRONG_PASSWORD = FieldProblem(field="current_password", message="This is not the account's password.")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Profile:
    email: str
    username: str | None
    avatar_url: str | None


async def change(database: Database, viewer: Viewer, *, changes: Mapping[str, Any]) -> User:
    """Change an account's own words.

    Args:
        database: Where it is.
        viewer: Whose it is.
        changes: `username`, `avatar_url` or `email`, each only if it is to change; who changes the email
            address must give the `current_password` too, for with the address goes the account.

    Raises:
        InvalidFields: A value is not allowed, or the password is wrong; all are named at once.
        EmailTaken: Another account has the address.
        Unauthenticated: The account is gone.
    """
    wanted = {name: value for name, value in changes.items() if name != "current_password"}
    problems = [
        username_problem(wanted.get("username")),
        avatar_problem(wanted.get("avatar_url")),
        email_problem(wanted["email"]) if "email" in wanted else None,
    ]
    if "email" in wanted and not await _is_password(database, viewer, changes.get("current_password", "")):
        problems.append(_WRONG_PASSWORD)
    if found := tuple(problem for problem in problems if problem):
        raise InvalidFields(fields=found)
    async with database.transaction(viewer=viewer.user_id) as tx:
        user = await accounts.lock_user(tx, user_id=viewer.user_id)
        if user is None:
            raise Unauthenticated
        said = replace(
            _Profile(email=user.email, username=user.username, avatar_url=user.avatar_url), **wanted
        )
        changed = await accounts.update_profile(
            tx, user_id=user.id, email=said.email, username=said.username, avatar_url=said.avatar_url
        )
    assert changed is not None, "the row is locked above"
    return changed


async def change_password(database: Database, viewer: Viewer, *, current: str, new: str) -> None:
    """Change the password, and end every session but the viewer's own.

    Raises:
        InvalidFields: The current password is wrong, or the new one is not allowed; both are named at once.
    """
    problem = password_problem(new, field="new_password")
    is_right = await _is_password(database, viewer, current)
    if found := tuple(one for one in (None if is_right else _WRONG_PASSWORD, problem) if one):
        raise InvalidFields(fields=found)
    password_hash = await hash_password(new)
    async with database.transaction(viewer=viewer.user_id) as tx:
        await accounts.replace_password(tx, user_id=viewer.user_id, password_hash=password_hash)
        await accounts.revoke_other_sessions(tx, user_id=viewer.user_id, session_id=viewer.session_id)


async def _is_password(database: Database, viewer: Viewer, password: str) -> bool:
    async with database.transaction(viewer=viewer.user_id) as tx:
        user = await accounts.get_user(tx, user_id=viewer.user_id)
        known = None if user is None else await accounts.find_login(tx, email=user.email)
    return await check_password(password, known and known[1])
