import asyncio
import base64
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from rushes.db.pool import Database
from rushes.domain.jobs import JobStatus
from rushes.web.services import Services
from tests.actions.hooks import INSERT_DELIVERY, execute
from tests.dispatch.couriers import deliver_once, delivering
from tests.factories import fetch_value, make_bare_job
from tests.outgoing.receiver import Reply, receiving
from tests.web.people import API, Person, wrong_fields
from tests.web.site import started

PUBLIC = "https://93.184.215.14/hooks"
"""An address that need not be looked up."""

SHORTLY = timedelta(milliseconds=200)
ENDPOINT_ROUTES = [
    ("GET", "/webhooks/{}"),
    ("PATCH", "/webhooks/{}"),
    ("DELETE", "/webhooks/{}"),
    ("POST", "/webhooks/{}/rotate-secret"),
    ("POST", "/webhooks/{}/test"),
    ("GET", "/webhooks/{}/deliveries"),
]
DELIVERY_ROUTES = [("GET", "/deliveries/{}"), ("POST", "/deliveries/{}/redeliver")]


@pytest.fixture
async def app(services: Services) -> AsyncIterator[FastAPI]:
    """The application of somebody who lets webhooks go to this machine, and does not wait for tests."""
    async with started(replace(services, webhooks_allow_private=True, test_wait=SHORTLY)) as app:
        yield app


async def make_webhook(person: Person, **changes: Any) -> dict[str, Any]:
    answer = await person.post("/webhooks", {"url": PUBLIC, "events": ["job.failed"]} | changes)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def make_delivery(web: Database, person: Person, webhook: dict[str, Any]) -> str:
    delivery_id = str(uuid4())
    async with web.transaction(viewer=person.viewer.user_id) as tx:
        await tx.execute(INSERT_DELIVERY, delivery_id, webhook["id"], person.viewer.user_id)
    return delivery_id


async def change(person: Person, webhook: dict[str, Any], body: Any) -> httpx.Response:
    return await ask(person, "PATCH", f"/webhooks/{webhook['id']}", body)


async def ask(person: Person, method: str, path: str, body: Any = None) -> httpx.Response:
    return await person.client.request(method, f"{API}{path}", json=body, headers=person.bearer)


async def test_secret_is_shown_once(ada: Person) -> None:
    made = await make_webhook(ada, description="the shop")

    shown = (await ada.get(f"/webhooks/{made['id']}")).json()
    listed = (await ada.get("/webhooks")).json()["webhooks"]

    secret = made.pop("secret")
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32
    assert shown == made
    assert listed == [made]
    assert (made["url"], made["description"], made["events"]) == (PUBLIC, "the shop", ["job.failed"])
    assert (made["enabled"], made["format"]) == (True, "native")


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["events", "url"]),
        ({"url": "ftp://example.org", "events": [], "description": "a\nb"}, ["description", "events", "url"]),
        ({"url": "https://me:secret@example.org", "events": ["job.born"]}, ["events", "url"]),
        ({"url": "https://example.org/\ud800", "events": ["job.failed"]}, ["url"]),
        ({"url": "https://" + "x" * 2000, "events": ["job.failed"]}, ["url"]),
        ({"url": PUBLIC, "events": ["job.failed"], "secret": "whsec_mine"}, ["secret"]),
        ({"url": PUBLIC, "events": ["job.progress"], "format": "openai"}, ["events"]),
        ({"url": "http://169.254.169.254/", "events": ["job.failed"]}, ["url"]),
        ([], []),
    ],
)
async def test_every_wrong_field_is_named(ada: Person, body: Any, fields: list[str]) -> None:
    answer = await ada.client.post(
        f"{API}/webhooks",
        content=json.dumps(body),
        headers=ada.bearer | {"Content-Type": "application/json"},
    )

    assert answer.status_code == 422
    assert wrong_fields(answer) == fields or not fields


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "10.1.2.3", "[::1]", "[::ffff:10.0.0.1]", "0x7f.1"]
)
async def test_private_address_is_refused_unless_allowed(services: Services, ada: Person, host: str) -> None:
    body = {"url": f"http://{host}:8080/", "events": ["job.failed"]}

    async with started(services) as app, httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
        refused = await client.post(f"http://rushes.test{API}/webhooks", json=body, headers=ada.bearer)
    allowed = await ada.post("/webhooks", body)

    assert refused.status_code == 422
    assert wrong_fields(refused) == ["url"]
    assert refused.json()["errors"][0]["message"] == "The address is not on the public internet."
    assert allowed.status_code == 201


