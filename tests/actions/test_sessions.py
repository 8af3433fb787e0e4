from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from rushes.actions.accounts import (
    API_KEY_PREFIX,
    Registration,
    create_api_key,
    digest_of_key,
    login,
    logout,
    register,
    revoke_api_key,
)
from rushes.db import accounts
from rushes.db.pool import Database
from rushes.domain.accounts import Role, Viewer
from rushes.errors import Missing, Unauthenticated
from tests.factories import fetch_value, make_viewer

PASSWORD = "correct horse"


async def enters(web: Database, secret: str) -> Viewer | None:
    async with web.transaction() as tx:
        return await accounts.enter_api_key(tx, key_sha256=digest_of_key(secret))


async def test_logout_ends_only_its_session(web: Database) -> None:
    user = await register(web, Registration(email="ann@example.org", password=PASSWORD))
    one = await login(web, email=user.email, password=PASSWORD, user_agent=None)
    other = await login(web, email=user.email, password=PASSWORD, user_agent=None)

    await logout(web, Viewer(user_id=user.id, role=Role.USER, session_id=one.session_id))

    async with web.transaction() as tx:
        assert await accounts.enter_session(tx, session_id=one.session_id) is None
        assert await accounts.enter_session(tx, session_id=other.session_id) is not None


async def test_session_of_another_is_not_ended(owner: Database, web: Database) -> None:
    user = await register(web, Registration(email="ann@example.org", password=PASSWORD))
    session_id = (await login(web, email=user.email, password=PASSWORD, user_agent=None)).session_id
    stranger = await make_viewer(owner)

    await logout(web, Viewer(user_id=stranger.user_id, role=Role.USER, session_id=session_id))

    async with web.transaction() as tx:
        assert await accounts.enter_session(tx, session_id=session_id) is not None


async def test_api_key_has_no_session_to_end(owner: Database, web: Database) -> None:
    await logout(web, await make_viewer(owner))

    assert await fetch_value(owner, "SELECT count(*) FROM sessions") == 0


async def test_disabled_account_cannot_sign_in(owner: Database, web: Database) -> None:
    await register(web, Registration(email="ann@example.org", password=PASSWORD))
    await fetch_value(owner, "UPDATE users SET disabled_at = now() RETURNING id")

    with pytest.raises(Unauthenticated):
        await login(web, email="ann@example.org", password=PASSWORD, user_agent=None)


async def test_new_key_signs_its_owner_in(owner: Database, web: Database) -> None:
    viewer = await make_viewer(owner)

    key, secret = await create_api_key(web, viewer, name="laptop", expires_at=None)

    entered = await enters(web, secret)
    assert entered is not None
    assert entered.user_id == viewer.user_id
    assert secret.startswith(API_KEY_PREFIX)
    assert secret.startswith(key.prefix)


async def test_key_itself_is_not_kept(owner: Database, web: Database) -> None:
    _, secret = await create_api_key(web, await make_viewer(owner), name="laptop", expires_at=None)

    row = await fetch_value(owner, "SELECT row_to_json(api_keys)::text FROM api_keys")

    assert secret not in row


async def test_expired_key_signs_nobody_in(owner: Database, web: Database) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)

    _, secret = await create_api_key(web, await make_viewer(owner), name="old", expires_at=yesterday)

    assert await enters(web, secret) is None


async def test_revoked_key_signs_nobody_in(owner: Database, web: Database) -> None:
    viewer = await make_viewer(owner)
    key, secret = await create_api_key(web, viewer, name="laptop", expires_at=None)

    await revoke_api_key(web, viewer, key_id=key.id)

    async with web.transaction(viewer=viewer.user_id) as tx:
        assert await accounts.list_api_keys(tx, user_id=viewer.user_id) == []
    assert await enters(web, secret) is None


async def test_key_of_another_is_missing(owner: Database, web: Database) -> None:
    key, secret = await create_api_key(web, await make_viewer(owner), name="laptop", expires_at=None)

    with pytest.raises(Missing):
        await revoke_api_key(web, await make_viewer(owner), key_id=key.id)

    assert await enters(web, secret) is not None


async def test_unknown_key_is_missing(owner: Database, web: Database) -> None:
    with pytest.raises(Missing):
        await revoke_api_key(web, await make_viewer(owner), key_id=uuid4())
