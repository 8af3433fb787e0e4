import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import jwt
import pytest
from uuid_utils.compat import uuid7

from rushes.web.limiting import RateRules
from rushes.web.services import Services
from tests.web.people import API, SECRET, Person, wrong_fields
from tests.web.site import started, visiting

ANN = {"email": "ann@example.org", "password": "correct horse"}


async def test_register_answers_with_the_account_and_without_its_hash(client: httpx.AsyncClient) -> None:
    answer = await client.post(f"{API}/auth/register", json=ANN | {"username": "Ann"})

    account = answer.json()
    assert answer.status_code == 201
    assert (account["email"], account["username"], account["credits"]) == ("ann@example.org", "Ann", 1000)
    assert not {name for name in account if "password" in name or "hash" in name}


async def test_login_opens_a_session_that_me_accepts(client: httpx.AsyncClient) -> None:
    await client.post(f"{API}/auth/register", json=ANN)

    opened = await client.post(f"{API}/auth/login", json=ANN)
    token = opened.json()["token"]
    me = await client.get(f"{API}/me", headers={"Authorization": f"Bearer {token}"})

    assert opened.status_code == 200
    assert set(opened.json()) == {"token", "expires_at", "user"}
    assert "set-cookie" not in opened.headers
    assert me.json().items() >= opened.json()["user"].items()


async def test_register_refuses_a_taken_address(client: httpx.AsyncClient) -> None:
    await client.post(f"{API}/auth/register", json=ANN)

    answer = await client.post(f"{API}/auth/register", json=ANN | {"email": "ANN@example.org"})

    assert answer.status_code == 409
    assert answer.json()["code"] == "email_taken"


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["email", "password"]),
        ({"email": "nobody", "password": "short", "username": "x" * 51}, ["email", "password", "username"]),
        (ANN | {"password": "x" * 73}, ["password"]),
        (ANN | {"role": "admin"}, ["role"]),
        (ANN | {"email": "a\0b@example.org"}, ["email"]),
    ],
)
async def test_register_names_every_wrong_field(
    client: httpx.AsyncClient, body: dict[str, str], fields: list[str]
) -> None:
    answer = await client.post(f"{API}/auth/register", json=body)

    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid_fields"
    assert wrong_fields(answer) == fields


