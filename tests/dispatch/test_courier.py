import asyncio
import json
from datetime import timedelta

import pytest
from standardwebhooks import Webhook

from rushes.actions import webhooks as actions
from rushes.actions.webhooks import NewEndpoint
from rushes.db import webhooks
from rushes.db.listen import listen
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.ids import JobId
from rushes.domain.jobs import JobStatus
from rushes.domain.webhooks import DeliveryStatus, WebhookEvent
from tests.actions.hooks import (
    execute,
    make_delivery,
    make_due,
    make_endpoint,
    read_delivery,
    read_endpoint,
    read_tries,
)
from tests.dispatch.couriers import deliver_once, delivering, only_delivery
from tests.factories import ENTER, fetch_value, make_bare_job
from tests.outgoing.receiver import Reply, receiving

S = DeliveryStatus


async def make_progress(owner: Database, web: Database, work: Database, viewer: Viewer, url: str) -> JobId:
    await make_endpoint(web, viewer, url=url, events=[WebhookEvent.PROGRESS])
    job_id = await make_bare_job(owner, viewer, JobStatus.PROCESSING)
    await execute(owner, "INSERT INTO job_progress (job_id, lease, progress) SELECT id, lease, 30 FROM jobs")
    async with work.transaction() as tx:
        await webhooks.save_progress_deliveries(tx, job_ids=[job_id], interval=timedelta(seconds=10))
    return job_id


async def test_delivery_arrives_and_is_verified_by_others(
    owner: Database, web: Database, work: Database, viewer: Viewer
) -> None:
    async with receiving() as receiver:
        endpoint, secret = await actions.create(
            web, viewer, NewEndpoint(url=receiver.url, events=["job.cancelled"])
        )
        job_id = await make_bare_job(owner, viewer, JobStatus.CANCELLED)

        await deliver_once(work)

        received = await receiver.next()
    verified = Webhook(secret).verify(received.body, received.headers)
    assert verified["type"] == "job.cancelled"
    assert verified["data"]["id"] == str(job_id)
    assert received.headers["content-type"] == "application/json"
    delivery_id = await fetch_value(owner, "SELECT id FROM webhook_deliveries")
    delivery = await read_delivery(web, viewer, delivery_id)
    assert received.headers["webhook-id"] == str(delivery.id)
    assert verified["timestamp"] == delivery.created_at.isoformat()
    assert (delivery.status, delivery.response_code, delivery.tries) == (S.DELIVERED, 200, 1)
    (one,) = await read_tries(web, viewer, delivery.id)
    assert (one.number, one.response_code, one.error) == (1, 200, None)
    assert one.seconds > 0
    assert delivery.endpoint_id == endpoint.id


async def test_failed_try_is_repeated_with_the_same_bytes(
    owner: Database, web: Database, work: Database, viewer: Viewer
) -> None:
    async with receiving(Reply(status=500)) as receiver:
        delivery = await make_delivery(web, viewer, url=receiver.url)
        await deliver_once(work)
        put_off = await read_delivery(web, viewer, delivery.id)
        await make_due(owner)

        await deliver_once(work)

        first, second = await receiver.next(), await receiver.next()
    ended = await read_delivery(web, viewer, delivery.id)
    tries = await read_tries(web, viewer, delivery.id)
    assert (put_off.status, put_off.error) == (S.PENDING, "The endpoint answered 500.")
    assert timedelta(seconds=2) < put_off.next_try_at - put_off.created_at < timedelta(minutes=1)
    assert (ended.status, ended.error, ended.tries) == (S.DELIVERED, None, 2)
    assert [one.response_code for one in tries] == [500, 200]
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == str(delivery.id)


async def test_delivery_that_is_put_off_is_not_sent_before_its_time(
    web: Database, work: Database, viewer: Viewer
) -> None:
    async with receiving(Reply(status=500)) as receiver:
        await make_delivery(web, viewer, url=receiver.url)
        await deliver_once(work)

        await deliver_once(work)

    assert receiver.requests.qsize() == 1


