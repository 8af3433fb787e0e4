"""Bringing the database to the schema that this version of the code needs."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from rushes.errors import DatabaseUnavailable

_MIGRATIONS = Path(__file__).parent / "migrations"

_LOCK_KEY = 0x52555348
"""The advisory lock that makes concurrent migrators wait for each other ("RUSH" in ASCII)."""


async def migrate(url: str) -> None:
    """Run every pending revision; nothing happens if there is none, and two callers at once are safe.

    Args:
        url: `postgresql://…` of the user that owns the schema.

    Raises:
        DatabaseUnavailable: The server does not answer or refuses the credentials.
    """

    def upgrade(connection: Connection) -> None:
        # Alembic keeps its state in module globals: even two migrators in one process must take turns.
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
        # From here on a lock held by the running version must not stop the site behind us.
        connection.execute(text("SET LOCAL lock_timeout = '10s'"))
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

    engine = _engine(url)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(upgrade)
    except (OSError, OperationalError) as error:
        raise DatabaseUnavailable(f"The database does not answer: {error}") from error
    finally:
        await engine.dispose()


async def current_revision(url: str) -> str | None:
    """Return the revision that the database stands at, `None` for an empty one."""

    def read(connection: Connection) -> str | None:
        return MigrationContext.configure(connection).get_current_revision()

    engine = _engine(url)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(read)
    except (OSError, DBAPIError) as error:
        raise DatabaseUnavailable(f"The database does not answer: {error}") from error
    finally:
        await engine.dispose()


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


def _engine(url: str) -> AsyncEngine:
    return create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1), poolclass=NullPool)
