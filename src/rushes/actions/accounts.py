"""Registering, signing in and out, and API keys."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from uuid_utils.compat import uuid7

from rushes.actions.passwords import check_password, hash_password
from rushes.db import accounts, ledger
from rushes.db.pool import Database, Tx
from rushes.domain.accounts import (
    MAX_API_KEYS,
    USERNAME_MAX_CHARACTERS,
    ApiKey,
    Plan,
    Role,
    User,
    Viewer,
    email_problem,
    password_problem,
)
from rushes.domain.credits import SIGNUP_GRANT
from rushes.domain.ids import ApiKeyId, SessionId, UserId
from rushes.errors import Conflict, FieldProblem, InvalidFields, Missing, Unauthenticated

SESSION_LIFETIME = timedelta(days=30)
API_KEY_PREFIX = "rsk_"
_SHOWN_CHARACTERS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A session that was just opened."""

    user: User
    session_id: SessionId
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What a new account is made from."""

    email: str
    password: str
    username: str | None = None
    role: Role = Role.USER
    plan: Plan = Plan.FREE
    credits: int = SIGNUP_GRANT


async def register(database: Database, registration: Registration) -> User:
    """Create an account and grant it its first credits.

    Raises:
        InvalidFields: The address, the password or the user name is not allowed; all are named at once.
        EmailTaken: The address is in use.
    """
    password_hash = await check_registration(registration)
    user_id = UserId(uuid7())
    async with database.transaction(viewer=user_id) as tx:
        return await open_account(tx, registration, user_id=user_id, password_hash=password_hash)


async def check_registration(registration: Registration) -> str:
    """Return the hash of a new account's password.

    Raises:
        InvalidFields: The address, the password or the user name is not allowed; all are named at once.
    """
    _require_valid(registration)
    return await hash_password(registration.password)


async def open_account(tx: Tx, registration: Registration, *, user_id: UserId, password_hash: str) -> User:
    """Write an account down with its first credits; what it is made from was checked.

    Raises:
        EmailTaken: The address is in use.
    """
    await accounts.insert_user(
        tx,
        user_id=user_id,
        email=registration.email,
        password_hash=password_hash,
        username=registration.username,
        role=registration.role,
        plan=registration.plan,
    )
    if registration.credits:
        await ledger.add_grant(tx, user_id=user_id, amount=registration.credits, reason="welcome")
    user = await accounts.get_user(tx, user_id=user_id)
    assert user is not None, "the row was inserted above"
    return user


async def login(database: Database, *, email: str, password: str, user_agent: str | None) -> Login:
    """Open a session.

    Raises:
        Unauthenticated: The address or the password is wrong; which one is not told.
    """
    async with database.transaction() as tx:
        found = await accounts.find_login(tx, email=email)
    if not await check_password(password, found and found[1]) or found is None:
        raise Unauthenticated("The email address or the password is wrong.")
    session_id = SessionId(uuid7())
    async with database.transaction(viewer=found[0]) as tx:
        await accounts.insert_session(
            tx, session_id=session_id, user_id=found[0], user_agent=user_agent, lifetime=SESSION_LIFETIME
        )
        user = await accounts.get_user(tx, user_id=found[0])
    if user is None:
        raise Unauthenticated
    return Login(user=user, session_id=session_id, expires_at=datetime.now(UTC) + SESSION_LIFETIME)


async def logout(database: Database, viewer: Viewer) -> None:
    """End the viewer's session; an API key has none."""
    if viewer.session_id is None:
        return
    async with database.transaction(viewer=viewer.user_id) as tx:
        await accounts.revoke_session(tx, session_id=viewer.session_id, user_id=viewer.user_id)


async def create_api_key(
    database: Database, viewer: Viewer, *, name: str, expires_at: datetime | None
) -> tuple[ApiKey, str]:
    """Make an API key; the key itself is returned here and never again.

    Raises:
        Conflict: The viewer has as many keys as an account may have.
    """
    secret = API_KEY_PREFIX + secrets.token_urlsafe(32)
    async with database.transaction(viewer=viewer.user_id) as tx:
        # Locked, so that two requests at once cannot both be the last that is allowed.
        await accounts.lock_user(tx, user_id=viewer.user_id)
        if await accounts.count_api_keys(tx, user_id=viewer.user_id) >= MAX_API_KEYS:
            raise Conflict(f"An account can have {MAX_API_KEYS} API keys; revoke one first.")
        key = await accounts.insert_api_key(
            tx,
            key_id=ApiKeyId(uuid7()),
            user_id=viewer.user_id,
            name=name,
            prefix=secret[:_SHOWN_CHARACTERS],
            key_sha256=digest_of_key(secret),
            expires_at=expires_at,
        )
    return key, secret


async def revoke_api_key(database: Database, viewer: Viewer, *, key_id: UUID) -> None:
    """End one of the viewer's API keys.

    Raises:
        Missing: He has no such key.
    """
    async with database.transaction(viewer=viewer.user_id) as tx:
        if not await accounts.revoke_api_key(tx, key_id=key_id, user_id=viewer.user_id):
            raise Missing("There is no such API key.")


def digest_of_key(secret: str) -> bytes:
    """Return what is stored of an API key: 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).digest()


def _require_valid(registration: Registration) -> None:
    problems = [email_problem(registration.email), password_problem(registration.password)]
    if registration.username is not None and not 1 <= len(registration.username) <= USERNAME_MAX_CHARACTERS:
        problems.append(
            FieldProblem(field="username", message=f"Use 1 to {USERNAME_MAX_CHARACTERS} characters.")
        )
    if found := tuple(problem for problem in problems if problem):
        raise InvalidFields(fields=found)
