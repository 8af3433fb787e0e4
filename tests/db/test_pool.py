from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from rushes.db.pool import WEB_ROLE, WORKER_ROLE, Database, open_database
from rushes.domain.accounts import Viewer
from rushes.errors import DatabaseUnavailable
from tests.db.servers import as_user, of_database
from tests.factories import fetch_value, make_viewer


async def rename_and_raise(database: Database, viewer: Viewer) -> None:
    async with database.transaction() as tx:
        await tx.execute("UPDATE users SET username = 'gone' WHERE id = $1", viewer.user_id)
        raise LookupError


async def lose_connection(database: Database, owner: Database) -> None:
    async with database.transaction() as tx:
        ((pid,),) = await tx.fetch("SELECT pg_backend_pid()")
        await fetch_value(owner, "SELECT pg_terminate_backend($1)", pid)
        await tx.fetch("SELECT 1")


async def fetch_all(database: Database, query: str) -> list[Any]:
    async with database.transaction() as tx:
        return [*await tx.fetch(query)]


async def lock_account(database: Database, viewer: Viewer) -> None:
    async with database.transaction() as tx:
        await tx.execute("SELECT FROM users WHERE id = $1 FOR UPDATE", viewer.user_id)


@pytest.mark.parametrize("role", [WEB_ROLE, WORKER_ROLE])
async def test_connections_act_as_their_role(database_url: str, role: str) -> None:
    database = await open_database(database_url, role=role, connections=1)

    assert await fetch_value(database, "SELECT current_user::text") == role
    await database.close()


async def test_transaction_is_undone_when_the_block_raises(owner: Database) -> None:
    viewer = await make_viewer(owner)

    with pytest.raises(LookupError):
        await rename_and_raise(owner, viewer)

    assert await fetch_value(owner, "SELECT username FROM users WHERE id = $1", viewer.user_id) is None


async def test_wrong_password_is_unavailable(server_url: str) -> None:
    with pytest.raises(DatabaseUnavailable):
        await open_database(as_user(server_url, name="postgres", password="wrong"), role=None)


async def test_silent_port_is_unavailable(server_url: str, unused_tcp_port: int) -> None:
    parts = urlsplit(server_url)
    url = parts._replace(netloc=f"{parts.username}:secret@127.0.0.1:{unused_tcp_port}").geturl()

    with pytest.raises(DatabaseUnavailable):
        await open_database(url, role=None)


async def test_absent_database_is_unavailable(server_url: str) -> None:
    with pytest.raises(DatabaseUnavailable):
        await open_database(of_database(server_url, "nowhere"), role=None)


async def test_cut_connection_is_unavailable(database_url: str, owner: Database) -> None:
    database = await open_database(database_url, role=None, connections=1)

    with pytest.raises(DatabaseUnavailable):
        await lose_connection(database, owner)

    await database.close()


async def test_pool_mends_itself_after_a_cut(database_url: str, owner: Database) -> None:
    database = await open_database(database_url, role=None, connections=1)
    with pytest.raises(DatabaseUnavailable):
        await lose_connection(database, owner)

    assert await fetch_value(database, "SELECT 1") == 1
    await database.close()


async def test_closed_pool_is_unavailable(database_url: str) -> None:
    database = await open_database(database_url, role=None, connections=1)
    await database.close()

    with pytest.raises(DatabaseUnavailable):
        await fetch_value(database, "SELECT 1")


async def test_statement_of_a_table_that_a_migration_changed_can_be_tried_again(
    empty_database_url: str,
) -> None:
    database = await open_database(empty_database_url, role=None, connections=1)
    migrating = await open_database(empty_database_url, role=None, connections=1)
    everything = "SELECT * FROM kept"
    async with migrating.transaction() as tx:
        await tx.execute("CREATE TABLE kept (older integer)")
    async with database.transaction() as tx:
        await tx.fetch(everything)
    async with migrating.transaction() as tx:
        await tx.execute("ALTER TABLE kept ADD COLUMN newer integer")

    with pytest.raises(DatabaseUnavailable):
        await fetch_all(database, everything)

    assert await fetch_all(database, everything) == []
    await migrating.close()
    await database.close()


async def test_mistake_in_a_query_passes_unchanged(owner: Database) -> None:
    with pytest.raises(asyncpg.UndefinedColumnError):
        await fetch_value(owner, "SELECT nothing FROM users")


async def test_json_goes_in_and_out_as_itself(owner: Database) -> None:
    value = {"text": "ä", "list": [1, 2.5, None, True], "nested": {"empty": {}}}

    assert await fetch_value(owner, "SELECT $1::jsonb", value) == value


async def test_plans_are_kept_by_the_transaction_that_asks_for_it_alone(database_url: str) -> None:
    database = await open_database(database_url, role=WEB_ROLE, connections=1)

    async with database.transaction(keeps_plans=True) as tx:
        ((inside,),) = await tx.fetch("SHOW plan_cache_mode")

    assert (inside, await fetch_value(database, "SHOW plan_cache_mode")) == ("force_generic_plan", "auto")
    await database.close()


async def test_who_gets_no_connection_in_time_is_told_so(database_url: str) -> None:
    database = await open_database(
        database_url, role=WEB_ROLE, connections=1, wait=timedelta(milliseconds=50)
    )

    async with database.transaction():
        with pytest.raises(DatabaseUnavailable, match="no connection to it became free"):
            await fetch_value(database, "SELECT 1")

    assert await fetch_value(database, "SELECT 1") == 1
    await database.close()


async def test_a_statement_that_takes_too_long_is_given_up(database_url: str, owner: Database) -> None:
    viewer = await make_viewer(owner)
    database = await open_database(
        database_url, role=None, connections=1, statement_limit=timedelta(milliseconds=50)
    )

    async with owner.transaction() as tx:
        await tx.execute("SELECT FROM users WHERE id = $1 FOR UPDATE", viewer.user_id)
        with pytest.raises(DatabaseUnavailable, match="takes too long"):
            await lock_account(database, viewer)

    await lock_account(database, viewer)
    await database.close()
