"""What a scraper reads, and who may scrape."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from rushes.db.pool import Database
from rushes.web.metrics import Metrics
from rushes.web.services import Services
from tests.factories import claim_one, complete, make_job, make_output, make_viewer, retry_or_fail
from tests.web.people import API, Person, make_queued_job
from tests.web.site import started, visiting

TOKEN = "a token of the tests"


@pytest.fixture
def services(services: Services) -> Services:
    """Services of an application whose numbers are always fresh."""
    return replace(services, metrics_fresh=timedelta(0))


async def scrape(client: httpx.AsyncClient) -> dict[tuple[str, ...], float]:
    """Every sample by its name and the values of its labels."""
    answer = await client.get("/metrics")
    assert answer.status_code == 200
    return read(answer.content)


def read(text: bytes) -> dict[tuple[str, ...], float]:
    """Every sample of an exposition by its name and the values of its labels, in the order of their names."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


async def test_lanes_and_states_are_counted(owner: Database, client: httpx.AsyncClient, ada: Person) -> None:
    for _ in range(3):
        await make_queued_job(owner, ada)

    samples = await scrape(client)

    assert samples["rushes_jobs", "base", "queued"] == 2
    assert samples["rushes_jobs", "base", "pending"] == 1
    assert samples["rushes_lane_depth", "cpu"] == 2
    assert samples[("rushes_database_up",)] == 1


async def test_workers_and_their_slots_are_counted(
    owner: Database, work: Database, client: httpx.AsyncClient, ada: Person
) -> None:
    await make_queued_job(owner, ada)
    await claim_one(work)

    samples = await scrape(client)

    assert samples["rushes_workers", "running"] == 1
    assert samples["rushes_worker_slots", "running"] == 1
    assert samples[("rushes_worker_slots_used",)] == 1


@pytest.fixture
async def counted(owner: Database, work: Database, web: Database) -> dict[tuple[str, ...], float]:
    """What two scrapes add up of one job that was completed and one that failed, both between them."""
    viewer = await make_viewer(owner)
    measured = Metrics(web, fresh=timedelta(0), settled=timedelta(0))
    await measured.expose()
    for _ in range(2):
        await make_job(owner, viewer)
    await complete(work, await claim_one(work), make_output(), log="")
    await retry_or_fail(
        work, await claim_one(work), error_code="x", error_message="", retryable=False, log=""
    )
    await measured.expose()
    return read(await measured.expose())


async def test_what_ended_before_the_first_scrape_is_not_counted(
    owner: Database, work: Database, web: Database
) -> None:
    await make_job(owner, await make_viewer(owner))
    await complete(work, await claim_one(work), make_output(), log="")
    measured = Metrics(web, fresh=timedelta(0), settled=timedelta(0))

    await measured.expose()
    samples = read(await measured.expose())

    assert ("rushes_jobs_ended_total", "base", "cpu", "completed") not in samples


async def test_an_ending_that_is_not_settled_yet_is_counted_later(
    owner: Database, work: Database, web: Database
) -> None:
    measured = Metrics(web, fresh=timedelta(0), settled=timedelta(hours=1))
    await measured.expose()
    await make_job(owner, await make_viewer(owner))
    await complete(work, await claim_one(work), make_output(), log="")

    samples = read(await measured.expose())

    assert ("rushes_jobs_ended_total", "base", "cpu", "completed") not in samples


async def test_within_its_time_the_database_is_asked_once(owner: Database, web: Database) -> None:
    measured = Metrics(web, fresh=timedelta(hours=1))
    await measured.expose()
    await make_job(owner, await make_viewer(owner))

    samples = read(await measured.expose())

    assert ("rushes_lane_depth", "cpu") not in samples


async def test_endings_are_counted_once(counted: dict[tuple[str, ...], float]) -> None:
    assert counted["rushes_jobs_ended_total", "base", "cpu", "completed"] == 1
    assert counted["rushes_jobs_ended_total", "base", "cpu", "failed"] == 1
    assert counted["rushes_attempts_total", "succeeded"] == 1
    assert counted["rushes_attempts_total", "failed"] == 1
    assert counted[("rushes_leases_lost_total",)] == 0


async def test_waits_and_runs_are_histograms(counted: dict[tuple[str, ...], float]) -> None:
    assert counted["rushes_job_wait_seconds_count", "cpu"] == 2
    assert counted["rushes_job_run_seconds_count", "base"] == 1
    assert counted["rushes_job_run_seconds_bucket", "base", "+Inf"] == 1
    assert counted["rushes_job_run_seconds_bucket", "base", "3600.0"] == 1


async def test_requests_are_counted_by_method_and_status(client: httpx.AsyncClient) -> None:
    await client.get("/healthz")

    samples = await scrape(client)
    again = await scrape(client)

    assert samples["rushes_http_requests_total", "GET", "/healthz", "200"] == 1
    assert again["rushes_http_requests_total", "GET", "/metrics", "200"] == 1


async def test_a_route_is_counted_by_its_template(ada: Person, client: httpx.AsyncClient) -> None:
    await ada.get("/jobs/00000000-0000-0000-0000-000000000001")
    await ada.get("/jobs/00000000-0000-0000-0000-000000000002")

    samples = await scrape(client)

    assert samples["rushes_http_requests_total", "GET", f"{API}/jobs/{{job_id}}", "404"] == 2
    assert samples["rushes_http_request_seconds_count", "GET", f"{API}/jobs/{{job_id}}"] == 2


async def test_what_clients_make_up_is_one_label(client: httpx.AsyncClient) -> None:
    for path in ("/nothing", "/nowhere", "/api/v1/no/such/thing"):
        await client.get(path)
    await client.request("BREW", "/nothing")

    samples = await scrape(client)

    assert samples["rushes_http_requests_total", "GET", "unmatched", "404"] == 3
    assert samples["rushes_http_requests_total", "other", "unmatched", "404"] == 1


async def test_a_proxy_on_this_machine_may_not_read_it(client: httpx.AsyncClient) -> None:
    answer = await client.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"})

    assert answer.status_code == 403


async def test_another_machine_may_not_read_it(services: Services) -> None:
    async with started(services) as app:
        transport = httpx.ASGITransport(app, client=("192.0.2.1", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://rushes.test") as stranger:
            answer = await stranger.get("/metrics")

    assert answer.status_code == 403


@pytest.fixture
async def guarded(services: Services) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application that wants a token."""
    async with started(replace(services, metrics_token=TOKEN)) as app, visiting(app) as client:
        yield client


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": "Bearer ünglich"}, 401),
        ({"Authorization": f"Basic {TOKEN}"}, 401),
        ({"Authorization": f"Bearer {TOKEN}", "X-Forwarded-For": "192.0.2.1"}, 200),
    ],
)
async def test_a_token_is_asked_for_if_there_is_one(
    guarded: httpx.AsyncClient, headers: dict[str, str], status: int
) -> None:
    answer = await guarded.get("/metrics", headers={name: value.encode() for name, value in headers.items()})

    assert answer.status_code == status


async def test_without_a_database_the_process_is_measured_all_the_same(
    services: Services, web: Database
) -> None:
    async with started(services) as app, visiting(app) as client:
        await web.close()
        samples = await scrape(client)

    assert samples[("rushes_database_up",)] == 0
    assert samples[("process_open_fds",)] > 0
