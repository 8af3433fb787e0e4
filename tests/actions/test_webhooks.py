import asyncio
import base64
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from rushes.actions import webhooks
from rushes.actions.cancel import cancel
from rushes.actions.webhooks import NewEndpoint
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.webhooks import MAX_ENDPOINTS, DeliveryStatus, WebhookEvent
from rushes.errors import Conflict, InvalidFields, Missing
from tests.actions.hooks import (
    ENDINGS,
    URL,
    end_delivery,
    execute,
    make_delivery,
    make_endpoint,
    read_delivery,
    read_endpoint,
    read_sent,
)
from tests.factories import claim_one, complete, fetch_value, make_job, make_output, make_viewer

INSERT_ENDPOINTS = """
    INSERT INTO webhook_endpoints (id, user_id, url, secret, events)
    SELECT gen_random_uuid(), $1, 'https://example.org/' || n, 'whsec_', '{job.failed}'
    FROM generate_series(1, $2::integer) n
"""


@pytest.fixture
async def viewer(owner: Database) -> Viewer:
    return await make_viewer(owner)


async def test_new_endpoint_has_a_secret_of_its_own(web: Database, viewer: Viewer) -> None:
    new = NewEndpoint(url=URL, events=["job.failed"], description="the shop")

    endpoint, secret = await webhooks.create(web, viewer, new)
    _, other = await webhooks.create(web, viewer, new)

    assert (endpoint.url, endpoint.description) == (URL, "the shop")
    assert endpoint.events == {WebhookEvent.FAILED}
    assert endpoint.disabled_at is None
    assert secret.startswith("whsec_")
    assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32
    assert secret != other


async def test_all_that_is_wrong_with_an_endpoint_is_named_at_once(web: Database, viewer: Viewer) -> None:
    new = NewEndpoint(url="ftp://example.org", events=[], description="a" * 201)

    with pytest.raises(InvalidFields) as caught:
        await webhooks.create(web, viewer, new)

    assert [problem.field for problem in caught.value.fields] == ["url", "events", "description"]


async def test_account_has_so_many_endpoints_and_no_more(
    owner: Database, web: Database, viewer: Viewer
) -> None:
    await execute(owner, INSERT_ENDPOINTS, viewer.user_id, MAX_ENDPOINTS - 1)

    made = await asyncio.gather(*(make_endpoint(web, viewer) for _ in range(3)), return_exceptions=True)

    assert sorted(type(each).__name__ for each in made) == ["Conflict", "Conflict", "Endpoint"]


async def test_deleted_endpoint_takes_its_deliveries_along(
    owner: Database, web: Database, viewer: Viewer
) -> None:
    delivery = await make_delivery(web, viewer)

    await webhooks.delete(web, viewer, endpoint_id=delivery.endpoint_id)

    assert await fetch_value(owner, "SELECT count(*) FROM webhook_deliveries") == 0


async def test_rotated_secret_replaces_the_old_one(owner: Database, web: Database, viewer: Viewer) -> None:
    endpoint, first = await webhooks.create(web, viewer, NewEndpoint(url=URL, events=ENDINGS))

    second = await webhooks.rotate_secret(web, viewer, endpoint_id=endpoint.id)

    assert second != first
    assert await fetch_value(owner, "SELECT secret FROM webhook_endpoints") == second


async def test_disabled_endpoint_can_be_enabled_again(web: Database, viewer: Viewer) -> None:
    endpoint = await make_endpoint(web, viewer)

    disabled = await webhooks.disable(web, viewer, endpoint_id=endpoint.id)
    enabled = await webhooks.enable(web, viewer, endpoint_id=endpoint.id)

    assert disabled.disabled_at is not None
    assert disabled.disabled_reason == "You disabled it."
    assert enabled == endpoint == await read_endpoint(web, endpoint)


async def test_test_queues_a_delivery(web: Database, viewer: Viewer) -> None:
    endpoint = await make_endpoint(web, viewer)

    delivery = await webhooks.test(web, viewer, endpoint_id=endpoint.id)

    assert delivery.type == "webhook.test"
    assert delivery.status is DeliveryStatus.PENDING
    assert delivery.payload == {"endpoint_id": str(endpoint.id)}
    assert await read_delivery(web, viewer, delivery.id) == delivery


