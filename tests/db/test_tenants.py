import asyncpg
import pytest

from rushes.db.pool import WEB_ROLE, WORKER_ROLE, Database
from tests.db.tenants import OWNERS, ROWS, make_tenant, seen
from tests.factories import fetch_value

TABLES = sorted(ROWS)

WRITABLE = {
    "api_keys": {"INSERT", "UPDATE", "DELETE"},
    "assets": {"INSERT", "UPDATE", "DELETE"},
    "groups": {"INSERT", "UPDATE"},
    "idempotency": {"INSERT"},
    "images": {"INSERT", "UPDATE"},
    "job_events": {"INSERT"},
    "job_inputs": {"INSERT"},
    "job_shares": {"INSERT"},
    "jobs": {"INSERT"},
    "ledger": {"INSERT"},
    "projects": {"INSERT", "UPDATE", "DELETE"},
    "prompt_templates": {"INSERT", "UPDATE", "DELETE"},
    "sessions": {"INSERT", "UPDATE"},
    "shares": {"INSERT", "UPDATE"},
    "users": {"INSERT"},
    "videos": {"INSERT", "UPDATE"},
    "webhook_deliveries": {"INSERT", "UPDATE"},
    "webhook_endpoints": {"INSERT", "UPDATE", "DELETE"},
    "workspace_sessions": {"INSERT", "UPDATE", "DELETE"},
}
"""What the web may do to whole tables beside reading; what is not here, it may not."""

UPDATABLE = sorted(table for table, privileges in WRITABLE.items() if "UPDATE" in privileges)


@pytest.mark.parametrize("table", TABLES)
async def test_viewer_sees_only_his_rows(owner: Database, web: Database, table: str) -> None:
    ann, _bob = await make_tenant(owner), await make_tenant(owner)

    async with web.transaction(viewer=ann.viewer.user_id) as tx:
        found = await seen(tx, table)

    assert found == {ann.owns(table)}


@pytest.mark.parametrize("table", TABLES)
async def test_nobody_sees_nothing(owner: Database, web: Database, table: str) -> None:
    await make_tenant(owner)

    async with web.transaction() as tx:
        found = await seen(tx, table)

    assert found == set()


@pytest.mark.parametrize("table", TABLES)
async def test_viewer_is_forgotten_with_the_transaction(owner: Database, web: Database, table: str) -> None:
    ann = await make_tenant(owner)
    async with web.transaction(viewer=ann.viewer.user_id) as tx:
        await seen(tx, table)

    async with web.transaction() as tx:
        found = await seen(tx, table)

    assert found == set()


@pytest.mark.parametrize("column", ["users.password_hash", "sessions.user_id", "api_keys.key_sha256"])
@pytest.mark.parametrize("role", [WEB_ROLE, WORKER_ROLE])
async def test_workers_read_no_credential_and_nobody_a_password_hash(
    owner: Database, role: str, column: str
) -> None:
    table, _, name = column.partition(".")
    query = "SELECT has_column_privilege($1, $2, $3, 'SELECT')"

    granted = await fetch_value(owner, query, role, table, name)

    assert granted is (role == WEB_ROLE and table != "users")


@pytest.mark.parametrize("table", sorted(set(TABLES) - {"sessions", "api_keys"}))
async def test_worker_sees_the_rows_of_all(owner: Database, work: Database, table: str) -> None:
    ann, bob = await make_tenant(owner), await make_tenant(owner)

    async with work.transaction() as tx:
        found = await seen(tx, table)

    assert {ann.owns(table), bob.owns(table)} <= found


@pytest.mark.parametrize("table", TABLES)
async def test_viewer_cannot_write_a_row_of_another(owner: Database, web: Database, table: str) -> None:
    ann, bob = await make_tenant(owner), await make_tenant(owner)

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with web.transaction(viewer=ann.viewer.user_id) as tx:
            await tx.execute(bob.statement(table))


@pytest.mark.parametrize("table", UPDATABLE)
async def test_viewer_cannot_change_a_row_of_another(owner: Database, web: Database, table: str) -> None:
    ann, bob = await make_tenant(owner), await make_tenant(owner)

    async with web.transaction(viewer=ann.viewer.user_id) as tx:
        changed = await tx.execute(
            f"UPDATE {table} SET user_id = user_id WHERE user_id = $1", bob.viewer.user_id
        )

    assert changed == "UPDATE 0"


