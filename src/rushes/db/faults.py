"""What PostgreSQL refuses, translated into our own errors."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import asyncpg
from asyncpg import PostgresError, UniqueViolationError

from rushes.errors import Conflict, DatabaseUnavailable, EmailTaken, IllegalTransition, Invalid

_ILLEGAL_TRANSITION = "RU001"
"""The SQLSTATE that the trigger `jobs_transition` raises."""

_UNREACHABLE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InvalidPasswordError,
    asyncpg.InvalidCatalogNameError,
)


@contextmanager
def translated() -> Generator[None]:
    """Turn the driver's errors into ours; the domain's own errors pass unchanged."""
    try:
        yield
    except UniqueViolationError as error:
        constraint: Any = getattr(error, "constraint_name", None)
        if constraint == "users_email":
            raise EmailTaken from error
        raise Conflict(f"This already exists ({constraint}).") from error
    except (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError) as error:
        raise Invalid("Text must not contain NUL characters.") from error
    except PostgresError as error:
        if getattr(error, "sqlstate", None) == _ILLEGAL_TRANSITION:
            raise IllegalTransition(str(error)) from error
        if isinstance(error, _UNREACHABLE):
            raise DatabaseUnavailable from error
        raise
    except _UNREACHABLE as error:
        raise DatabaseUnavailable from error
