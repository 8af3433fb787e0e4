from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from uuid import UUID, uuid4

import asyncpg
import pytest
from uuid_utils.compat import uuid7

from rushes.db import accounts
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.ids import ApiKeyId, SessionId
from tests.factories import fetch_value, make_viewer

VIEWER = "SELECT viewer_id()"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """An account with an open session and an API key."""

    viewer: Viewer
    session_id: SessionId
    key_id: ApiKeyId
    key_sha256: bytes


@pytest.fixture
async def ann(owner: Database) -> Signed:
    viewer = await make_viewer(owner)
    signed = Signed(
        viewer=viewer,
        session_id=SessionId(uuid7()),
        key_id=ApiKeyId(uuid7()),
        key_sha256=sha256(viewer.user_id.bytes).digest(),
    )
    async with owner.transaction() as tx:
        await accounts.insert_session(
            tx,
            session_id=signed.session_id,
            user_id=viewer.user_id,
            user_agent=None,
            lifetime=timedelta(days=1),
        )
        await accounts.insert_api_key(
            tx,
            key_id=signed.key_id,
            user_id=viewer.user_id,
            name="key",
            prefix="rsk_",
            key_sha256=signed.key_sha256,
            expires_at=None,
        )
    return signed


SPOILT_SESSIONS = [
    "UPDATE sessions SET revoked_at = now() WHERE user_id = $1 RETURNING id",
    "UPDATE sessions SET expires_at = now() - interval '1 second' WHERE user_id = $1 RETURNING id",
    "UPDATE users SET disabled_at = now() WHERE id = $1 RETURNING id",
    "DELETE FROM sessions WHERE user_id = $1 RETURNING id",
]

SPOILT_KEYS = [
    "UPDATE api_keys SET revoked_at = now() WHERE user_id = $1 RETURNING id",
    "UPDATE api_keys SET expires_at = now() - interval '1 second' WHERE user_id = $1 RETURNING id",
    "UPDATE users SET disabled_at = now() WHERE id = $1 RETURNING id",
    "DELETE FROM api_keys WHERE user_id = $1 RETURNING id",
]


async def test_session_names_the_viewer_of_the_transaction(web: Database, ann: Signed) -> None:
    async with web.transaction() as tx:
        viewer = await accounts.enter_session(tx, session_id=ann.session_id)
        ((seen,),) = await tx.fetch(VIEWER)

    assert viewer is not None
    assert viewer.user_id == seen == ann.viewer.user_id


@pytest.mark.parametrize("spoil", SPOILT_SESSIONS)
async def test_spoilt_session_names_nobody(owner: Database, web: Database, ann: Signed, spoil: str) -> None:
    await fetch_value(owner, spoil, ann.viewer.user_id)

    async with web.transaction() as tx:
        viewer = await accounts.enter_session(tx, session_id=ann.session_id)
        ((seen,),) = await tx.fetch(VIEWER)

    assert viewer is None
    assert seen is None


async def test_unknown_session_leaves_the_viewer_as_he_was(web: Database, ann: Signed) -> None:
    async with web.transaction(viewer=ann.viewer.user_id) as tx:
        viewer = await accounts.enter_session(tx, session_id=SessionId(uuid7()))
        ((seen,),) = await tx.fetch(VIEWER)

    assert viewer is None
    assert seen == ann.viewer.user_id


async def test_api_key_names_the_viewer_of_the_transaction(web: Database, ann: Signed) -> None:
    async with web.transaction() as tx:
        viewer = await accounts.enter_api_key(tx, key_sha256=ann.key_sha256)
        ((seen,),) = await tx.fetch(VIEWER)

    assert viewer is not None
    assert viewer.user_id == seen == ann.viewer.user_id