async def test_private_address_is_refused_in_a_change_too(services: Services, ada: Person) -> None:
    made = await make_webhook(ada)

    async with started(services) as app, httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
        answer = await client.patch(
            f"http://rushes.test{API}/webhooks/{made['id']}",
            json={"url": "http://10.0.0.1"},
            headers=ada.bearer,
        )

    assert wrong_fields(answer) == ["url"]
    assert (await ada.get(f"/webhooks/{made['id']}")).json()["url"] == PUBLIC


async def test_change_changes_what_it_names(ada: Person) -> None:
    made = await make_webhook(ada, description="the shop")

    moved = (await change(ada, made, {"url": PUBLIC + "/2", "events": ["job.completed"]})).json()
    cleared = (await change(ada, made, {"description": None})).json()
    untouched = (await change(ada, made, {})).json()

    assert (moved["url"], moved["events"], moved["description"]) == (
        PUBLIC + "/2",
        ["job.completed"],
        "the shop",
    )
    assert cleared == moved | {"description": None}
    assert untouched == cleared


async def test_disabled_webhook_can_be_enabled_again(ada: Person) -> None:
    made = await make_webhook(ada)

    disabled = (await change(ada, made, {"enabled": False})).json()
    tested = await ada.post(f"/webhooks/{made['id']}/test")
    enabled = (await change(ada, made, {"enabled": True})).json()

    assert (disabled["enabled"], disabled["disabled_reason"]) == (False, "You disabled it.")
    assert tested.status_code == 409
    assert (enabled["enabled"], enabled["disabled_at"], enabled["disabled_reason"]) == (True, None, None)


@pytest.mark.parametrize(
    "body", [{"url": None}, {"events": None}, {"enabled": None}, {"events": []}, {"format": "openai"}]
)
async def test_change_that_makes_no_sense_is_refused(ada: Person, body: dict[str, Any]) -> None:
    made = await make_webhook(ada)

    answer = await change(ada, made, body)

    assert answer.status_code == 422
    assert wrong_fields(answer) == list(body)


async def test_deleted_webhook_is_gone(ada: Person) -> None:
    made = await make_webhook(ada)

    deleted = await ada.delete(f"/webhooks/{made['id']}")
    again = await ada.delete(f"/webhooks/{made['id']}")

    assert (deleted.status_code, again.status_code) == (204, 404)
    assert (await ada.get("/webhooks")).json()["webhooks"] == []


async def test_rotated_secret_is_another(ada: Person) -> None:
    made = await make_webhook(ada)

    rotated = (await ada.post(f"/webhooks/{made['id']}/rotate-secret")).json()

    assert set(rotated) == {"secret"}
    assert rotated["secret"].startswith("whsec_")
    assert rotated["secret"] != made["secret"]


@pytest.mark.parametrize(("method", "path"), ENDPOINT_ROUTES)
async def test_webhook_of_another_does_not_exist(ada: Person, bob: Person, method: str, path: str) -> None:
    made = await make_webhook(ada)

    other = await ask(bob, method, path.format(made["id"]), {})
    absent = await ask(bob, method, path.format(uuid4()), {})

    assert (other.status_code, absent.status_code) == (404, 404)
    assert other.json()["detail"] == absent.json()["detail"]
    assert (await ada.get(f"/webhooks/{made['id']}")).status_code == 200


@pytest.mark.parametrize(("method", "path"), DELIVERY_ROUTES)
async def test_delivery_of_another_does_not_exist(
    web: Database, ada: Person, bob: Person, method: str, path: str
) -> None:
    delivery_id = await make_delivery(web, ada, await make_webhook(ada))

    other = await ask(bob, method, path.format(delivery_id))
    absent = await ask(bob, method, path.format(uuid4()))

    assert (other.status_code, absent.status_code) == (404, 404)
    assert other.json()["detail"] == absent.json()["detail"]


@pytest.mark.parametrize(("status", "error"), [(200, None), (503, "The endpoint answered 503.")])
async def test_test_says_how_it_went(
    services: Services, ada: Person, work: Database, status: int, error: str | None
) -> None:
    patient = replace(services, webhooks_allow_private=True, test_wait=timedelta(seconds=20))
    async with (
        receiving(Reply(status=status)) as receiver,
        delivering(work) as courier,
        started(patient) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client,
    ):
        made = await make_webhook(ada, url=receiver.url)
        asked = asyncio.create_task(
            client.post(f"http://rushes.test{API}/webhooks/{made['id']}/test", headers=ada.bearer)
        )
        await until_queued(services.database, ada)
        courier.wake.set()
        answer = await asked
        received = await receiver.next()

    document = answer.json()
    (attempt,) = document["attempts"]
    assert answer.status_code == 200
    assert document["status"] == ("delivered" if error is None else "failed")
    assert (attempt["response_code"], attempt["error"]) == (status, error)
    assert attempt["milliseconds"] >= 0
    assert document["next_try_at"] is None
    assert json.loads(received.body)["type"] == "webhook.test"