async def test_half_a_character_is_refused(client: httpx.AsyncClient) -> None:
    body = json.dumps(ANN | {"username": "\ud800"})

    answer = await client.post(
        f"{API}/auth/register", content=body, headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 422
    assert wrong_fields(answer) == ["username"]


@pytest.mark.parametrize("wrong", [{"email": "nobody@example.org"}, {"password": "wrong horse"}])
async def test_login_does_not_tell_what_was_wrong(client: httpx.AsyncClient, wrong: dict[str, str]) -> None:
    await client.post(f"{API}/auth/register", json=ANN)

    answer = await client.post(f"{API}/auth/login", json=ANN | wrong)

    assert answer.status_code == 401
    assert answer.json()["detail"] == "The email address or the password is wrong."


async def test_logout_ends_the_session(ada: Person) -> None:
    answer = await ada.post("/auth/logout")

    assert answer.status_code == 204
    assert (await ada.get("/me")).status_code == 401


@pytest.mark.parametrize(
    "header",
    [
        None,
        "Bearer",
        "Bearer nonsense",
        "Basic YTpi",
        "Bearer rsk_nonsense",
        f"Bearer {jwt.encode({'sub': 'a', 'sid': 'b', 'exp': 2**31}, SECRET)}",
        f"Bearer {jwt.encode({'sub': 'a', 'sid': str(uuid7()), 'exp': 2**31}, SECRET)}",
        f"Bearer {jwt.encode({'sub': 'a', 'sid': str(uuid7())}, SECRET)}",
        f"Bearer {jwt.encode({'sub': 'a', 'sid': str(uuid7()), 'exp': 1}, SECRET)}",
    ],
)
async def test_nobody_gets_in_with_what_proves_nothing(client: httpx.AsyncClient, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}

    answer = await client.get(f"{API}/me", headers=headers)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["code"] == "unauthenticated"


async def test_a_token_signed_with_another_secret_is_refused(ada: Person) -> None:
    claims = jwt.decode(ada.token, SECRET, algorithms=["HS256"])
    forged = jwt.encode(claims, b"another secret, also of 32 bytes or more")

    answer = await ada.client.get(f"{API}/me", headers={"Authorization": f"Bearer {forged}"})

    assert answer.status_code == 401


async def test_a_token_without_a_signature_is_refused(ada: Person) -> None:
    claims = jwt.decode(ada.token, SECRET, algorithms=["HS256"])
    forged = jwt.encode(claims, None, algorithm="none")

    answer = await ada.client.get(f"{API}/me", headers={"Authorization": f"Bearer {forged}"})

    assert answer.status_code == 401


async def test_an_api_key_is_shown_once_and_works(ada: Person) -> None:
    made = await ada.post("/api-keys", {"name": "ci"})
    key = made.json()["key"]
    me = await ada.client.get(f"{API}/me", headers={"Authorization": f"Bearer {key}"})
    listed = (await ada.get("/api-keys")).json()["api_keys"]

    assert made.status_code == 201
    assert key.startswith("rsk_")
    assert me.json()["id"] == str(ada.viewer.user_id)
    assert [one["name"] for one in listed] == ["ci"]
    assert key not in str(listed)


async def test_a_revoked_api_key_is_worth_nothing(ada: Person) -> None:
    made = (await ada.post("/api-keys", {"name": "ci"})).json()

    revoked = await ada.delete(f"/api-keys/{made['id']}")
    again = await ada.delete(f"/api-keys/{made['id']}")
    me = await ada.client.get(f"{API}/me", headers={"Authorization": f"Bearer {made['key']}"})

    assert (revoked.status_code, again.status_code, me.status_code) == (204, 404, 401)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "x" * 101},
        {"name": "a\0"},
        {"expires_at": "2020-01-01T00:00:00Z"},
        {"expires_at": "2999-01-01T00:00:00"},
    ],
)
async def test_an_api_key_with_a_wrong_field_is_not_made(ada: Person, wrong: dict[str, str]) -> None:
    answer = await ada.post("/api-keys", {"name": "ci"} | wrong)

    assert answer.status_code == 422
    assert wrong_fields(answer) == list(wrong)


async def test_an_api_key_can_end_by_itself(ada: Person) -> None:
    expires_at = (datetime.now(UTC) + timedelta(hours=1)).isoformat()

    answer = await ada.post("/api-keys", {"name": "ci", "expires_at": expires_at})

    assert datetime.fromisoformat(answer.json()["expires_at"]).isoformat() == expires_at


async def test_login_is_limited_per_account(services: Services) -> None:
    rules = RateRules(logins=1)
    wrong = {"email": "ann@example.org", "password": "wrong horse"}

    async with started(replace(services, rates=rules)) as app, visiting(app) as client:
        first = await client.post(f"{API}/auth/login", json=wrong)
        second = await client.post(f"{API}/auth/login", json=wrong | {"email": "ANN@example.org"})
        other = await client.post(f"{API}/auth/login", json=wrong | {"email": "bob@example.org"})

    assert (first.status_code, second.status_code, other.status_code) == (401, 429, 401)
    assert second.json()["code"] == "limited"
    assert 1 <= int(second.headers["retry-after"]) <= 60


async def test_registration_is_limited_per_address(services: Services) -> None:
    rules = RateRules(registrations=1, address_factor=1)

    async with started(replace(services, rates=rules)) as app, visiting(app) as client:
        first = await client.post(f"{API}/auth/register", json=ANN | {"email": "x"})
        second = await client.post(f"{API}/auth/register", json=ANN)

    assert (first.status_code, second.status_code) == (422, 429)