async def test_delivery_is_given_up_after_its_day(
    owner: Database, web: Database, work: Database, viewer: Viewer
) -> None:
    async with receiving(Reply(status=503)) as receiver:
        await make_delivery(web, viewer, url=receiver.url)
        await execute(owner, "UPDATE webhook_deliveries SET give_up_at = now() + interval '1 second'")

        await deliver_once(work)

    assert await only_delivery(owner) == ("failed", "The endpoint answered 503.")


async def test_endpoint_that_is_gone_is_disabled(web: Database, work: Database, viewer: Viewer) -> None:
    async with receiving(Reply(status=410)) as receiver:
        endpoint = await make_endpoint(web, viewer, url=receiver.url)
        first = await actions.test(web, viewer, endpoint_id=endpoint.id)
        second = await actions.test(web, viewer, endpoint_id=endpoint.id)
        await deliver_once(work, per_endpoint=1)

        await deliver_once(work)

    disabled = await read_endpoint(web, endpoint)
    ended = [await read_delivery(web, viewer, each.id) for each in (first, second)]
    assert disabled.disabled_reason == "It answered 410 Gone."
    assert [each.status for each in ended] == [S.FAILED, S.FAILED]
    assert ended[1].error == "The endpoint is disabled: It answered 410 Gone."
    assert receiver.requests.qsize() == 1


async def test_redirect_is_not_followed(web: Database, work: Database, viewer: Viewer) -> None:
    async with receiving() as inner, receiving(Reply(status=302, headers={"Location": inner.url})) as outer:
        delivery = await make_delivery(web, viewer, url=outer.url)

        await deliver_once(work)

    ended = await read_delivery(web, viewer, delivery.id)
    assert (ended.status, ended.error) == (S.PENDING, "The endpoint answered 302.")
    assert inner.requests.empty()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433"])
async def test_private_endpoint_is_sent_nothing(
    web: Database, work: Database, viewer: Viewer, host: str
) -> None:
    async with receiving() as receiver:
        delivery = await make_delivery(web, viewer, url=f"http://{host}:{receiver.port}/")

        await deliver_once(work, allow_private=False)

    ended = await read_delivery(web, viewer, delivery.id)
    assert (ended.status, ended.error) == (S.PENDING, "The address is not on the public internet.")
    assert receiver.requests.empty()


async def test_courier_is_woken_by_what_is_due(
    owner: Database, web: Database, work: Database, database_url: str, viewer: Viewer
) -> None:
    ready = asyncio.Event()

    async with receiving() as receiver, delivering(work) as courier:
        listening = asyncio.create_task(
            listen(
                database_url, {"rushes_webhooks": lambda _payload: courier.wake.set()}, on_connect=ready.set
            )
        )
        await ready.wait()
        await make_delivery(web, viewer, url=receiver.url)
        by_test = await receiver.next()
        await make_bare_job(owner, viewer, JobStatus.CANCELLED)
        by_job = await receiver.next()
        listening.cancel()

    assert json.loads(by_test.body)["type"] == "job.failed"
    assert json.loads(by_job.body)["type"] == "job.cancelled"


async def test_redelivery_is_sent_under_the_same_id(web: Database, work: Database, viewer: Viewer) -> None:
    async with receiving() as receiver:
        delivery = await make_delivery(web, viewer, url=receiver.url)
        await deliver_once(work)
        await actions.redeliver(web, viewer, delivery_id=delivery.id)

        await deliver_once(work)

        first, second = await receiver.next(), await receiver.next()
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert json.loads(first.body) == json.loads(second.body)
    assert (await read_delivery(web, viewer, delivery.id)).tries == 2


async def test_failed_progress_is_not_repeated(
    owner: Database, web: Database, work: Database, viewer: Viewer
) -> None:
    async with receiving(Reply(status=500)) as receiver:
        await make_progress(owner, web, work, viewer, receiver.url)

        await deliver_once(work)

    assert await only_delivery(owner) == ("failed", "The endpoint answered 500.")


async def test_progress_of_an_ended_job_is_not_sent(
    owner: Database, web: Database, work: Database, viewer: Viewer
) -> None:
    async with receiving() as receiver:
        job_id = await make_progress(owner, web, work, viewer, receiver.url)
        await execute(owner, ENTER, job_id, "cancelled")

        await deliver_once(work)

    assert receiver.requests.empty()
    assert await only_delivery(owner) == ("failed", "The job no longer runs.")
