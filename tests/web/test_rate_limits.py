import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from rushes.actions.callbacks import mint_callback_token
from rushes.db.pool import Database
from rushes.setting_groups import RateSettings
from rushes.web.limiting import Rate, RateRules
from rushes.web.services import Services
from tests.factories import claim, make_job
from tests.web.people import API, SECRET, Person, make_person
from tests.web.site import started, visiting

Visiting = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]

NOWHERE = UUID(int=1)
LIMITED = [
    ("uploads", "POST", "/assets"),
    ("submits", "POST", "/jobs"),
    ("submits", "POST", "/jobs/batch"),
    ("submits", "POST", "/jobs/quote"),
    ("submits", "POST", f"/jobs/{NOWHERE}/share"),
    ("submits", "POST", f"/jobs/{NOWHERE}/retry"),
    ("submits", "POST", "/jobs/bulk"),
    ("prompts", "POST", "/prompts/enhance"),
    ("passwords", "POST", "/auth/password"),
    ("webhooks", "POST", "/webhooks"),
    ("webhooks", "PATCH", f"/webhooks/{NOWHERE}"),
    ("webhooks", "POST", f"/deliveries/{NOWHERE}/redeliver"),
    ("webhook_tests", "POST", f"/webhooks/{NOWHERE}/test"),
]


@pytest.fixture
def visit(services: Services) -> Visiting:
    """Starts the application with other rules, and visits it."""
    return partial(visiting_with, services)


@asynccontextmanager
async def visiting_with(services: Services, **rules: int) -> AsyncIterator[httpx.AsyncClient]:
    async with started(replace(services, rates=RateRules(**rules))) as app, visiting(app) as client:
        yield client


def coming_from(app: FastAPI, host: str) -> httpx.AsyncClient:
    """A client at some network address."""
    transport = httpx.ASGITransport(app, client=(host, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://rushes.test")


async def ask(client: httpx.AsyncClient, person: Person, method: str, path: str) -> httpx.Response:
    return await client.request(method, f"{API}{path}", headers=person.bearer, json={})


@pytest.mark.parametrize(("rule", "method", "path"), LIMITED)
async def test_account_may_do_it_only_so_often(
    owner: Database, visit: Visiting, rule: str, method: str, path: str
) -> None:
    async with visit(**{rule: 1}) as client:
        ada, bob = await make_person(owner, client), await make_person(owner, client)
        first = await ask(client, ada, method, path)
        second = await ask(client, ada, method, path)
        other = await ask(client, bob, method, path)

    assert first.status_code != 429
    assert second.status_code == 429
    assert second.headers["content-type"] == "application/problem+json"
    assert second.json()["code"] == "limited"
    assert 1 <= int(second.headers["retry-after"]) <= 60
    assert other.status_code == first.status_code


async def test_network_address_may_do_it_only_so_often(owner: Database, visit: Visiting) -> None:
    async with visit(submits=1, address_factor=2) as client:
        people = [await make_person(owner, client) for _ in range(3)]
        answers = [await ask(client, person, "POST", "/jobs/quote") for person in people]

    assert [answer.status_code for answer in answers] == [422, 422, 429]


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", 429),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", 422),
        ("::ffff:192.0.2.1", "192.0.2.1", 429),
        ("192.0.2.1", "192.0.2.2", 422),
    ],
)
async def test_addresses_of_one_visitor_count_as_one(
    owner: Database, services: Services, first: str, second: str, status: int
) -> None:
    rules = RateRules(submits=1, address_factor=1)
    async with started(replace(services, rates=rules)) as app:
        async with coming_from(app, first) as client:
            await ask(client, await make_person(owner, client), "POST", "/jobs/quote")
        async with coming_from(app, second) as client:
            answer = await ask(client, await make_person(owner, client), "POST", "/jobs/quote")

    assert answer.status_code == status


async def test_what_is_counted_apart_is_limited_apart(owner: Database, visit: Visiting) -> None:
    async with visit(webhooks=1) as client:
        ada = await make_person(owner, client)
        await ask(client, ada, "POST", "/webhooks")
        again = await ask(client, ada, "POST", "/webhooks")
        tested = await ask(client, ada, "POST", f"/webhooks/{NOWHERE}/test")

    assert (again.status_code, tested.status_code) == (429, 404)


async def test_who_is_not_signed_in_is_told_that_first(visit: Visiting) -> None:
    async with visit(submits=1) as client:
        answers = [await client.post(f"{API}/jobs", json={}) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [401, 401, 401]


async def test_callbacks_are_limited_by_their_attempt(
    owner: Database, work: Database, visit: Visiting
) -> None:
    said: dict[str, Any] = {"status": "progress", "progress": 1}
    async with visit(callbacks=1) as client:
        ada = await make_person(owner, client)
        await make_job(owner, ada.viewer)
        await make_job(owner, ada.viewer)
        tokens = [
            mint_callback_token(SECRET, attempt, lifetime=timedelta(hours=1))
            for attempt in await claim(work, count=2)
        ]
        first = await client.post(f"{API}/callbacks/{tokens[0]}", json=said)
        second = await client.post(f"{API}/callbacks/{tokens[0]}", json=said)
        other = await client.post(f"{API}/callbacks/{tokens[1]}", json=said)

    assert (first.status_code, second.status_code, other.status_code) == (202, 429, 202)
    assert 1 <= int(second.headers["retry-after"]) <= 60


async def test_every_limited_route_says_so(client: httpx.AsyncClient) -> None:
    paths = (await client.get("/openapi.json")).json()["paths"]

    documented = {
        path for path, methods in paths.items() for one in methods.values() if "429" in one["responses"]
    }

    expected = {path.replace(str(NOWHERE), "{}") for _, _, path in LIMITED} | {"/callbacks/{}"}
    assert {re.sub(r"{\w+}", "{}", path.removeprefix(API)) for path in documented} >= expected


def test_settings_and_rules_are_the_same() -> None:
    assert RateSettings().model_dump() == {
        name: getattr(RateRules(), name) for name in RateRules.__dataclass_fields__
    }
    assert {str(rate) for rate in Rate} == RateSettings.model_fields.keys() - {"address_factor"}
