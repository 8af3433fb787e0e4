"""Accounts, their sessions and their API keys."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from rushes.db.pool import Tx
from rushes.db.queries import load
from rushes.domain.accounts import ApiKey, Plan, Role, Session, User, Viewer
from rushes.domain.ids import ApiKeyId, SessionId, UserId

_queries = load("accounts")


async def insert_user(
    tx: Tx, *, user_id: UserId, email: str, password_hash: str, username: str | None, role: Role, plan: Plan
) -> User:
    """Create an account with an empty balance.

    Raises:
        EmailTaken: The address is in use, in whatever case.
    """
    row = await _queries.insert_user(
        tx, id=user_id, email=email, password_hash=password_hash, username=username, role=role, plan=plan
    )
    return _user(row)


async def get_user(tx: Tx, *, user_id: UserId) -> User | None:
    """Return an account."""
    row = await _queries.get_user(tx, user_id=user_id)
    return row and _user(row)


async def get_user_by_email(tx: Tx, *, email: str) -> User | None:
    """Return an account by its address, in whatever case."""
    row = await _queries.get_user_by_email(tx, email=email)
    return row and _user(row)


async def update_profile(
    tx: Tx, *, user_id: UserId, email: str, username: str | None, avatar_url: str | None
) -> User | None:
    """Change what an account says of itself.

    Raises:
        EmailTaken: The address is in use, in whatever case.
    """
    row = await _queries.update_profile(
        tx, user_id=user_id, email=email, username=username, avatar_url=avatar_url
    )
    return row and _user(row)


async def replace_password(tx: Tx, *, user_id: UserId, password_hash: str) -> None:
    """Change the password of an account."""
    await _queries.replace_password(tx, user_id=user_id, password_hash=password_hash)


async def lock_user(tx: Tx, *, user_id: UserId) -> User | None:
    """Take the account's row until the transaction ends; every change of its jobs begins with this."""
    row = await _queries.lock_user(tx, user_id=user_id)
    return row and _user(row)


async def lock_users(tx: Tx, *, user_ids: Iterable[UserId]) -> dict[UserId, User]:
    """Take the rows of several accounts until the transaction ends, in an order that never deadlocks."""
    rows = _queries.lock_users(tx, user_ids=list(user_ids))
    return {UserId(row["id"]): _user(row) async for row in rows}


async def find_login(tx: Tx, *, email: str) -> tuple[UserId, str] | None:
    """Return the id and password hash behind an address, unless the account is disabled."""
    row = await _queries.find_login(tx, email=email)
    return row and (UserId(row["user_id"]), row["password_hash"])


async def insert_session(
    tx: Tx, *, session_id: SessionId, user_id: UserId, user_agent: str | None, lifetime: timedelta
) -> None:
    """Open a session."""
    await _queries.insert_session(
        tx, id=session_id, user_id=user_id, user_agent=user_agent, lifetime=lifetime
    )


async def enter_session(tx: Tx, *, session_id: SessionId) -> Viewer | None:
    """Check a session and make its owner the viewer of this transaction."""
    row = await _queries.enter_session(tx, session_id=session_id)
    return row and _viewer(row, session_id=session_id)


async def enter_api_key(tx: Tx, *, key_sha256: bytes) -> Viewer | None:
    """Check an API key by its digest and make its owner the viewer of this transaction."""
    row = await _queries.enter_api_key(tx, key_sha256=key_sha256)
    return row and _viewer(row, session_id=None)


async def list_sessions(tx: Tx, *, user_id: UserId) -> list[Session]:
    """Return the account's open sessions, the last used first."""
    return [_session(row) async for row in _queries.list_sessions(tx, user_id=user_id)]


async def revoke_session(tx: Tx, *, session_id: UUID, user_id: UserId) -> bool:
    """End a session; `False` if the account has no such session, or it has ended."""
    return await _queries.revoke_session(tx, session_id=session_id, user_id=user_id) is not None


async def revoke_other_sessions(tx: Tx, *, user_id: UserId, session_id: SessionId | None) -> None:
    """End all sessions of an account but the one named."""
    await _queries.revoke_other_sessions(tx, user_id=user_id, session_id=session_id)


async def insert_api_key(
    tx: Tx,
    *,
    key_id: ApiKeyId,
    user_id: UserId,
    name: str,
    prefix: str,
    key_sha256: bytes,
    expires_at: datetime | None,
) -> ApiKey:
    """Store a key's digest."""
    row = await _queries.insert_api_key(
        tx, id=key_id, user_id=user_id, name=name, prefix=prefix, key_sha256=key_sha256, expires_at=expires_at
    )
    return _api_key(row)


async def count_api_keys(tx: Tx, *, user_id: UserId) -> int:
    """Return how many keys the account has that were not revoked."""
    return await _queries.count_api_keys(tx, user_id=user_id)


async def list_api_keys(tx: Tx, *, user_id: UserId) -> list[ApiKey]:
    """Return the account's keys that were not revoked, newest first."""
    return [_api_key(row) async for row in _queries.list_api_keys(tx, user_id=user_id)]


async def revoke_api_key(tx: Tx, *, key_id: UUID, user_id: UserId) -> bool:
    """End a key; `False` if the account has no such key."""
    return await _queries.revoke_api_key(tx, key_id=key_id, user_id=user_id) is not None


def _user(row: Any) -> User:
    return User(
        id=UserId(row["id"]),
        email=row["email"],
        username=row["username"],
        avatar_url=row["avatar_url"],
        role=Role(row["role"]),
        plan=Plan(row["plan"]),
        credits=row["credits"],
        slots=row["slots"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _viewer(row: Any, *, session_id: SessionId | None) -> Viewer:
    return Viewer(user_id=UserId(row["user_id"]), role=Role(row["role"]), session_id=session_id)


def _session(row: Any) -> Session:
    return Session(
        id=SessionId(row["id"]),
        user_agent=row["user_agent"],
        created_at=row["created_at"],
        last_used_at=row["last_used_at"],
        expires_at=row["expires_at"],
    )


def _api_key(row: Any) -> ApiKey:
    return ApiKey(
        id=ApiKeyId(row["id"]),
        name=row["name"],
        prefix=row["prefix"],
        created_at=row["created_at"],
        last_used_at=row["last_used_at"],
        expires_at=row["expires_at"],
    )
