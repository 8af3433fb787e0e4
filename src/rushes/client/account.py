"""The account: signing up and in, its balance, its API keys, and the models that it can use."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import TypedDict, Unpack
from uuid import UUID

from pydantic import JsonValue

from rushes.client.documents import Document
from rushes.client.paging import each
from rushes.client.server import Server, nothing
from rushes.domain.accounts import Plan, Role
from rushes.domain.credits import EntryKind
from rushes.domain.jobs import JobType


class User(Document):
    """An account; `credits` is its balance, `slots` how many of its jobs may be under way at once."""

    id: UUID
    email: str
    username: str | None = None
    avatar_url: str | None = None
    role: Role
    plan: Plan
    credits: int
    slots: int
    created_at: datetime
    updated_at: datetime


class Limits(Document):
    """What an account may do at the most.

    `slots` is how many of its jobs may be under way at once, `best_priority` the lowest `priority` that a job
    may ask for, and `per_minute` how many requests of each kind are answered.
    """

    slots: int
    best_priority: int
    per_minute: Mapping[str, int]


class Me(User):
    """The account of whoever asks, with its limits."""

    limits: Limits


class Profile(TypedDict, total=False):
    """What of an account is to change; what is left out stays.

    `email` needs the `current_password`; the other two can be `None` for none.
    """

    username: str | None
    avatar_url: str | None
    email: str
    current_password: str


class Session(Document):
    """A session that was just opened; `token` is its credential."""

    token: str
    expires_at: datetime
    user: User


class ApiKey(Document):
    """An API key; `key` is its secret, told once, when it is made."""

    id: UUID
    name: str
    prefix: str
    created_at: datetime
    last_used_at: datetime | None = None
    expires_at: datetime | None = None
    key: str | None = None


class LedgerEntry(Document):
    """One change of the balance, in credits; `amount` is negative where it fell."""

    id: UUID
    kind: EntryKind
    amount: int
    balance_after: int
    reason: str
    job_id: UUID | None = None
    created_at: datetime


class _LedgerPage(Document):
    entries: Sequence[LedgerEntry]
    next_cursor: str | None = None


class Model(Document):
    """A model of the catalogue; prices are credits per second of output, by resolution."""

    slug: str
    title: str
    description: str
    job_types: tuple[JobType, ...]
    options_schema: Mapping[str, JsonValue]
    credits_per_second: Mapping[str, int]
    credits_minimum: int
    time_limit_seconds: int
    max_attempts: int


class _Models(Document):
    models: list[Model]


class _ApiKeys(Document):
    api_keys: list[ApiKey]


async def register(server: Server, *, email: str, password: str, username: str | None = None) -> User:
    """Create an account.

    Raises:
        Conflict: There is one with this address.
        Invalid: The address or the password is not accepted.
    """
    document = {"email": email, "password": password} | ({} if username is None else {"username": username})
    request = server.request("POST", "/auth/register", document=document)
    return await server.ask(request, User.model_validate_json)


async def login(server: Server, *, email: str, password: str) -> Session:
    """Open a session; make a client with its `token` to use it.

    Raises:
        NotSignedIn: The address or the password is wrong.
        Limited: There were too many tries.
    """
    request = server.request("POST", "/auth/login", document={"email": email, "password": password})
    return await server.ask(request, Session.model_validate_json)


async def logout(server: Server) -> None:
    """End the session whose token this client has."""
    await server.ask(server.request("POST", "/auth/logout"), nothing)


async def me(server: Server) -> Me:
    """Return the account with its credits and its limits.

    Raises:
        NotSignedIn: The credential is worth nothing.
    """
    return await server.ask(server.request("GET", "/me"), Me.model_validate_json)


async def change_me(server: Server, **changes: Unpack[Profile]) -> Me:
    """Change what the account says of itself; see `Profile`.

    Raises:
        Invalid: A value is not accepted, or the password is wrong.
        Conflict: Another account has the address.
    """
    request = server.request("PATCH", "/me", document=changes, is_repeatable=True)
    return await server.ask(request, Me.model_validate_json)


async def change_password(server: Server, *, current: str, new: str) -> None:
    """Change the password; all other sessions of the account end, API keys stay.

    Raises:
        Invalid: The current password is wrong, or the new one is not accepted.
    """
    document = {"current_password": current, "new_password": new}
    await server.ask(server.request("POST", "/auth/password", document=document), nothing)


async def ledger(server: Server) -> AsyncIterator[LedgerEntry]:
    """Yield every change of the balance, newest first; pages are asked for as they are needed."""

    async def page(cursor: str | None) -> tuple[Sequence[LedgerEntry], str | None]:
        request = server.request("GET", "/me/ledger", params={"limit": 100, "cursor": cursor})
        found = await server.ask(request, _LedgerPage.model_validate_json)
        return found.entries, found.next_cursor

    async for entry in each(page):
        yield entry


async def models(server: Server) -> Sequence[Model]:
    """Return the models with their options and prices."""
    return (await server.ask(server.request("GET", "/models"), _Models.model_validate_json)).models


async def api_keys(server: Server) -> Sequence[ApiKey]:
    """Return the account's API keys, without their secrets."""
    return (await server.ask(server.request("GET", "/api-keys"), _ApiKeys.model_validate_json)).api_keys


async def create_api_key(server: Server, name: str, *, expires_at: datetime | None = None) -> ApiKey:
    """Make an API key; its secret is in `key`, this once."""
    document = {"name": name, "expires_at": expires_at}
    request = server.request("POST", "/api-keys", document=document)
    return await server.ask(request, ApiKey.model_validate_json)


async def revoke_api_key(server: Server, key: ApiKey | UUID | str) -> None:
    """End an API key.

    Raises:
        Missing: There is no such key.
    """
    key_id = key.id if isinstance(key, ApiKey) else UUID(str(key))
    await server.ask(server.request("DELETE", f"/api-keys/{key_id}"), nothing)