@pytest.mark.parametrize("status", ["delivered", "failed"])
async def test_ended_delivery_is_queued_again_under_its_id(
    owner: Database, web: Database, viewer: Viewer, status: str
) -> None:
    delivery = await make_delivery(web, viewer)
    await end_delivery(owner, delivery, status)

    queued = await webhooks.redeliver(web, viewer, delivery_id=delivery.id)

    assert queued.id == delivery.id
    assert queued.status is DeliveryStatus.PENDING
    assert queued.delivered_at is None
    assert queued.give_up_at > delivery.give_up_at


async def test_delivery_that_is_still_tried_is_not_queued_again(web: Database, viewer: Viewer) -> None:
    delivery = await make_delivery(web, viewer)

    with pytest.raises(Conflict, match="still being tried"):
        await webhooks.redeliver(web, viewer, delivery_id=delivery.id)


async def test_disabled_endpoint_is_sent_nothing(owner: Database, web: Database, viewer: Viewer) -> None:
    delivery = await make_delivery(web, viewer)
    await end_delivery(owner, delivery, "failed")
    await webhooks.disable(web, viewer, endpoint_id=delivery.endpoint_id)

    with pytest.raises(Conflict, match="disabled"):
        await webhooks.test(web, viewer, endpoint_id=delivery.endpoint_id)
    with pytest.raises(Conflict, match="disabled"):
        await webhooks.redeliver(web, viewer, delivery_id=delivery.id)


ON_ENDPOINTS: list[Callable[..., Awaitable[Any]]] = [
    webhooks.delete,
    webhooks.rotate_secret,
    webhooks.disable,
    webhooks.enable,
    webhooks.test,
]


@pytest.mark.parametrize("action", ON_ENDPOINTS)
async def test_endpoint_of_another_does_not_exist(
    owner: Database, web: Database, viewer: Viewer, action: Callable[..., Awaitable[Any]]
) -> None:
    endpoint = await make_endpoint(web, viewer)
    other = await make_viewer(owner)

    with pytest.raises(Missing):
        await action(web, other, endpoint_id=endpoint.id)

    assert await read_endpoint(web, endpoint) == endpoint


@pytest.mark.parametrize("action", ON_ENDPOINTS)
async def test_endpoint_that_is_not_there_is_missing(
    web: Database, viewer: Viewer, action: Callable[..., Awaitable[Any]]
) -> None:
    with pytest.raises(Missing):
        await action(web, viewer, endpoint_id=uuid4())


async def test_delivery_of_another_does_not_exist(owner: Database, web: Database, viewer: Viewer) -> None:
    delivery = await make_delivery(web, viewer)
    await end_delivery(owner, delivery, "failed")
    other = await make_viewer(owner)

    with pytest.raises(Missing):
        await webhooks.redeliver(web, other, delivery_id=delivery.id)

    assert (await read_delivery(web, viewer, delivery.id)).status is DeliveryStatus.FAILED


async def test_cancelled_job_is_told_once(owner: Database, web: Database, viewer: Viewer) -> None:
    await make_endpoint(web, viewer, events=ENDINGS)
    job = await make_job(web, viewer)

    await cancel(web, viewer, job_id=job.id)

    ((kind, said),) = await read_sent(owner, viewer)
    assert kind == "job.cancelled"
    assert (UUID(said["id"]), said["cancelled_reason"]) == (job.id, "user")


async def test_completed_job_is_told_once(
    owner: Database, web: Database, work: Database, viewer: Viewer
) -> None:
    await make_endpoint(web, viewer, events=ENDINGS)
    await make_job(web, viewer)

    job = await complete(work, await claim_one(work), make_output(), log="")

    ((kind, said),) = await read_sent(owner, viewer)
    assert kind == "job.completed"
    assert (UUID(said["id"]), said["short_id"]) == (job.id, job.short_id)
