import asyncio
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest

from rushes.actions.catalogue import ship_models
from rushes.db.migrate import current_revision, migrate, newest_revision
from rushes.db.pool import WEB_ROLE, WORKER_ROLE, Database, open_database
from rushes.errors import DatabaseUnavailable
from scripts.dump_schema import dump
from tests.db.servers import as_user, execute, of_database
from tests.factories import BLOCKED, fetch_value

MIGRATE = "import asyncio, sys; from rushes.db.migrate import migrate; asyncio.run(migrate(sys.argv[1]))"

REVISIONS = Path(str(files("rushes.db.migrations.versions")))

GRANT_AS_THE_MAKER_OF_A_ROLE_HAS_IT = """
    DO $$ BEGIN
        IF current_setting('server_version_num')::int >= 160000 THEN
            EXECUTE 'GRANT rushes_web, rushes_worker, rushes_admin TO {name} '
                'WITH ADMIN TRUE, INHERIT FALSE, SET FALSE';
        END IF;
    END $$
"""

AT_0006 = """
    INSERT INTO alembic_version VALUES ('0006');
    INSERT INTO users (id, email, password_hash) VALUES (md5('')::uuid, 'ada@example.org', '*');
    INSERT INTO assets (id, user_id, role, bucket, key, media_type, status, bytes, sha256, width, height)
    SELECT id, id, 'reference', 'images', id || '/a.png', 'image/png', 'ready', 9, repeat('0', 64), 64, 48
    FROM users;
"""
"""A database of the sixth revision, with an upload."""

WHERE_ASSETS_LIE = "SELECT pg_relation_filenode('assets')"


@pytest.fixture
async def low_owner_url(server_url: str, template: str) -> AsyncIterator[str]:
    """The URL of an empty database whose owner is no superuser, but may make roles."""
    name, password = f"low_{uuid4().hex}", "secret"
    await execute(
        server_url,
        f"CREATE ROLE {name} LOGIN CREATEROLE PASSWORD '{password}'",
        GRANT_AS_THE_MAKER_OF_A_ROLE_HAS_IT.format(name=name),
        f"CREATE DATABASE {name} OWNER {name}",
    )
    yield as_user(of_database(server_url, name), name=name, password=password)
    await execute(server_url, f"DROP DATABASE {name} WITH (FORCE)", f"DROP ROLE {name}")


async def test_empty_database_has_no_revision(empty_database_url: str) -> None:
    assert await current_revision(empty_database_url) is None


async def test_migrate_brings_the_newest_revision(empty_database_url: str) -> None:
    await migrate(empty_database_url)

    assert await current_revision(empty_database_url) == newest_revision()


async def test_migrate_changes_nothing_the_second_time(empty_database_url: str) -> None:
    await migrate(empty_database_url)
    before = dump(empty_database_url)

    await migrate(empty_database_url)

    assert dump(empty_database_url) == before


async def test_two_migrators_of_one_process_take_turns(empty_database_url: str) -> None:
    await asyncio.gather(migrate(empty_database_url), migrate(empty_database_url))

    assert await current_revision(empty_database_url) == newest_revision()


async def test_two_migrators_of_two_processes_take_turns(empty_database_url: str) -> None:
    command = (sys.executable, "-c", MIGRATE, empty_database_url)
    first = await asyncio.create_subprocess_exec(*command)
    second = await asyncio.create_subprocess_exec(*command)

    codes = [await first.wait(), await second.wait()]

    assert codes == [0, 0]
    assert await current_revision(empty_database_url) == newest_revision()


async def test_migrate_gives_up_when_a_lock_is_held(empty_database_url: str) -> None:
    await execute(empty_database_url, "CREATE TABLE alembic_version (version_num varchar(32) NOT NULL)")
    holder = await asyncpg.connect(empty_database_url)
    await holder.execute("BEGIN; LOCK TABLE alembic_version")

    with pytest.raises(DatabaseUnavailable, match="lock"):
        await migrate(empty_database_url, lock_timeout=timedelta(milliseconds=50))

    await holder.close()


async def test_migration_of_the_engines_waits_for_a_submission_but_not_each_for_the_other(
    empty_database_url: str,
) -> None:
    submitting, migrating, watching = [await asyncpg.connect(empty_database_url) for _ in range(3)]
    *earlier, engines = [file.read_text() for file in sorted(REVISIONS.glob("*.sql"))][:6]
    await migrating.execute("CREATE TABLE alembic_version (version_num varchar(32) NOT NULL)")
    for revision in earlier:
        await migrating.execute(f"BEGIN; {revision}; COMMIT")
    await submitting.execute("BEGIN; SELECT FROM models")
    migration = asyncio.create_task(migrating.execute(f"BEGIN; {engines}; COMMIT"))
    async with asyncio.timeout(10):
        while not await watching.fetchval(BLOCKED):
            pass

    await submitting.execute("SELECT FROM assets; SELECT FROM speeds; COMMIT")

    await migration
    for connection in (submitting, migrating, watching):
        await connection.close()


