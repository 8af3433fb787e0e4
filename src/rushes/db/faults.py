"""What PostgreSQL refuses, translated into our own errors."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import asyncpg
from asyncpg import PostgresError, UniqueViolationError

from rushes.errors import (
    Conflict,
    DatabaseUnavailable,
    Denied,
    EmailTaken,
    IllegalTransition,
    Invalid,
    RushesError,
)

_UNREACHABLE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    # A connection whose server died was used before its end was noticed.
    asyncpg.InternalClientError,
    # One of two transactions that waited for each other: it can be tried again.
    asyncpg.DeadlockDetectedError,
    # A migration changed the table of a prepared statement: on the next attempt it is prepared anew.
    asyncpg.InvalidCachedStatementError,
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
        case asyncpg.QueryCanceledError():
            return DatabaseUnavailable("The database takes too long for this; ask for less, or try again.")
        case _ if isinstance(error, _UNREACHABLE):
            return DatabaseUnavailable()
        case _:
            return _translate_ours(error)


def _translate_ours(error: Exception) -> RushesError | None:
    match getattr(error, "sqlstate", None):
        case "RU001":  # the trigger `jobs_transition`
            return IllegalTransition(str(error))
        case "RU003":  # the function `enter_administration`
            return Denied("Only administrators may do this.")
        case _:
            return None


def _translate_conflict(error: UniqueViolationError) -> Conflict:
    constraint: Any = getattr(error, "constraint_name", None)
    return EmailTaken() if constraint == "users_email" else Conflict(f"This already exists ({constraint}).")
