"""Bringing the database to the schema that this version of the code needs."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from rushes.errors import DatabaseUnavailable

LOCK_TIMEOUT = timedelta(seconds=10)
"""How long a revision waits for a lock that the running version holds."""

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK_NOT_AVAILABLE = "55P03"
_driver: Any = asyncpg  # the driver ships no types

_LOCK_KEY = 0x52555348
"""The advisory lock that makes concurrent migrators wait for each other ("RUSH" in ASCII)."""


async def migrate(url: str, *, lock_timeout: timedelta = LOCK_TIMEOUT) -> None:
    """Run every pending revision; nothing happens if there is none, and two callers at once are safe.

    Args:
        url: `postgresql://…` of the user that owns the schema.
        lock_timeout: How long to wait for a lock that somebody holds.

    Raises:
        DatabaseUnavailable: The server does not answer, refuses the credentials, or a lock was not to be
            had in time; then nothing was changed.
    """

    def upgrade(connection: Connection) -> None:
        # Alembic keeps its state in module globals: even two migrators in one process must take turns.
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
        # From here on a lock held by the running version must not stop the site behind us.
        milliseconds = f"{lock_timeout / timedelta(milliseconds=1):.0f}ms"
        connection.execute(
            text("SELECT set_config('lock_timeout', :timeout, true)"), {"timeout": milliseconds}
        )
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

    try:
        async with _engine(url) as engine, engine.begin() as connection:
            await connection.run_sync(upgrade)
    except (DBAPIError, asyncpg.PostgresError) as error:
        cause: Any = getattr(error, "orig", error)
        if getattr(cause, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
            raise
        raise DatabaseUnavailable(
            f"Somebody held a needed lock for {lock_timeout.total_seconds():g} s; migrate again later."
        ) from error


async def current_revision(url: str) -> str | None:
    """Return the revision that the database stands at, `None` for an empty one."""

    def read(connection: Connection) -> str | None:
        return MigrationContext.configure(connection).get_current_revision()

    async with _engine(url) as engine, engine.connect() as connection:
        return await connection.run_sync(read)


@cache
def newest_revision() -> str:
    """Return the revision that this version of the code needs."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None, "the package ships revisions"
    return head


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


@asynccontextmanager
async def _engine(url: str) -> AsyncGenerator[AsyncEngine]:
    async def connect() -> Any:
        # The driver reads the URL itself, as it does for the pools: SQLAlchemy knows no `sslmode`.
        try:
            return await _driver.connect(url, timeout=10)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise DatabaseUnavailable(f"The database does not answer: {error}") from error

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool)
    try:
        yield engine
    finally:
        await engine.dispose()
