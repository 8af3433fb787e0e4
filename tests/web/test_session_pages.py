from dataclasses import replace

import httpx
import pytest

from rushes.web.limiting import RateRules
from rushes.web.services import Services
from tests.web.people import API, Person
from tests.web.site import HTML, started, visiting

FROM_HERE = HTML | {"Origin": "http://rushes.test"}
ANN = {"email": "ann@example.org", "password": "correct horse"}


async def test_registering_signs_in(client: httpx.AsyncClient) -> None:
    answer = await client.post("/register", data=ANN, headers=FROM_HERE)
    jobs = await client.get("/jobs", headers=HTML)

    cookie = answer.headers["set-cookie"].lower()
    assert (answer.status_code, answer.headers["location"]) == (303, "/jobs")
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "path=/" in cookie
    assert "; secure" not in cookie
    assert "ann@example.org" in jobs.text


async def test_the_cookie_is_secure_where_the_site_is(services: Services) -> None:
    async with started(replace(services, secure_cookies=True)) as app, visiting(app) as client:
        answer = await client.post("/register", data=ANN, headers=FROM_HERE)

    assert "; secure" in answer.headers["set-cookie"].lower()


@pytest.mark.parametrize(
    ("wanted", "location"),
    [
        ("/jobs?status=failed", "/jobs?status=failed"),
        ("//evil.example", "/jobs"),
        ("/\\evil.example", "/jobs"),
        ("https://evil.example", "/jobs"),
        ("/jobs\r\nSet-Cookie: x", "/jobs"),
        ("", "/jobs"),
    ],
)
async def test_signing_in_goes_where_the_person_wanted_to_be(
    client: httpx.AsyncClient, wanted: str, location: str
) -> None:
    await client.post(f"{API}/auth/register", json=ANN)

    answer = await client.post("/login", data=ANN | {"next": wanted}, headers=FROM_HERE)

    assert (answer.status_code, answer.headers["location"]) == (303, location)


async def test_a_wrong_password_is_said_on_the_form(client: httpx.AsyncClient) -> None:
    await client.post(f"{API}/auth/register", json=ANN)

    answer = await client.post("/login", data=ANN | {"password": "wrong"}, headers=FROM_HERE)

    assert answer.status_code == 401
    assert "The email address or the password is wrong." in answer.text
    assert 'value="ann@example.org"' in answer.text
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("path", ["/login", "/register"])
async def test_an_empty_form_names_its_fields(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.post(path, data={}, headers=FROM_HERE)

    assert answer.status_code == 422
    assert 'id="email-problem"' in answer.text
    assert 'id="password-problem"' in answer.text


async def test_what_was_typed_is_shown_as_text(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/login", data={"email": '"><script>alert(1)</script>', "password": "x"}, headers=FROM_HERE
    )

    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;" in answer.text


async def test_trying_too_often_is_said_on_the_form(services: Services) -> None:
    rules = RateRules(logins=1)
    async with started(replace(services, rates=rules)) as app, visiting(app) as client:
        await client.post("/login", data=ANN, headers=FROM_HERE)

        answer = await client.post("/login", data=ANN, headers=FROM_HERE)

    assert answer.status_code == 429
    assert "Too many requests" in answer.text


@pytest.mark.parametrize(("path", "query"), [("/jobs", "?next=%2Fjobs"), ("/", "")])
async def test_who_is_not_signed_in_is_asked_to(client: httpx.AsyncClient, path: str, query: str) -> None:
    answer = await client.get(path, headers=HTML)

    assert answer.status_code == 303
    assert answer.headers["location"] == {"/jobs": f"/login{query}", "/": "/jobs"}[path]


async def test_signing_out_ends_the_session_and_its_cookie(ada: Person) -> None:
    answer = await ada.press("/logout")

    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert 'rushes_session=""' in answer.headers["set-cookie"]
    assert (await ada.visit("/jobs")).headers["location"] == "/login?next=%2Fjobs"
