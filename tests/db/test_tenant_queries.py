"""What somebody else has makes no difference to a viewer, even if a query forgets whose rows it wants."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio

from rushes.db.pool import WEB_ROLE, open_database, set_codecs
from tests.belongings import ids_in, make_belongings, read_rows
from tests.db.servers import execute, of_database
from tests.db.tenant_queries import FORGOT, READABLE, Query, load_queries, stripped, things_of, value_of
from tests.db.tenants import ROWS
from tests.factories import make_painter, make_viewer

pytestmark = pytest.mark.asyncio(loop_scope="module")

QUERIES = [query for query in load_queries().values() if query.is_reading and query.reads(set(ROWS))]
NAMED = [query for query in QUERIES if "user_id" in query.arguments]
FORGETFUL = [stripped(query) for query in QUERIES if "user_id" in query.arguments]
PASSING = frozenset({"snapshot", "taken_at"})
"""Columns that time alone changes."""

FOR_ALL = frozenset({"jobs_before", "wait_seconds"})
"""Columns in which everybody is told how many wait, and nothing of whose they are."""

REFUSED = "permission denied"
NOTHING_TO_DO = frozenset(
    {
        "deletion.find_child_in_need",
        "lifecycle.list_overdue",
        "lifecycle.list_refused_inputs",
        "pruning.list_ended_uploads",
        "pruning.list_lost_attempts",
        "pruning.list_known_keys",
        "queue.list_settled",
        "queue.list_lapsed",
    }
)
"""Chores that find nothing to do in what the other account has, whoever asks."""

OF_WORKERS_AND_OPERATORS = frozenset(
    {
        "accounts.get_user_by_email",
        "accounts.lock_users",
        "callbacks.list_reports",
        "lanes.list_lanes",
        "lanes.list_models",
        "lifecycle.list_held_up",
        "lifecycle.list_overdue",
        "lifecycle.list_refused_inputs",
        "lifecycle.list_waiting_for_asset",
        "pruning.list_deleted_files",
        "pruning.list_ended_uploads",
        "pruning.list_known_keys",
        "pruning.list_lost_attempts",
        "queue.claim_jobs",
        "queue.list_lapsed",
        "queue.list_settled",
        "workers.list_workers",
    }
)
"""Queries of those who work for all accounts."""

AFTER_ANOTHER = frozenset(
    {
        "deletion.find_child_in_need",
        "media.is_asset_used",
        "media.list_inputs",
        "media.list_job_assets",
        "waiting.explain_waiting",
    }
)
"""Queries about jobs or files that a query which names its viewer has found before."""

INSERT_WORKER = """
    INSERT INTO workers (id, name, host, pid, lanes, engines, slots, version)
    VALUES (gen_random_uuid(), 'one', 'host', 1, '{cpu}', '{motion}', 1, '0')
"""

USE_MODEL = """
    WITH films AS (UPDATE videos SET model_used = $2 WHERE user_id = $1)
    UPDATE images SET model_used = $2 WHERE user_id = $1
"""
"""All that is in an account's library is of a model."""


def is_of_administrations(query: Query) -> bool:
    return query.name.startswith("admin_")