async def test_migration_of_the_posters_writes_no_row_anew_and_leaves_uploads_without_one(
    empty_database_url: str,
) -> None:
    connection = await asyncpg.connect(empty_database_url)
    await connection.execute("CREATE TABLE alembic_version (version_num varchar(32) NOT NULL)")
    for file in sorted(REVISIONS.glob("*.sql"))[:6]:
        await connection.execute(f"BEGIN; {file.read_text()}; COMMIT")
    await connection.execute(AT_0006)
    before = await connection.fetchval(WHERE_ASSETS_LIE)

    await migrate(empty_database_url)

    assert await connection.fetchval(WHERE_ASSETS_LIE) == before
    assert await connection.fetch("SELECT status, poster_key FROM assets") == [("ready", None)]
    assert await current_revision(empty_database_url) == newest_revision()
    await connection.close()


@pytest.mark.parametrize("name", ["postgres", "nobody"])
async def test_migrate_says_when_the_password_is_wrong(server_url: str, name: str) -> None:
    url = as_user(server_url, name=name, password="wrong")

    with pytest.raises(DatabaseUnavailable, match="password"):
        await migrate(url)


async def test_migrate_says_when_nobody_listens(server_url: str, unused_tcp_port: int) -> None:
    parts = urlsplit(server_url)
    url = parts._replace(netloc=f"{parts.username}:secret@127.0.0.1:{unused_tcp_port}").geturl()

    with pytest.raises(DatabaseUnavailable):
        await migrate(url)


async def test_current_revision_says_when_there_is_no_database(server_url: str) -> None:
    with pytest.raises(DatabaseUnavailable, match="nowhere"):
        await current_revision(of_database(server_url, "nowhere"))


async def test_url_takes_the_options_of_the_driver(empty_database_url: str) -> None:
    assert await current_revision(f"{empty_database_url}?sslmode=prefer") is None


@pytest.mark.parametrize("role", [WEB_ROLE, WORKER_ROLE])
async def test_owner_without_privileges_can_migrate_and_take_each_role(low_owner_url: str, role: str) -> None:
    await migrate(low_owner_url)
    await ship_models(low_owner_url)

    database = await open_database(low_owner_url, role=role, connections=1)

    assert await fetch_value(database, "SELECT current_user::text") == role
    await database.close()


@pytest.fixture
async def shipped(empty_database_url: str) -> AsyncIterator[Database]:
    """A database with the models that ship."""
    await migrate(empty_database_url)
    await ship_models(empty_database_url)
    database = await open_database(empty_database_url, role=None, connections=1)
    yield database
    await database.close()


async def schema_of(database: Database, slug: str) -> Any:
    """The options that the catalogue has for a model."""
    return await fetch_value(database, f"SELECT options_schema FROM models WHERE slug = '{slug}'")


async def age(database: Database, *, own: str) -> None:
    """Have an older release have shipped other options, and an operator have these."""
    schema = f"""'{{"type": "object", "properties": {own}}}'"""
    await execute_in(
        database,
        f"""UPDATE models SET title = 'Ours', price = jsonb_set(price, '{{minimum}}', '3'),
            options_schema = {schema}, shipped_schema = '{{"type": "object", "properties": {{}}}}'
        WHERE slug = 'motion'""",
    )


async def execute_in(database: Database, statement: str) -> None:
    """Run a statement."""
    async with database.transaction() as tx:
        await tx.execute(statement)


async def test_a_new_release_brings_its_options_and_leaves_what_an_operator_changed(
    shipped: Database, empty_database_url: str
) -> None:
    newest = await schema_of(shipped, "motion")
    await age(shipped, own="{}")

    await ship_models(empty_database_url)

    assert await schema_of(shipped, "motion") == newest
    assert (
        await fetch_value(shipped, "SELECT title || (price->>'minimum') FROM models WHERE slug = 'motion'")
        == "Ours3"
    )


async def test_options_of_an_operators_own_outlast_a_new_release(
    shipped: Database, empty_database_url: str
) -> None:
    await age(shipped, own='{"resolution": {}}')

    await ship_models(empty_database_url)

    assert await schema_of(shipped, "motion") == {"type": "object", "properties": {"resolution": {}}}


async def test_a_model_that_is_new_in_a_release_comes_to_an_installation_that_is_there(
    shipped: Database, empty_database_url: str
) -> None:
    await execute_in(shipped, "DELETE FROM models WHERE slug = 'animatic'")

    await ship_models(empty_database_url)

    assert await schema_of(shipped, "animatic") is not None
