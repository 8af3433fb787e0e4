"""Connections to PostgreSQL that act as one role, handed out one transaction at a time."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Protocol, cast
from uuid import UUID

import asyncpg
import orjson

from rushes.db.faults import translated
from rushes.db.queries import load
from rushes.domain.ids import UserId
from rushes.errors import DatabaseUnavailable

_driver: Any = asyncpg  # the driver ships no types
_queries = load("administration")

WEB_ROLE = "rushes_web"
WORKER_ROLE = "rushes_worker"
ADMIN_ROLE = "rushes_admin"
"""What an administration acts as; no connection begins with it."""

WAIT = timedelta(seconds=30)
"""How long to wait for a connection, by default: so that who would wait for ever says why nothing happens."""


class Tx(Protocol):
    """A connection inside an open transaction: what every store function takes first."""

    async def execute(self, query: str, *args: Any) -> str:
        """Run a statement; return its command tag."""
        ...

    async def fetch(self, query: str, *args: Any) -> list[Any]:
        """Run a query; return its rows."""
        ...


class Database:
    """A pool of connections; owns them from `open` to `close`."""

    def __init__(self, pool: Any, *, wait: timedelta = WAIT) -> None:
        """Take over a pool that `open_database` made, and wait for a connection of it for so long."""
        self._pool = pool
        self._wait_seconds = wait.total_seconds()

    @asynccontextmanager
    async def transaction(
        self, *, viewer: UserId | None = None, keeps_plans: bool = False
    ) -> AsyncGenerator[Tx]:
        """Begin a transaction; it commits at the end of the block, and rolls back if the block raises.

        Args:
            viewer: The account that row-level security lets the web role see. A worker needs none.
            keeps_plans: Plan each statement once, not anew for each argument, which takes longer than to find
                a few rows by their ids. For transactions of which every statement does that.

        Raises:
            DatabaseUnavailable: The server cannot be reached or went away, or no connection became free.
        """
        with translated():
            async with self._connection() as connection:
                await connection.execute(_begin(viewer, keeps_plans=keeps_plans))
                try:
                    yield cast("Tx", connection)
                except BaseException:
                    await connection.execute("ROLLBACK")
                    raise
                await connection.execute("COMMIT")

    @asynccontextmanager
    async def administration(self, *, viewer: UserId) -> AsyncGenerator[Tx]:
        """Begin a transaction of an administrator: it sees the rows of all accounts, and ends as others do.

        Raises:
            Denied: The viewer is no administrator, which the database itself looks up.
            DatabaseUnavailable: The server cannot be reached or went away.
        """
        async with self.transaction(viewer=viewer) as tx:
            await _queries.enter_administration(tx)
            yield tx

    @asynccontextmanager
    async def autocommit(self) -> AsyncGenerator[Tx]:
        """Hand out a connection for one statement that is a transaction by itself: two round trips less.

        Raises:
            DatabaseUnavailable: The server cannot be reached or went away, or no connection became free.
        """
        with translated():
            async with self._connection() as connection:
                yield cast("Tx", connection)

    @asynccontextmanager
    async def _connection(self) -> AsyncGenerator[Any]:
        try:
            # The pool's own time limit takes a task of its own for each connection.
            async with asyncio.timeout(self._wait_seconds):
                connection = await self._pool.acquire()
        except TimeoutError as error:
            raise DatabaseUnavailable("The database is busy: no connection to it became free.") from error
        try:
            yield connection
        finally:
            await self._pool.release(connection)

    async def close(self) -> None:
        """Close every connection; those still in use are cut off after ten seconds."""
        try:
            async with asyncio.timeout(10):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()


async def open_database(
    url: str,
    *,
    role: str | None,
    connections: int = 10,
    wait: timedelta = WAIT,
    statement_limit: timedelta | None = None,
) -> Database:
    """Open a pool whose connections act as `role` from their first statement on.

    Args:
        url: `postgresql://…` of a user that is a member of `role`.
        role: `WEB_ROLE`, `WORKER_ROLE`, or `None` to stay the URL's user (the schema's owner).
        connections: The most connections at a time.
        wait: How long a transaction waits for one of them.
        statement_limit: How long the server works on a statement, or waits for a lock, before it gives up.

    Raises:
        DatabaseUnavailable: The server does not answer or refuses the credentials.
    """
    # Short statements only: to compile one takes longer than to run it.
    server_settings = {"application_name": role or "rushes", "jit": "off"} | ({"role": role} if role else {})
    if statement_limit is not None:
        server_settings["statement_timeout"] = f"{statement_limit / timedelta(milliseconds=1):.0f}ms"
    with translated():
        pool = await _driver.create_pool(
            url,
            min_size=1,
            max_size=connections,
            server_settings=server_settings,
            init=set_codecs,
            # Nothing outlives a transaction here (the viewer is set locally), so there is nothing to reset.
            reset=_keep,
            timeout=10,
            command_timeout=60,
        )
    return Database(pool, wait=wait)


def _begin(viewer: UserId | None, *, keeps_plans: bool) -> str:
    """Return what begins a transaction, and sets what holds in it alone in the same round trip."""
    begin = "BEGIN"
    if viewer is not None:
        begin += f"; SELECT set_config('rushes.viewer', '{UUID(str(viewer))}', true)"
    if keeps_plans:
        begin += "; SET LOCAL plan_cache_mode = force_generic_plan"
    return begin


async def set_codecs(connection: Any) -> None:
    """Have a connection speak JSON as Python values."""
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=_to_json,
        decoder=orjson.loads,
    )


def _to_json(value: Any) -> str:
    return orjson.dumps(value, default=_id_to_json, option=orjson.OPT_NON_STR_KEYS).decode()


def _id_to_json(value: Any) -> str:
    if isinstance(value, UUID):  # the driver's own kind, which orjson does not know
        return str(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")


async def _keep(_connection: Any) -> None:
    return
