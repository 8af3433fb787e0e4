"""Administration is for administrators, and the wall between tenants stands for them too elsewhere."""

from uuid import UUID

import httpx
import pytest

from rushes.db.pool import ADMIN_ROLE, Database
from rushes.errors import Denied
from tests.factories import fetch_value, make_viewer
from tests.web.admins import ADMIN, make_admin, patch, read_audit
from tests.web.people import Person, make_queued_job

SOME_ID = UUID(int=1)
ROUTES = [
    ("GET", "/metrics"),
    ("GET", "/lanes"),
    ("PATCH", "/lanes/cpu"),
    ("GET", "/workers"),
    ("POST", f"/workers/{SOME_ID}/drain"),
    ("GET", "/jobs"),
    ("GET", f"/jobs/{SOME_ID}"),
    ("POST", f"/jobs/{SOME_ID}/cancel"),
    ("POST", f"/jobs/{SOME_ID}/retry"),
    ("GET", "/users"),
    ("GET", f"/users/{SOME_ID}"),
    ("PATCH", f"/users/{SOME_ID}"),
    ("POST", f"/users/{SOME_ID}/grant"),
    ("GET", "/reviews"),
    ("POST", f"/reviews/{SOME_ID}"),
    ("GET", "/models"),
    ("POST", "/models"),
    ("PATCH", "/models/motion"),
    ("GET", "/audit"),
]


@pytest.fixture
async def admin(owner: Database, client: httpx.AsyncClient) -> Person:
    return await make_admin(owner, client)


async def test_the_list_of_routes_is_whole(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()

    known = {
        (method.upper(), path)
        for path, operations in document["paths"].items()
        for method in operations
        if path.startswith(ADMIN)
    }

    assert len(known) == len(ROUTES)


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_a_user_is_denied(ada: Person, method: str, path: str) -> None:
    answer = await ada.client.request(method, ADMIN + path, headers=ada.bearer)

    assert answer.status_code == 403
    assert answer.json()["code"] == "denied"


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_nobody_is_asked_to_sign_in(client: httpx.AsyncClient, method: str, path: str) -> None:
    answer = await client.request(method, ADMIN + path)

    assert answer.status_code == 401


async def test_who_was_demoted_is_denied_at_once(owner: Database, admin: Person) -> None:
    async with owner.transaction() as tx:
        await tx.execute("UPDATE users SET role = 'user' WHERE id = $1", admin.viewer.user_id)

    answer = await admin.get("/admin/users")

    assert answer.status_code == 403


async def test_an_administrator_sees_only_his_own_jobs_outside_administration(
    owner: Database, web: Database, admin: Person, bob: Person
) -> None:
    await make_queued_job(owner, bob)

    async with web.transaction(viewer=admin.viewer.user_id) as tx:
        rows = await tx.fetch("SELECT id FROM jobs")

    assert rows == []
    assert (await admin.get("/jobs")).json()["jobs"] == []


async def test_an_administration_sees_all_and_ends_with_its_transaction(
    owner: Database, web: Database, admin: Person, bob: Person
) -> None:
    job = await make_queued_job(owner, bob)

    async with web.administration(viewer=admin.viewer.user_id) as tx:
        seen = [row["id"] for row in await tx.fetch("SELECT id FROM jobs")]
    async with web.transaction(viewer=admin.viewer.user_id) as tx:
        after = await tx.fetch("SELECT id FROM jobs")

    assert seen == [job.id]
    assert after == []


async def test_the_database_itself_refuses_a_user_the_administration(owner: Database, web: Database) -> None:
    viewer = await make_viewer(owner)

    with pytest.raises(Denied):
        async with web.administration(viewer=viewer.user_id) as tx:
            await tx.execute("SELECT 1")


async def test_a_disabled_administrator_has_no_administration(
    owner: Database, web: Database, admin: Person
) -> None:
    async with owner.transaction() as tx:
        await tx.execute("UPDATE users SET disabled_at = now() WHERE id = $1", admin.viewer.user_id)

    with pytest.raises(Denied):
        async with web.administration(viewer=admin.viewer.user_id) as tx:
            await tx.execute("SELECT 1")


async def test_the_role_alone_shows_nothing(owner: Database, web: Database, bob: Person) -> None:
    await make_queued_job(owner, bob)

    async with web.transaction(viewer=bob.viewer.user_id) as tx:
        await tx.execute(f"SET LOCAL ROLE {ADMIN_ROLE}")
        rows = await tx.fetch("SELECT id FROM jobs")

    assert rows == []


@pytest.mark.parametrize("column", ["users.password_hash", "webhook_endpoints.secret", "api_keys.id"])
async def test_administrators_read_no_secret(owner: Database, column: str) -> None:
    table, _, name = column.partition(".")

    granted = await fetch_value(
        owner, "SELECT has_column_privilege($1, $2, $3, 'SELECT')", ADMIN_ROLE, table, name
    )

    assert not granted


@pytest.mark.parametrize("statement", ["UPDATE audit_log SET actor = 'x'", "DELETE FROM audit_log"])
async def test_the_audit_log_is_never_altered(owner: Database, admin: Person, statement: str) -> None:
    await patch(admin, "/lanes/cpu", {"paused": True})

    with pytest.raises(Exception, match="append-only"):
        async with owner.transaction() as tx:
            await tx.execute(statement)

    assert len(await read_audit(admin)) == 1
