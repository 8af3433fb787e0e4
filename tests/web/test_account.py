import json
from dataclasses import replace
from typing import Any

import httpx
import pytest

from rushes.actions.cancel import cancel
from rushes.db.pool import Database
from rushes.domain.accounts import MAX_API_KEYS, Plan
from rushes.web.limiting import RateRules
from rushes.web.services import Services
from tests.factories import claim_one, complete, make_job, make_output, read_balance
from tests.web.people import API, Person, make_person, wrong_fields
from tests.web.site import started, visiting

ANN = {"email": "ann@example.org", "password": "correct horse"}
NEW = "battery staple"
FILL_KEYS = """
    INSERT INTO api_keys (id, user_id, name, prefix, key_sha256)
    SELECT gen_random_uuid(), $1, 'ci', 'rsk_12345678', sha256(n::text::bytea) FROM generate_series(1, $2) n
"""


async def sign_in(client: httpx.AsyncClient, password: str = ANN["password"]) -> httpx.Response:
    return await client.post(f"{API}/auth/login", json=ANN | {"password": password})


@pytest.fixture
async def ann(owner: Database, client: httpx.AsyncClient) -> Person:
    """Somebody who has a password."""
    registered = await client.post(f"{API}/auth/register", json=ANN)
    opened = await sign_in(client)
    person = await make_person(owner, client)
    viewer = replace(person.viewer, user_id=registered.json()["id"])
    return replace(person, viewer=viewer, token=opened.json()["token"])


async def change_password(person: Person, current: str, new: str) -> httpx.Response:
    return await person.post("/auth/password", {"current_password": current, "new_password": new})


async def test_profile_changes_where_it_is_told_to(ada: Person) -> None:
    first = await ada.patch("/me", {"username": "Ada", "avatar_url": "https://example.org/ada.png"})
    second = await ada.patch("/me", {"username": None})
    third = await ada.patch("/me", {})

    assert first.status_code == 200
    assert (first.json()["username"], first.json()["avatar_url"]) == ("Ada", "https://example.org/ada.png")
    assert (second.json()["username"], second.json()["avatar_url"]) == (None, "https://example.org/ada.png")
    assert third.json() == second.json() | {"updated_at": third.json()["updated_at"]}
    assert first.json()["updated_at"] > first.json()["created_at"]
    assert (await ada.get("/me")).json() == third.json()


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"username": "", "avatar_url": "javascript:alert(1)"}, ["avatar_url", "username"]),
        ({"username": "x" * 51}, ["username"]),
        ({"username": "\ud800"}, ["username"]),
        ({"username": "a\0"}, ["username"]),
        ({"username": 5}, ["username"]),
        ({"avatar_url": "https://"}, ["avatar_url"]),
        ({"avatar_url": "https://example.org/" + "x" * 2000}, ["avatar_url"]),
        ({"email": None}, ["email"]),
        ({"email": "nobody", "username": "x" * 51}, ["current_password", "email", "username"]),
        ({"credits": 10**6}, ["credits"]),
        ({"role": "admin", "plan": "pro"}, ["plan", "role"]),
    ],
)
async def test_every_wrong_field_of_a_profile_is_named(
    ada: Person, body: dict[str, Any], fields: list[str]
) -> None:
    answer = await ada.client.patch(
        f"{API}/me", content=json.dumps(body), headers=ada.bearer | {"Content-Type": "application/json"}
    )

    assert answer.status_code == 422
    assert wrong_fields(answer) == fields


async def test_email_changes_with_the_password(client: httpx.AsyncClient, ann: Person) -> None:
    changed = await ann.patch("/me", {"email": "ann@example.com", "current_password": ANN["password"]})

    assert changed.json()["email"] == "ann@example.com"
    assert (await sign_in(client)).status_code == 401
    answer = await client.post(f"{API}/auth/login", json=ANN | {"email": "ANN@example.com"})
    assert answer.status_code == 200


@pytest.mark.parametrize("proof", [{}, {"current_password": "wrong horse"}])
async def test_email_stays_without_the_password(ann: Person, proof: dict[str, str]) -> None:
    answer = await ann.patch("/me", {"email": "ann@example.com"} | proof)

    assert answer.status_code == 422
    assert wrong_fields(answer) == ["current_password"]
    assert (await ann.get("/me")).json()["email"] == ANN["email"]


async def test_email_of_another_is_taken(client: httpx.AsyncClient, ann: Person) -> None:
    await client.post(f"{API}/auth/register", json=ANN | {"email": "bob@example.org"})

    answer = await ann.patch("/me", {"email": "BOB@example.org", "current_password": ANN["password"]})

    assert answer.status_code == 409
    assert answer.json()["code"] == "email_taken"


@pytest.mark.parametrize(("plan", "slots", "best"), [(Plan.FREE, 2, 5), (Plan.PRO, 10, 1)])
async def test_me_tells_the_limits_of_the_plan(
    owner: Database, client: httpx.AsyncClient, plan: Plan, slots: int, best: int
) -> None:
    person = await make_person(owner, client, plan=plan)

    limits = (await person.get("/me")).json()["limits"]

    assert (limits["slots"], limits["best_priority"]) == (slots, best)
    assert limits["per_minute"]["submits"] == RateRules().submits