class Role(StrEnum):
    """As whom a query is run."""

    VIEWER = "viewer"
    NOBODY = "nobody"
    OWNER = "owner of the schema"
    IN_HIS_NAME = "owner of the schema, for the viewer"


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What each query answered before and after somebody had one of everything; by role, then by query.

    `tables` are what the viewer then sees of each.
    """

    marker: str
    ids: set[str]
    before: Mapping[tuple[Role, str], str]
    after: Mapping[tuple[Role, str], str]
    own_ids: set[str]
    tables: Mapping[str, str]


@pytest.fixture(scope="module")
def own_url(server_url: str, template: str) -> Iterator[str]:
    """The owner's URL of a database in which nobody has anything yet."""
    name = f"queries_{uuid4().hex}"
    asyncio.run(execute(server_url, f"CREATE DATABASE {name} TEMPLATE {template}"))
    yield of_database(server_url, name)
    asyncio.run(execute(server_url, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def evidence(own_url: str) -> AsyncIterator[Evidence]:
    """Ask every query as the viewer, as nobody and as the owner of the schema, before and after."""
    database = await open_database(own_url, role=None, connections=2)
    connection: Any = await asyncpg.connect(own_url)
    await set_codecs(connection)
    await connection.execute(INSERT_WORKER)
    ann, bob = (await make_viewer(database)).user_id, (await make_viewer(database)).user_id
    await make_belongings(database, ann, "mine")
    painter = await make_painter(database)
    marker = f"mark{uuid4().hex}"
    before = await ask_all(connection, ann, things_of({}, bob, "none"))
    ids = await make_belongings(database, bob, marker)
    # Without a difference from the viewer's, the models in use would not tell whose they are.
    await connection.execute(USE_MODEL, bob, painter)
    after = await ask_all(connection, ann, things_of(ids, bob, marker))
    own_ids = ids_in(await read_rows(database, ann))
    yield Evidence(
        marker=marker,
        # Both name the worker.
        ids=ids_in(await read_rows(database, bob)) - own_ids,
        before=before,
        after=after,
        own_ids=own_ids,
        tables={table: await read_table(connection, ann, table) for table in ROWS},
    )
    await connection.close()
    await database.close()


async def ask_all(connection: Any, viewer: UUID, things: Mapping[str, Any]) -> dict[tuple[Role, str], str]:
    """What each query answers to each role."""
    return {
        (role, query.name): await ask(connection, query, role, viewer, things)
        for role in Role
        for query in (NAMED if role is Role.IN_HIS_NAME else QUERIES + FORGETFUL)
    }


async def ask(connection: Any, query: Query, role: Role, viewer: UUID, things: Mapping[str, Any]) -> str:
    """The rows of a query as text, without what time alone changes."""
    statement = await connection.prepare(query.text)
    kinds = zip(query.arguments, statement.get_parameters(), strict=True)
    if role is Role.IN_HIS_NAME:
        things = {**things, "user_id": viewer}
    store = query.name.removesuffix(FORGOT)
    values = [value_of(store, name, kind.name, things) for name, kind in kinds]
    transaction = connection.transaction()
    await transaction.start()
    try:
        if role in {Role.VIEWER, Role.NOBODY}:
            await connection.execute(f"SET LOCAL ROLE {WEB_ROLE}")
            shown = "" if role is Role.NOBODY else str(viewer)
            await connection.fetch("SELECT set_config('rushes.viewer', $1, true)", shown)
        rows = await connection.fetch(query.text, *values)
    except asyncpg.InsufficientPrivilegeError:
        return REFUSED
    finally:
        await transaction.rollback()
    kept = [{name: row[name] for name in row.keys() if name not in PASSING | FOR_ALL} for row in rows]  # noqa: SIM118 — a record
    return str(sorted(map(str, kept)))


async def read_table(connection: Any, viewer: UUID, table: str) -> str:
    """All that the web may read of a table, without any condition."""
    ((columns,),) = await connection.fetch(READABLE, table)
    async with connection.transaction():
        await connection.execute(f"SET LOCAL ROLE {WEB_ROLE}")
        await connection.fetch("SELECT set_config('rushes.viewer', $1, true)", str(viewer))
        return str(await connection.fetch(f"SELECT {columns} FROM {table}"))


@pytest.mark.parametrize("query", QUERIES + FORGETFUL, ids=lambda query: query.name)
@pytest.mark.parametrize("role", [Role.VIEWER, Role.NOBODY])
async def test_what_another_has_makes_no_difference(evidence: Evidence, query: Query, role: Role) -> None:
    before, after = evidence.before[role, query.name], evidence.after[role, query.name]

    assert after == before
    assert evidence.marker not in after
    assert not ids_in(after) & evidence.ids


@pytest.mark.parametrize("query", NAMED, ids=lambda query: query.name)
async def test_naming_the_viewer_is_wall_enough(evidence: Evidence, query: Query) -> None:
    before, after = (seen[Role.IN_HIS_NAME, query.name] for seen in (evidence.before, evidence.after))

    assert after == before
    assert evidence.marker not in after
    assert not ids_in(after) & evidence.ids


async def test_queries_that_name_no_viewer_are_those_that_are_known() -> None:
    unnamed = {query.name for query in QUERIES if query not in NAMED and not is_of_administrations(query)}

    assert unnamed == OF_WORKERS_AND_OPERATORS | AFTER_ANOTHER


@pytest.mark.parametrize("query", QUERIES + FORGETFUL, ids=lambda query: query.name)
async def test_it_makes_one_to_whom_no_policy_binds(evidence: Evidence, query: Query) -> None:
    before, after = evidence.before[Role.OWNER, query.name], evidence.after[Role.OWNER, query.name]

    assert (after != before) == (query.name.removesuffix(FORGOT) not in NOTHING_TO_DO)


@pytest.mark.parametrize("table", sorted(ROWS))
async def test_bare_select_shows_only_what_is_the_viewers(evidence: Evidence, table: str) -> None:
    rows = evidence.tables[table]

    assert ids_in(rows) & evidence.own_ids
    assert evidence.marker not in rows
    assert not ids_in(rows) & evidence.ids
