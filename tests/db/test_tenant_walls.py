"""The wall itself: which tables it surrounds, what each role may see through it, and the ways past it."""

import asyncpg
import pytest

from rushes.db.pool import ADMIN_ROLE, WEB_ROLE, Database
from rushes.domain.ids import UserId
from rushes.errors import Denied
from tests.db.tenant_queries import READABLE
from tests.db.tenants import OWNERS, ROWS, make_tenant, seen

TABLES = sorted(ROWS)
ADMINISTERED = frozenset(
    {
        "assets",
        "attempts",
        "images",
        "job_events",
        "job_inputs",
        "job_progress",
        "jobs",
        "ledger",
        "shares",
        "users",
        "videos",
        "webhook_deliveries",
        "webhook_endpoints",
    }
)
"""What an administration sees of everybody; of the rest of what is somebody's, it sees nothing."""

FOR_ADMINISTRATIONS = ("audit_log", "share_reports")
"""What an administration reads, and nobody else, whomever it is about."""

NOBODYS = frozenset(
    {"alembic_version", "chores", "lane_clocks", "lanes", "models", "queue_marks", "speeds", "workers"}
)
"""Tables that hold nothing of any account; the web may not read `queue_marks`, which names jobs."""

PAST_THE_WALL = {
    # Who has the credential, the link or the token is let in, and sees what these lead to.
    "describe_share",
    "enter_api_key",
    "enter_session",
    "find_login",
    "find_share",
    "live_credentials",
    "report_attempt",
    "report_share",
    # One process reads for all whose streams it serves.
    "read_job_events",
    # Numbers without names.
    "count_active_jobs",
    "count_ahead",
    "count_deliveries",
    "count_ended_jobs",
    "count_unsuccessful_attempts",
    "queue_positions",
    "viewer_is_admin",
}
"""Functions that run as the owner of the schema, and that the web may call."""

OWN = "({} = ( SELECT viewer_id() AS viewer_id))"
OF_A_JOB = "(EXISTS ( SELECT FROM jobs j WHERE (j.id = {}.job_id)))"
VISIBLE = {table: OWN.format(column) for table, column in OWNERS.items() if column in {"user_id", "id"}}
VISIBLE |= {table: OF_A_JOB.format(table) for table, column in OWNERS.items() if column == "job_id"}
VISIBLE["webhook_tries"] = (
    "(EXISTS ( SELECT FROM webhook_deliveries d WHERE (d.id = webhook_tries.delivery_id)))"
)
"""The rows that a viewer sees: his own, and those of what he sees of another table."""


async def admin_of(owner: Database) -> UserId:
    """An administrator who has one of everything himself."""
    tenant = await make_tenant(owner)
    async with owner.transaction() as tx:
        await tx.execute("UPDATE users SET role = 'admin' WHERE id = $1", tenant.viewer.user_id)
    return tenant.viewer.user_id


async def test_every_table_is_behind_the_wall_or_holds_nothing_of_anybody(owner: Database) -> None:
    async with owner.transaction() as tx:
        rows = await tx.fetch("""
            SELECT c.relname::text AS name, c.relrowsecurity AS walled
            FROM pg_class c
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
        """)

    walled = {row["name"] for row in rows if row["walled"]}
    assert walled == {*TABLES, *FOR_ADMINISTRATIONS}, "a new table needs a row in ROWS of tests/db/tenants.py"
    assert {row["name"] for row in rows} - walled == NOBODYS, "a new table needs row-level security"


async def test_no_table_with_an_owner_is_nobodys(owner: Database) -> None:
    async with owner.transaction() as tx:
        rows = await tx.fetch(
            "SELECT attrelid::regclass::text AS name FROM pg_attribute "
            "WHERE attname IN ('user_id', 'job_id', 'delivery_id', 'asset_id') AND NOT attisdropped "
            "AND attrelid::regclass::text = ANY ($1)",
            sorted(NOBODYS),
        )

    assert [row["name"] for row in rows] == ["queue_marks"]


@pytest.mark.parametrize("table", ["queue_marks", "chores", *FOR_ADMINISTRATIONS])
async def test_web_may_not_read(owner: Database, table: str) -> None:
    async with owner.transaction() as tx:
        ((columns,),) = await tx.fetch(READABLE, table)

    assert columns == ""


