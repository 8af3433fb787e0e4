"""Webhook endpoints and deliveries, each made from only what a test is about."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from rushes.actions import webhooks as actions
from rushes.actions.webhooks import NewEndpoint
from rushes.db import webhooks
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.webhooks import Delivery, DeliveryId, Endpoint, Try, WebhookEvent

URL = "https://example.org/hooks"
ENDINGS = (WebhookEvent.COMPLETED, WebhookEvent.FAILED, WebhookEvent.CANCELLED)

INSERT_DELIVERY = """
    WITH woken AS (SELECT pg_notify('rushes_webhooks', ''))
    INSERT INTO webhook_deliveries (id, endpoint_id, user_id, type, payload)
    SELECT $1, $2, $3, 'job.failed', '{"status": "failed"}' FROM woken
"""


async def make_endpoint(
    database: Database, viewer: Viewer, *, url: str = URL, events: Sequence[str] = tuple(WebhookEvent)
) -> Endpoint:
    """An endpoint of the account, for all events if no others are named."""
    endpoint, _ = await actions.create(database, viewer, NewEndpoint(url=url, events=events))
    return endpoint


async def make_delivery(database: Database, viewer: Viewer, *, url: str = URL) -> Delivery:
    """A delivery that is due, to an endpoint of its own, written as a job that failed writes one."""
    endpoint = await make_endpoint(database, viewer, url=url)
    delivery_id = uuid4()
    async with database.transaction(viewer=viewer.user_id) as tx:
        await tx.execute(INSERT_DELIVERY, delivery_id, endpoint.id, viewer.user_id)
    return await read_delivery(database, viewer, delivery_id)


async def end_delivery(owner: Database, delivery: Delivery, status: str) -> None:
    """Let a delivery have ended after one try."""
    await execute(
        owner,
        "UPDATE webhook_deliveries SET tries = 1, status = $2, "
        "delivered_at = CASE $2 WHEN 'delivered' THEN now() END WHERE id = $1",
        delivery.id,
        status,
    )


async def make_due(owner: Database) -> None:
    """Let the time pass that deliveries wait for."""
    await execute(owner, "UPDATE webhook_deliveries SET next_try_at = now()")


async def execute(owner: Database, statement: str, *args: Any) -> None:
    """Run a statement of a test."""
    async with owner.transaction() as tx:
        await tx.execute(statement, *args)


async def read_delivery(database: Database, viewer: Viewer, delivery_id: UUID) -> Delivery:
    """The delivery as it stands now."""
    async with database.transaction(viewer=viewer.user_id) as tx:
        found = await webhooks.get_delivery(tx, delivery_id=delivery_id, user_id=viewer.user_id)
    assert found is not None
    return found


async def read_tries(database: Database, viewer: Viewer, delivery_id: UUID) -> list[Try]:
    """The tries of a delivery, first to last."""
    async with database.transaction(viewer=viewer.user_id) as tx:
        tries = await webhooks.list_tries(tx, delivery_ids=[delivery_id], user_id=viewer.user_id)
    return tries[DeliveryId(delivery_id)]


async def read_endpoint(database: Database, endpoint: Endpoint) -> Endpoint:
    """The endpoint as it stands now."""
    async with database.transaction(viewer=endpoint.user_id) as tx:
        found = await webhooks.get_endpoint(tx, endpoint_id=endpoint.id, user_id=endpoint.user_id)
    assert found is not None
    return found


async def read_sent(owner: Database, viewer: Viewer) -> list[tuple[str, dict[str, Any]]]:
    """The types and contents of all deliveries of the account, first to last."""
    async with owner.transaction() as tx:
        rows = await tx.fetch(
            "SELECT type, payload FROM webhook_deliveries WHERE user_id = $1 ORDER BY created_at, id",
            viewer.user_id,
        )
    return [(row["type"], row["payload"]) for row in rows]
