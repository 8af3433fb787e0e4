"""Nobody acts without a session, and no page of another site acts with one."""

import pytest

from rushes.db.pool import Database
from rushes.web.credentials import COOKIE
from tests.web.people import API, Person, make_queued_job
from tests.web.routes import JOB_ROUTES


@pytest.fixture
def database_url(shared_database_url: str) -> str:
    """One for all: every test has an account of its own."""
    return shared_database_url


@pytest.mark.parametrize(
    "source",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Origin": "http://rushes.test", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://rushes.test", "Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/logout"),
        ("POST", "/login"),
        ("POST", "/register"),
        ("POST", "/create"),
        ("POST", "/jobs/01900000-0000-7000-8000-000000000000/cancel"),
        ("POST", f"{API}/api-keys"),
        ("POST", f"{API}/jobs"),
        ("DELETE", f"{API}/assets/01900000-0000-7000-8000-000000000000"),
    ],
)
async def test_no_other_site_acts_for_the_person(
    ada: Person, method: str, path: str, source: dict[str, str]
) -> None:
    answer = await ada.client.request(method, path, headers={"Cookie": f"{COOKIE}={ada.token}"} | source)

    assert answer.status_code == 403
    assert answer.json()["code"] == "denied"
    assert (await ada.get("/me")).status_code == 200


async def test_a_page_of_the_site_may_use_the_api(ada: Person) -> None:
    answer = await ada.client.post(
        f"{API}/api-keys",
        json={"name": "page"},
        headers={"Cookie": f"{COOKIE}={ada.token}", "Sec-Fetch-Site": "same-origin"},
    )

    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("method", "route"),
    [
        *JOB_ROUTES,
        ("GET", API + "/me"),
        ("GET", API + "/jobs"),
        ("GET", API + "/jobs/active"),
        ("POST", API + "/jobs"),
        ("POST", API + "/assets"),
        ("GET", API + "/assets/{}"),
        ("DELETE", API + "/assets/{}"),
        ("GET", API + "/api-keys"),
        ("DELETE", API + "/api-keys/{}"),
        ("GET", API + "/models"),
        ("GET", "/jobs/live"),
        ("GET", "/jobs/progress?job={}"),
        ("POST", "/create"),
        ("POST", "/logout"),
    ],
)
async def test_nobody_is_let_in_without_a_session(
    ada: Person, owner: Database, method: str, route: str
) -> None:
    job = await make_queued_job(owner, ada)

    answer = await ada.client.request(
        method, route.format(job.id), headers={"Content-Type": "application/json"}, content=b"{}"
    )

    assert answer.status_code == 401