@pytest.mark.parametrize("spoil", SPOILT_KEYS)
async def test_spoilt_api_key_names_nobody(owner: Database, web: Database, ann: Signed, spoil: str) -> None:
    await fetch_value(owner, spoil, ann.viewer.user_id)

    async with web.transaction() as tx:
        viewer = await accounts.enter_api_key(tx, key_sha256=ann.key_sha256)
        ((seen,),) = await tx.fetch(VIEWER)

    assert viewer is None
    assert seen is None


async def test_use_of_an_api_key_is_noted(owner: Database, web: Database, ann: Signed) -> None:
    async with web.transaction() as tx:
        await accounts.enter_api_key(tx, key_sha256=ann.key_sha256)

    used = await fetch_value(owner, "SELECT last_used_at IS NOT NULL FROM api_keys WHERE id = $1", ann.key_id)

    assert used


async def test_use_of_an_api_key_is_noted_once_a_minute(owner: Database, web: Database, ann: Signed) -> None:
    last_used = "SELECT last_used_at FROM api_keys WHERE id = $1"
    async with web.transaction() as tx:
        await accounts.enter_api_key(tx, key_sha256=ann.key_sha256)
    first = await fetch_value(owner, last_used, ann.key_id)

    async with web.transaction() as tx:
        await accounts.enter_api_key(tx, key_sha256=ann.key_sha256)

    assert await fetch_value(owner, last_used, ann.key_id) == first


async def test_login_is_found_in_any_case(web: Database, ann: Signed) -> None:
    async with web.transaction() as tx:
        found = await accounts.find_login(tx, email=f"{ann.viewer.user_id}@EXAMPLE.org")

    assert found == (ann.viewer.user_id, "*")


async def test_login_of_nobody_is_not_found(web: Database) -> None:
    async with web.transaction() as tx:
        found = await accounts.find_login(tx, email="%@example.org")

    assert found is None


async def test_login_of_a_disabled_account_is_not_found(owner: Database, web: Database, ann: Signed) -> None:
    await fetch_value(
        owner, "UPDATE users SET disabled_at = now() WHERE id = $1 RETURNING id", ann.viewer.user_id
    )

    async with web.transaction() as tx:
        found = await accounts.find_login(tx, email=f"{ann.viewer.user_id}@example.org")

    assert found is None


async def test_temporary_table_does_not_stand_in_for_ours(web: Database) -> None:
    user_id: UUID = uuid4()

    async with web.transaction() as tx:
        await tx.execute(
            "CREATE TEMP TABLE users (id uuid, email text, password_hash text, disabled_at date)"
        )
        await tx.execute("GRANT ALL ON users TO PUBLIC")
        await tx.execute("INSERT INTO pg_temp.users VALUES ($1, 'eve@example.org', 'eve')", user_id)
        found = await tx.fetch("SELECT * FROM find_login('eve@example.org')")

    assert found == []


@pytest.mark.parametrize(
    "call", ["find_login('a@b.c')", "enter_session(gen_random_uuid())", "enter_api_key(sha256(''))"]
)
async def test_worker_cannot_look_credentials_up(work: Database, call: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with work.transaction() as tx:
            await tx.fetch(f"SELECT * FROM {call}")


async def test_functions_with_the_owners_rights_are_closed(owner: Database) -> None:
    async with owner.transaction() as tx:
        rows = await tx.fetch("""
            SELECT proname::text AS name, has_function_privilege('public', oid, 'EXECUTE') AS open,
                   'search_path=pg_catalog, public, pg_temp' = ANY (proconfig) AS fixed
            FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef
        """)

    assert {row["name"] for row in rows} == {
        "find_login",
        "enter_session",
        "enter_api_key",
        "queue_positions",
        "count_ahead",
        "find_share",
        "describe_share",
        "report_share",
        "report_attempt",
        "viewer_is_admin",
        "count_active_jobs",
        "count_ended_jobs",
        "count_unsuccessful_attempts",
        "count_deliveries",
        "read_job_events",
        "live_credentials",
    }
    assert all(row["fixed"] and not row["open"] for row in rows)
