import asyncio
from datetime import timedelta

from rushes.actions import webhooks as actions
from rushes.db import webhooks
from rushes.db.pool import WORKER_ROLE, Database, open_database
from rushes.db.webhooks import ClaimedDelivery
from rushes.domain.accounts import Viewer
from rushes.domain.webhooks import DeliveryStatus
from tests.actions.hooks import (
    execute,
    make_delivery,
    make_endpoint,
    read_delivery,
    read_tries,
)
from tests.dispatch.couriers import NOW, claim, deliver_once, delivering, only_delivery
from tests.factories import fetch_value
from tests.outgoing.receiver import Reply, receiving

S = DeliveryStatus


async def settle(work: Database, claimed: ClaimedDelivery, outcome: DeliveryStatus) -> DeliveryStatus | None:
    async with work.transaction() as tx:
        return await webhooks.settle_delivery(
            tx,
            delivery_id=claimed.delivery.id,
            number=claimed.delivery.tries,
            outcome=outcome,
            response_code=None,
            error=None,
            seconds=1.0,
            wait=NOW,
        )


async def until_somebody_waits(owner: Database) -> None:
    query = (
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    async with asyncio.timeout(20):
        while await fetch_value(owner, query) == 0:
            pass


async def test_endpoint_that_does_not_answer_is_tried_again(
    web: Database, work: Database, viewer: Viewer
) -> None:
    async with receiving(Reply(gate=asyncio.Event())) as receiver:
        delivery = await make_delivery(web, viewer, url=receiver.url)

        await deliver_once(work, request_time=timedelta(seconds=0.2))

    ended = await read_delivery(web, viewer, delivery.id)
    assert (ended.status, ended.response_code) == (S.PENDING, None)
    assert ended.error == "The host did not answer in time."


async def test_delivery_of_a_dead_courier_is_sent_by_another(
    web: Database, work: Database, viewer: Viewer
) -> None:
    async with receiving() as receiver:
        delivery = await make_delivery(web, viewer, url=receiver.url)
        await claim(work, lease_time=NOW)

        await deliver_once(work)

    ended = await read_delivery(web, viewer, delivery.id)
    tries = await read_tries(web, viewer, delivery.id)
    assert (ended.status, ended.tries) == (S.DELIVERED, 2)
    assert [one.number for one in tries] == [2]


async def test_claimed_delivery_is_nobody_else_s_for_the_time_of_its_lease(
    web: Database, work: Database, viewer: Viewer
) -> None:
    async with receiving() as receiver:
        await make_delivery(web, viewer, url=receiver.url)
        await claim(work, lease_time=timedelta(minutes=1))

        await deliver_once(work)

    assert receiver.requests.empty()


async def test_courier_that_was_too_slow_decides_nothing(
    web: Database, work: Database, viewer: Viewer
) -> None:
    delivery = await make_delivery(web, viewer)
    slow, quick = await claim(work), await claim(work)

    late = await settle(work, slow, S.FAILED)
    current = await settle(work, quick, S.DELIVERED)

    ended = await read_delivery(web, viewer, delivery.id)
    assert (late, current) == (None, S.DELIVERED)
    assert ended.status is S.DELIVERED
    assert [one.number for one in await read_tries(web, viewer, delivery.id)] == [1, 2]


async def test_courier_that_is_too_late_by_a_hair_decides_nothing(
    owner: Database, web: Database, work: Database, viewer: Viewer
) -> None:
    await make_delivery(web, viewer)
    slow = await claim(work)

    async with work.transaction() as tx:
        # The second claim holds the row, and is not yet to be seen, when the first one settles.
        await webhooks.claim_deliveries(tx, count=9, per_endpoint=9, sending={}, lease_time=NOW)
        late = asyncio.create_task(settle(work, slow, S.FAILED))
        await until_somebody_waits(owner)

    assert await late is None
    assert await only_delivery(owner) == ("pending", None)


async def test_slow_endpoint_holds_up_no_other(
    owner: Database, web: Database, work: Database, viewer: Viewer
) -> None:
    gate = asyncio.Event()

    async with (
        receiving(*[Reply(gate=gate)] * 5) as slow,
        receiving() as quick,
        delivering(work, slots=3, per_endpoint=2) as courier,
    ):
        endpoint = await make_endpoint(web, viewer, url=slow.url)
        for _ in range(5):
            await actions.test(web, viewer, endpoint_id=endpoint.id)
        await make_delivery(web, viewer, url=quick.url)
        courier.wake.set()

        await quick.next()
        await slow.next()
        await slow.next()
        assert slow.requests.empty()

        gate.set()
        for _ in range(3):
            await slow.next()

    assert slow.most_under_way == 2
    assert courier.sending == {}
    assert await fetch_value(owner, "SELECT count(*) FROM webhook_deliveries WHERE status = 'delivered'") == 6


async def test_delivery_that_cannot_be_signed_is_put_off(
    owner: Database, web: Database, work: Database, viewer: Viewer
) -> None:
    await make_delivery(web, viewer)
    await execute(owner, "UPDATE webhook_endpoints SET secret = 'whsec_'")

    await deliver_once(work)

    assert await only_delivery(owner) == ("pending", "Something unexpected went wrong.")


async def test_delivery_that_cannot_be_settled_does_not_end_the_courier(
    owner: Database, web: Database, work: Database, viewer: Viewer
) -> None:
    await execute(owner, "ALTER TABLE webhook_tries ADD CHECK (number > 99)")

    async with receiving() as receiver, delivering(work) as courier:
        for _ in range(2):
            await make_delivery(web, viewer, url=receiver.url)
            courier.wake.set()
            await receiver.next()

    assert await fetch_value(owner, "SELECT count(*) FROM webhook_deliveries WHERE status = 'pending'") == 2


async def test_delivery_is_left_to_its_lease_while_the_database_is_away(
    owner: Database, web: Database, database_url: str, viewer: Viewer
) -> None:
    gate, work = asyncio.Event(), await open_database(database_url, role=WORKER_ROLE, connections=2)

    async with receiving(Reply(gate=gate)) as receiver, delivering(work) as courier:
        delivery = await make_delivery(web, viewer, url=receiver.url)
        courier.wake.set()
        await receiver.next()
        await work.close()
        gate.set()

    left = await read_delivery(web, viewer, delivery.id)
    assert (left.status, left.tries) == (S.PENDING, 1)
    assert left.next_try_at > left.created_at
    assert await fetch_value(owner, "SELECT count(*) FROM webhook_tries") == 0


async def test_delivery_whose_endpoint_is_deleted_meanwhile_is_forgotten(
    owner: Database, web: Database, work: Database, viewer: Viewer
) -> None:
    gate = asyncio.Event()

    async with receiving(Reply(gate=gate)) as receiver, delivering(work) as courier:
        delivery = await make_delivery(web, viewer, url=receiver.url)
        courier.wake.set()
        await receiver.next()
        await actions.delete(web, viewer, endpoint_id=delivery.endpoint_id)
        gate.set()

    assert await fetch_value(owner, "SELECT count(*) FROM webhook_tries") == 0
