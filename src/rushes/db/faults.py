"""What PostgreSQL refuses, translated into our own errors."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import asyncpg
from asyncpg import PostgresError, UniqueViolationError

from rushes.errors import Conflict, DatabaseUnavailable, EmailTaken, IllegalTransition, Invalid, RushesError

_ILLEGAL_TRANSITION = "RU001"
"""The SQLSTATE that the trigger `jobs_transition` raises."""

_UNREACHABLE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    # A connection whose server died was used before its end was noticed.
    asyncpg.InternalClientError,
    # One of two transactions that waited for each other: it can be tried again.
    asyncpg.DeadlockDetectedError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InvalidPasswordError,
    asyncpg.InvalidCatalogNameError,
)


@contextmanager
def translated() -> Generator[None]:
    """Turn the driver's errors into ours; the domain's own errors pass unchanged.

    A cancellation stays one: to give back a connection whose server died raises an error in its place.
    """
    try:
        yield
    except (PostgresError, *_UNREACHABLE) as error:
        if (task := asyncio.current_task()) is not None and task.cancelling():
            raise asyncio.CancelledError from error
        ours = _translate(error)
        if ours is None:
            raise
        raise ours from error


def _translate(error: Exception) -> RushesError | None:
    match error:
        case UniqueViolationError():
            return _translate_conflict(error)
        case asyncpg.CharacterNotInRepertoireError() | asyncpg.UntranslatableCharacterError():
            return Invalid("Text must not contain NUL characters.")
        case asyncpg.UndefinedTableError():
            return DatabaseUnavailable("The database has no schema, or an older one; run `rushes migrate`.")
        case _ if isinstance(error, _UNREACHABLE):
            return DatabaseUnavailable()
        case _ if getattr(error, "sqlstate", None) == _ILLEGAL_TRANSITION:
            return IllegalTransition(str(error))
        case _:
            return None


def _translate_conflict(error: UniqueViolationError) -> Conflict:
    constraint: Any = getattr(error, "constraint_name", None)
    return EmailTaken() if constraint == "users_email" else Conflict(f"This already exists ({constraint}).")
