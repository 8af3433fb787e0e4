from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from rushes.db.pool import WEB_ROLE, Database, open_database
from rushes.domain.media import Bucket
from rushes.errors import EngineError, Kind
from rushes.storage.remote import S3Options, s3_storage
from rushes.web.errors import STATUSES
from rushes.web.middleware.body_limit import BODY_BYTES
from rushes.web.services import Services
from tests.s3 import KEY, REGION
from tests.web.people import API, Person
from tests.web.site import HTML, started, visiting

NOBODY = "http://127.0.0.1:1"
"""Nothing listens here."""

PROBLEM_MEMBERS = {"type", "title", "status", "detail", "code", "errors", "request_id"}


def test_every_kind_of_error_has_a_status() -> None:
    assert set(STATUSES) == set(Kind)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "missing"),
        ("GET", f"{API}/nowhere", 404, "missing"),
        ("GET", f"{API}/jobs/", 404, "missing"),
        ("PUT", f"{API}/jobs", 405, "method_not_allowed"),
        ("GET", f"{API}/me", 401, "unauthenticated"),
        ("GET", f"{API}/auth/login", 405, "method_not_allowed"),
    ],
)
async def test_every_error_is_a_problem_document(
    client: httpx.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    answer = await client.request(method, path)

    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(problem) == PROBLEM_MEMBERS
    assert problem["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize("content", [b"{", b'{"email": "a"', b"\xff", b"[" * 100_000])
async def test_a_broken_document_is_the_clients_mistake(client: httpx.AsyncClient, content: bytes) -> None:
    answer = await client.post(
        f"{API}/auth/login", content=content, headers={"Content-Type": "application/json"}
    )

    assert answer.status_code in {400, 422}
    assert set(answer.json()) == PROBLEM_MEMBERS


async def test_a_document_that_says_too_much_is_refused_before_it_is_read(client: httpx.AsyncClient) -> None:
    answer = await client.post(f"{API}/auth/login", content=bytes(BODY_BYTES + 1))

    assert answer.status_code == 413
    assert answer.json()["code"] == "too_large"


@pytest.mark.parametrize("path", [f"{API}/auth/login", f"{API}/api-keys", "/login"])
async def test_a_document_without_a_length_is_counted(ada: Person, path: str) -> None:
    async def endless() -> Any:
        for _ in range(BODY_BYTES // 1024 + 2):
            yield bytes(1024)

    kinds = {"/login": "application/x-www-form-urlencoded"}
    answer = await ada.client.post(
        path,
        content=endless(),
        headers=ada.bearer
        | {"Content-Type": kinds.get(path, "application/json"), "Origin": "http://rushes.test"},
    )

    assert answer.status_code == 413


@pytest.mark.parametrize("error", [RuntimeError("a secret"), EngineError("a secret")])
async def test_an_unexpected_error_says_nothing_about_itself(
    app: FastAPI, client: httpx.AsyncClient, error: Exception
) -> None:
    @app.get("/broken")
    async def broken() -> None:
        raise error

    answer = await client.get("/broken")

    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "secret" not in answer.text
    assert answer.headers["content-security-policy"]


async def test_without_a_database_the_answer_is_to_come_back(ada: Person, web: Database) -> None:
    await web.close()

    api, page = await ada.get("/jobs"), await ada.visit("/jobs")
    login = await ada.client.post(f"{API}/auth/login", json={"email": "a@example.org", "password": "x"})
    healthy = await ada.client.get("/healthz")

    assert [answer.status_code for answer in (api, page, login, healthy)] == [503, 503, 503, 200]
    assert api.json()["code"] == "database_unavailable"
    assert api.headers["retry-after"] == "5"


async def test_ready_when_everything_answers(client: httpx.AsyncClient) -> None:
    answer = await client.get("/readyz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_not_ready_before_the_migration(services: Services, empty_database_url: str) -> None:
    empty = await open_database(empty_database_url, role=WEB_ROLE)

    async with started(replace(services, database=empty)) as app, visiting(app) as client:
        answer = await client.get("/readyz")
    await empty.close()

    assert answer.status_code == 503
    assert "rushes migrate" in answer.json()["detail"]


async def test_not_ready_without_a_database(services: Services, client: httpx.AsyncClient) -> None:
    await services.database.close()

    answer = await client.get("/readyz")

    assert answer.status_code == 503


async def test_not_ready_without_the_object_store(services: Services) -> None:
    away = S3Options(region=REGION, key=KEY, endpoint=NOBODY)
    storage = s3_storage({bucket: bucket.value for bucket in Bucket}, away)

    async with started(replace(services, storage=storage)) as app, visiting(app) as client:
        answer = await client.get("/readyz")
        alive = await client.get("/healthz")

    assert (answer.status_code, alive.status_code) == (503, 200)
    assert answer.json()["detail"] == "The object store is away or refuses."


async def test_people_get_a_page(client: httpx.AsyncClient) -> None:
    answer = await client.get("/nowhere", headers=HTML)

    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "There is nothing at this address." in answer.text


async def test_an_address_that_names_no_job_is_no_page(ada: Person) -> None:
    answer = await ada.visit("/jobs/nothing")

    assert answer.status_code == 404
    assert "There is nothing at this address." in answer.text


async def test_pages_show_files_that_only_the_browser_holds(client: httpx.AsyncClient) -> None:
    policy = (await client.get("/login")).headers["content-security-policy"]

    assert "img-src 'self' blob:; media-src 'self' blob:;" in policy
    assert policy.count("blob:") == 2


@pytest.mark.parametrize("path", ["/login", "/healthz", "/nowhere", f"{API}/me"])
async def test_every_answer_tells_browsers_what_it_may_not_do(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path, headers=HTML)).headers

    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "strict-transport-security" not in headers


async def test_https_is_remembered(app: FastAPI) -> None:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="https://rushes.test"
    ) as client:
        answer = await client.get("/healthz")

    assert answer.headers["strict-transport-security"].startswith("max-age=")
