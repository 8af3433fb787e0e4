"""Pages of other sites: those that were named may use the API with a token, and nobody else's."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from rushes.web.services import Services
from tests.web.people import COOKIE, Person
from tests.web.site import started, visiting

FRIEND = "https://app.example.org"


@pytest.fixture
async def open_client(services: Services) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application that lets one site in."""
    async with (
        started(replace(services, cors_origins=(FRIEND,))) as app,
        visiting(app) as client,
    ):
        yield client


def preflight(origin: str, method: str = "POST") -> dict[str, str]:
    return {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
    }


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
async def test_browser_is_told_that_a_named_site_may_ask(open_client: httpx.AsyncClient, method: str) -> None:
    answer = await open_client.options("/api/v1/jobs", headers=preflight(FRIEND, method))

    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == FRIEND
    assert "access-control-allow-credentials" not in answer.headers


async def test_named_site_may_read_answers_and_what_they_tell(open_client: httpx.AsyncClient) -> None:
    answer = await open_client.get("/api/v1/me", headers={"Origin": FRIEND})

    assert answer.status_code == 401
    assert answer.headers["access-control-allow-origin"] == FRIEND
    assert "Retry-After" in answer.headers["access-control-expose-headers"]
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_other_sites_are_told_nothing(open_client: httpx.AsyncClient) -> None:
    asked = await open_client.options("/api/v1/jobs", headers=preflight("https://evil.example.org"))
    answer = await open_client.get("/api/v1/me", headers={"Origin": "https://evil.example.org"})

    assert asked.status_code == 400
    assert "access-control-allow-origin" not in answer.headers


async def test_cookie_is_not_taken_from_a_named_site(open_client: httpx.AsyncClient, ada: Person) -> None:
    headers = {"Origin": FRIEND, "Sec-Fetch-Site": "cross-site", "Cookie": f"{COOKIE}={ada.token}"}

    answer = await open_client.post("/api/v1/projects", json={"name": "x"}, headers=headers)

    assert answer.status_code == 403


async def test_nobody_is_let_in_by_default(client: httpx.AsyncClient) -> None:
    asked = await client.options("/api/v1/jobs", headers=preflight(FRIEND))

    assert asked.status_code == 405
    assert "access-control-allow-origin" not in asked.headers