@pytest.mark.parametrize("table", TABLES)
async def test_policies_are_one_for_each_role(owner: Database, table: str) -> None:
    async with owner.transaction() as tx:
        rows = await tx.fetch(
            "SELECT roles::text[] AS roles, qual, permissive, cmd FROM pg_policies "
            "WHERE schemaname = 'public' AND tablename = $1",
            table,
        )

    policies = {role: row["qual"] for row in rows for role in row["roles"]}
    admin = {ADMIN_ROLE: "( SELECT viewer_is_admin() AS viewer_is_admin)"} if table in ADMINISTERED else {}
    assert policies == {WEB_ROLE: policies[WEB_ROLE], "rushes_worker": "true"} | admin
    assert len(rows) == len(policies)
    assert {(row["permissive"], row["cmd"]) for row in rows} == {("PERMISSIVE", "ALL")}


@pytest.mark.parametrize("table", TABLES)
async def test_policy_of_the_web_is_that_the_row_is_the_viewers(owner: Database, table: str) -> None:
    async with owner.transaction() as tx:
        ((qual, check),) = await tx.fetch(
            "SELECT qual, with_check FROM pg_policies WHERE tablename = $1 AND policyname = 'viewer'", table
        )

    shown, written = (" ".join(text.split()) if text else None for text in (qual, check))
    assert shown == VISIBLE[table]
    assert written is None or written.startswith(f"({shown} AND ")


@pytest.mark.parametrize("table", FOR_ADMINISTRATIONS)
async def test_only_administrations_have_a_policy(owner: Database, table: str) -> None:
    async with owner.transaction() as tx:
        rows = await tx.fetch(
            "SELECT roles::text[] AS roles, qual FROM pg_policies WHERE tablename = $1", table
        )

    assert [(row["roles"], row["qual"]) for row in rows] == [
        ([ADMIN_ROLE], "( SELECT viewer_is_admin() AS viewer_is_admin)")
    ]


async def test_functions_past_the_wall_are_those_that_are_known(owner: Database) -> None:
    async with owner.transaction() as tx:
        rows = await tx.fetch("""
            SELECT proname::text AS name FROM pg_proc
            WHERE pronamespace = 'public'::regnamespace AND prosecdef
              AND has_function_privilege('rushes_web', oid, 'EXECUTE')
        """)

    assert {row["name"] for row in rows} == PAST_THE_WALL


@pytest.mark.parametrize("table", TABLES)
async def test_administrator_sees_his_own_rows_outside_of_an_administration(
    owner: Database, web: Database, table: str
) -> None:
    admin = await admin_of(owner)
    ann = await make_tenant(owner)

    async with web.transaction(viewer=admin) as tx:
        found = await seen(tx, table)

    assert len(found) == 1
    assert ann.owns(table) not in found


@pytest.mark.parametrize("table", sorted(ADMINISTERED))
async def test_administration_sees_the_rows_of_all(owner: Database, web: Database, table: str) -> None:
    admin = await admin_of(owner)
    ann, bob = await make_tenant(owner), await make_tenant(owner)

    async with web.administration(viewer=admin) as tx:
        found = await seen(tx, table)

    assert {ann.owns(table), bob.owns(table)} <= found


@pytest.mark.parametrize("table", sorted(set(TABLES) - ADMINISTERED))
async def test_administration_may_not_read(owner: Database, web: Database, table: str) -> None:
    admin = await admin_of(owner)

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with web.administration(viewer=admin) as tx:
            await seen(tx, table)


@pytest.mark.parametrize("table", sorted(ADMINISTERED))
async def test_role_of_administrations_shows_a_user_nothing(
    owner: Database, web: Database, table: str
) -> None:
    ann = await make_tenant(owner)

    async with web.transaction(viewer=ann.viewer.user_id) as tx:
        await tx.execute(f"SET LOCAL ROLE {ADMIN_ROLE}")
        found = await seen(tx, table)

    assert found == set()


@pytest.mark.parametrize("change", ["role = 'user'", "disabled_at = now()"])
async def test_who_is_no_administrator_any_more_cannot_begin_an_administration(
    owner: Database, web: Database, change: str
) -> None:
    admin = await admin_of(owner)
    async with owner.transaction() as tx:
        await tx.execute(f"UPDATE users SET {change} WHERE id = $1", admin)

    with pytest.raises(Denied):
        async with web.administration(viewer=admin):
            pytest.fail("the administration began")


async def test_administration_ends_with_its_transaction(owner: Database, web: Database) -> None:
    admin = await admin_of(owner)
    async with web.administration(viewer=admin) as tx:
        await seen(tx, "jobs")

    async with web.transaction(viewer=admin) as tx:
        found = await seen(tx, "users")

    assert found == {admin}
