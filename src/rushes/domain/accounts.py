"""Who a person is to the system, and the rules for email addresses, passwords and slots."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rushes.domain.ids import ApiKeyId, SessionId, UserId
from rushes.domain.urls import is_web_address
from rushes.errors import FieldProblem

PASSWORD_MIN_CHARACTERS = 8
PASSWORD_MAX_BYTES = 72
"""bcrypt ignores what comes after 72 bytes (Provos & Mazières 1999), so more is refused, not cut."""

USERNAME_MAX_CHARACTERS = 50
EMAIL_MAX_CHARACTERS = 254
AVATAR_URL_MAX_CHARACTERS = 2000

_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@(?:[^@\s.\x00-\x1f]+\.)+[^@\s.\x00-\x1f]{2,}")


class Role(StrEnum):
    """What an account may do."""

    USER = "user"
    ADMIN = "admin"


class Plan(StrEnum):
    """What an account pays for."""

    FREE = "free"
    PRO = "pro"


MAX_API_KEYS = 100
"""How many keys that were not revoked an account may have."""

SLOTS: Mapping[Plan, int] = {Plan.FREE: 2, Plan.PRO: 10}
"""How many jobs of one account may be validating, queued or processing at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """An account. `credits` is its balance; `slots` is its own limit, or `None` for the plan's."""

    id: UserId
    email: str
    username: str | None
    avatar_url: str | None
    role: Role
    plan: Plan
    credits: int
    slots: int | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """The account that a request speaks for; `session_id` is `None` for an API key."""

    user_id: UserId
    role: Role
    session_id: SessionId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key that programs sign in with; only its prefix can be shown again."""

    id: ApiKeyId
    name: str
    prefix: str
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A browser or program that is signed in; `last_used_at` is `None` until it asks for something."""

    id: SessionId
    user_agent: str | None
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime


BEST_PRIORITY = 1
DEFAULT_PRIORITY = 5
"""1 comes first, 10 last; what comes before this one is for the plan pro and for admins."""


def best_priority(user: User) -> int:
    """Return the best priority that the account may give a job; 1 is first."""
    may_hurry = user.plan is Plan.PRO or user.role is Role.ADMIN
    return BEST_PRIORITY if may_hurry else DEFAULT_PRIORITY


def username_problem(username: str | None, *, field: str = "username") -> FieldProblem | None:
    """Say what is wrong with a display name, if anything; there need not be one."""
    if username is None or 1 <= len(username) <= USERNAME_MAX_CHARACTERS:
        return None
    return FieldProblem(field=field, message=f"Use 1 to {USERNAME_MAX_CHARACTERS} characters.")


def avatar_problem(url: str | None, *, field: str = "avatar_url") -> FieldProblem | None:
    """Say what is wrong with the address of a profile picture, if anything; there need not be one."""
    if url is None or (len(url) <= AVATAR_URL_MAX_CHARACTERS and is_web_address(url)):
        return None
    message = f"Give an http or https address of at most {AVATAR_URL_MAX_CHARACTERS} characters."
    return FieldProblem(field=field, message=message)


def is_watermarked(user: User) -> bool:
    """Tell whether the outputs of the account's jobs get the watermark."""
    return user.plan is Plan.FREE


def slot_limit(user: User) -> int:
    """Return how many jobs the account may have waiting in a lane or running."""
    return SLOTS[user.plan] if user.slots is None else user.slots


def email_problem(email: str, *, field: str = "email") -> FieldProblem | None:
    """Say what is wrong with an email address, if anything."""
    if len(email) > EMAIL_MAX_CHARACTERS or not _EMAIL.fullmatch(email):
        return FieldProblem(field=field, message="Give an email address such as name@example.org.")
    return None


def password_problem(password: str, *, field: str = "password") -> FieldProblem | None:
    """Say what is wrong with a new password, if anything."""
    if len(password) < PASSWORD_MIN_CHARACTERS:
        return FieldProblem(field=field, message=f"Use {PASSWORD_MIN_CHARACTERS} characters or more.")
    if len(password.encode()) > PASSWORD_MAX_BYTES:
        return FieldProblem(field=field, message=f"Use at most {PASSWORD_MAX_BYTES} bytes.")
    if "\0" in password:
        return FieldProblem(field=field, message="A NUL character is not allowed.")
    return None