async def test_changed_password_ends_the_other_sessions(client: httpx.AsyncClient, ann: Person) -> None:
    other = {"Authorization": f"Bearer {(await sign_in(client)).json()['token']}"}
    key = (await ann.post("/api-keys", {"name": "ci"})).json()["key"]

    answer = await change_password(ann, ANN["password"], NEW)

    by_key = await client.get(f"{API}/me", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 204
    assert (await ann.get("/me")).status_code == 200
    assert (await client.get(f"{API}/me", headers=other)).status_code == 401
    assert by_key.status_code == 200
    assert (await sign_in(client)).status_code == 401
    assert (await sign_in(client, NEW)).status_code == 200


@pytest.mark.parametrize(
    ("current", "new", "fields"),
    [
        ("wrong horse", NEW, ["current_password"]),
        (ANN["password"], "short", ["new_password"]),
        (ANN["password"], "x" * 73, ["new_password"]),
        (ANN["password"], "é" * 37, ["new_password"]),
        ("wrong horse", "short", ["current_password", "new_password"]),
    ],
)
async def test_wrong_change_of_the_password_changes_nothing(
    client: httpx.AsyncClient, ann: Person, current: str, new: str, fields: list[str]
) -> None:
    other = {"Authorization": f"Bearer {(await sign_in(client)).json()['token']}"}

    answer = await change_password(ann, current, new)

    assert answer.status_code == 422
    assert wrong_fields(answer) == fields
    assert (await client.get(f"{API}/me", headers=other)).status_code == 200
    assert (await sign_in(client)).status_code == 200


@pytest.mark.parametrize("new", ["12345678", "x" * 72])
async def test_password_may_have_8_characters_to_72_bytes(
    client: httpx.AsyncClient, ann: Person, new: str
) -> None:
    answer = await change_password(ann, ANN["password"], new)

    assert answer.status_code == 204
    assert (await sign_in(client, new)).status_code == 200


async def test_guesses_at_the_password_are_limited(services: Services, owner: Database) -> None:
    rules = RateRules(passwords=1)

    async with started(replace(services, rates=rules)) as app, visiting(app) as client:
        ada = await make_person(owner, client)
        first = await change_password(ada, "wrong horse", NEW)
        second = await change_password(ada, "wrong horse", NEW)
        third = await ada.patch("/me", {"email": "a@example.org", "current_password": "wrong horse"})

    assert (first.status_code, second.status_code, third.status_code) == (422, 429, 429)


async def test_account_has_no_more_than_a_hundred_keys(owner: Database, ada: Person) -> None:
    first = (await ada.post("/api-keys", {"name": "ci"})).json()
    async with owner.transaction() as tx:
        await tx.execute(FILL_KEYS, ada.viewer.user_id, MAX_API_KEYS - 1)

    refused = await ada.post("/api-keys", {"name": "one too many"})
    await ada.delete(f"/api-keys/{first['id']}")
    made = await ada.post("/api-keys", {"name": "in its place"})

    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert made.status_code == 201


async def test_ledger_tells_what_became_of_the_credits(owner: Database, work: Database, ada: Person) -> None:
    done = await make_job(owner, ada.viewer)
    await complete(work, await claim_one(work), make_output(), log="")
    cancelled = await make_job(owner, ada.viewer)
    await cancel(owner, ada.viewer, job_id=cancelled.id)
    waiting = await make_job(owner, ada.viewer)

    entries = (await ada.get("/me/ledger")).json()["entries"]

    assert [(entry["kind"], entry["job_id"]) for entry in reversed(entries)] == [
        ("grant", None),
        ("hold", str(done.id)),
        ("capture", str(done.id)),
        ("hold", str(cancelled.id)),
        ("release", str(cancelled.id)),
        ("hold", str(waiting.id)),
    ]
    assert sum(entry["amount"] for entry in entries) == entries[0]["balance_after"]
    assert entries[0]["balance_after"] == await read_balance(owner, ada.viewer)
    assert set(entries[0]) == {"id", "kind", "amount", "balance_after", "reason", "job_id", "created_at"}


async def test_ledger_comes_in_pages(owner: Database, ada: Person) -> None:
    await make_job(owner, ada.viewer)
    await make_job(owner, ada.viewer)

    first = (await ada.get("/me/ledger", limit=2)).json()
    second = (await ada.get("/me/ledger", limit=2, cursor=first["next_cursor"])).json()

    assert [entry["kind"] for entry in first["entries"] + second["entries"]] == ["hold", "hold", "grant"]
    assert second["next_cursor"] is None


async def test_ledger_of_another_is_not_shown(owner: Database, ada: Person, bob: Person) -> None:
    await make_job(owner, ada.viewer)

    entries = (await bob.get("/me/ledger")).json()["entries"]

    assert [entry["kind"] for entry in entries] == ["grant"]


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 101}, {"cursor": "nonsense"}])
async def test_wrong_page_of_the_ledger_is_refused(ada: Person, query: dict[str, Any]) -> None:
    answer = await ada.get("/me/ledger", **query)

    assert answer.status_code == 422
    assert wrong_fields(answer) == list(query)