async def test_viewer_cannot_change_the_balance_of_another(owner: Database, web: Database) -> None:
    ann, bob = await make_tenant(owner), await make_tenant(owner)

    async with web.transaction(viewer=ann.viewer.user_id) as tx:
        changed = await tx.execute("UPDATE users SET credits = 0 WHERE id = $1", bob.viewer.user_id)

    assert changed == "UPDATE 0"


@pytest.mark.parametrize("table", UPDATABLE)
async def test_viewer_cannot_give_a_row_away(owner: Database, web: Database, table: str) -> None:
    ann, bob = await make_tenant(owner), await make_tenant(owner)

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with web.transaction(viewer=ann.viewer.user_id) as tx:
            await tx.execute(f"UPDATE {table} SET user_id = $1", bob.viewer.user_id)


@pytest.mark.parametrize("table", [table for table in UPDATABLE if "DELETE" in WRITABLE[table]])
async def test_viewer_deletes_only_his_rows(owner: Database, web: Database, table: str) -> None:
    ann, bob = await make_tenant(owner), await make_tenant(owner)

    async with web.transaction(viewer=ann.viewer.user_id) as tx:
        await tx.execute(f"DELETE FROM {table}")

    async with owner.transaction() as tx:
        left = await seen(tx, table)
    assert ann.owns(table) not in left
    assert bob.owns(table) in left


async def test_viewer_cannot_name_the_file_of_another_as_an_input(owner: Database, web: Database) -> None:
    ann, bob = await make_tenant(owner), await make_tenant(owner)

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with web.transaction(viewer=ann.viewer.user_id) as tx:
            await tx.execute(
                "INSERT INTO job_inputs (job_id, role, asset_id) VALUES ($1, 'reference', $2)",
                ann.job_id,
                bob.asset_id,
            )


@pytest.mark.parametrize("column", ["role", "plan", "slots", "disabled_at", "id"])
async def test_viewer_cannot_raise_himself(owner: Database, web: Database, column: str) -> None:
    ann = await make_tenant(owner)

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with web.transaction(viewer=ann.viewer.user_id) as tx:
            await tx.execute(f"UPDATE users SET {column} = {column}")


async def test_web_may_write_what_it_must_and_nothing_else(owner: Database) -> None:
    async with owner.transaction() as tx:
        rows = await tx.fetch("""
            SELECT c.relname::text AS name, array_agg(privilege) AS privileges
            FROM pg_class c, unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS privilege
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
              AND has_table_privilege('rushes_web', c.oid, privilege)
            GROUP BY c.relname
        """)

    assert {row["name"]: set(row["privileges"]) for row in rows} == WRITABLE


@pytest.mark.parametrize(
    ("table", "privilege"),
    [
        ("users", "INSERT"),
        ("users", "UPDATE"),
        ("users", "DELETE"),
        ("ledger", "UPDATE"),
        ("ledger", "DELETE"),
        ("jobs", "DELETE"),
        ("models", "UPDATE"),
        ("lanes", "UPDATE"),
        ("api_keys", "INSERT"),
        ("sessions", "INSERT"),
    ],
)
async def test_worker_lacks_the_rights_that_its_work_does_not_need(
    owner: Database, table: str, privilege: str
) -> None:
    async with owner.transaction() as tx:
        ((allowed,),) = await tx.fetch(
            "SELECT has_table_privilege('rushes_worker', $1, $2)", table, privilege
        )

    assert not allowed


async def test_roles_neither_own_nor_bypass(owner: Database) -> None:
    async with owner.transaction() as tx:
        rows = await tx.fetch("""
            SELECT FROM pg_roles r
            WHERE r.rolname IN ('rushes_web', 'rushes_worker', 'rushes_admin')
              AND (r.rolsuper OR r.rolbypassrls OR r.rolcanlogin
                   OR EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid))
        """)

    assert rows == []


def test_every_owned_table_is_tried() -> None:
    assert set(OWNERS) == set(ROWS)