async def until_queued(web: Database, person: Person) -> None:
    """Wait for a delivery of the account to be there."""
    async with asyncio.timeout(20):
        found: list[Any] = []
        while not found:
            async with web.transaction(viewer=person.viewer.user_id) as tx:
                found = await tx.fetch("SELECT FROM webhook_deliveries")


async def test_test_that_no_worker_sends_is_told_as_pending(ada: Person) -> None:
    made = await make_webhook(ada)

    answer = await ada.post(f"/webhooks/{made['id']}/test")

    assert answer.status_code == 202
    assert (answer.json()["status"], answer.json()["attempts"]) == ("pending", [])
    assert (await ada.get(f"/deliveries/{answer.json()['id']}")).json() == answer.json()


async def test_deliveries_are_listed_newest_first_with_their_tries(
    owner: Database, work: Database, ada: Person
) -> None:
    async with receiving(Reply(status=500)) as receiver:
        made = await make_webhook(ada, url=receiver.url, events=["job.cancelled", "job.failed"])
        first = await make_bare_job(owner, ada.viewer, JobStatus.CANCELLED)
        await deliver_once(work)
        second = await make_bare_job(owner, ada.viewer, JobStatus.FAILED)
        await deliver_once(work)

    newest = (await ada.get(f"/webhooks/{made['id']}/deliveries", limit=1)).json()
    oldest = (
        await ada.get(f"/webhooks/{made['id']}/deliveries", limit=1, cursor=newest["next_cursor"])
    ).json()

    (delivered,), (put_off,) = newest["deliveries"], oldest["deliveries"]
    assert (delivered["job_id"], delivered["type"]) == (str(second), "job.failed")
    assert (delivered["status"], delivered["response_code"], delivered["tries"]) == ("delivered", 200, 1)
    assert (put_off["job_id"], put_off["status"], put_off["response_code"]) == (str(first), "pending", 500)
    assert put_off["next_try_at"] > put_off["created_at"]
    assert [(one["number"], one["response_code"]) for one in put_off["attempts"]] == [(1, 500)]
    assert oldest["next_cursor"] is None


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 101}, {"cursor": "nonsense"}])
async def test_wrong_page_is_refused(ada: Person, query: dict[str, Any]) -> None:
    made = await make_webhook(ada)

    answer = await ada.get(f"/webhooks/{made['id']}/deliveries", **query)

    assert answer.status_code == 422
    assert wrong_fields(answer) == list(query)


async def test_redelivery_starts_anew(owner: Database, work: Database, ada: Person) -> None:
    async with receiving(Reply(status=500)) as receiver:
        made = await make_webhook(ada, url=receiver.url)
        await make_bare_job(owner, ada.viewer, JobStatus.FAILED)
        await execute(owner, "UPDATE webhook_deliveries SET status = 'failed', tries = 40")
        delivery_id = str(await fetch_value(owner, "SELECT id FROM webhook_deliveries"))

        answer = await ada.post(f"/deliveries/{delivery_id}/redeliver")
        await deliver_once(work)

    waits = "SELECT extract(epoch FROM next_try_at - now())::float8 FROM webhook_deliveries"
    assert answer.status_code == 202
    assert (answer.json()["id"], answer.json()["status"]) == (delivery_id, "pending")
    assert (await ada.get(f"/deliveries/{delivery_id}")).json()["tries"] == 41
    assert await fetch_value(owner, waits) <= 5
    assert made["url"] == receiver.url


async def test_delivery_under_way_is_not_redelivered(web: Database, ada: Person) -> None:
    delivery_id = await make_delivery(web, ada, await make_webhook(ada))

    answer = await ada.post(f"/deliveries/{delivery_id}/redeliver")

    assert answer.status_code == 409


async def test_progress_is_not_redelivered(owner: Database, web: Database, ada: Person) -> None:
    delivery_id = await make_delivery(web, ada, await make_webhook(ada))
    await execute(owner, "UPDATE webhook_deliveries SET type = 'job.progress', status = 'failed'")

    answer = await ada.post(f"/deliveries/{delivery_id}/redeliver")

    assert answer.status_code == 409
    assert (await ada.get(f"/deliveries/{delivery_id}")).json()["status"] == "failed"
