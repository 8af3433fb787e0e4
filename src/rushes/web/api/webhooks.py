"""Webhook endpoints of the viewer, and what was sent to them."""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from rushes.actions import webhooks as actions
from rushes.actions.webhooks import NewEndpoint
from rushes.db import webhooks
from rushes.db.pool import Tx
from rushes.domain.accounts import Viewer
from rushes.domain.ids import UserId
from rushes.domain.webhooks import Delivery, DeliveryStatus
from rushes.errors import Missing
from rushes.web.api.cursors import START, cut_page, read_cursor
from rushes.web.api.webhook_documents import (
    DeliveryDocument,
    DeliveryPage,
    NewWebhookDocument,
    SecretDocument,
    WebhookBody,
    WebhookChangeBody,
    WebhookDocument,
    WebhookList,
)
from rushes.web.deps import Fanout, Guard, Reading, SignedIn, Wired, limited
from rushes.web.errors import documented
from rushes.web.limiting import Rate
from rushes.web.live import Live
from rushes.web.services import Services

router = APIRouter(tags=["webhooks"])

POLL_SECONDS = 1.0
"""A notification only wakes earlier; this is how late the truth can be without one."""


@router.get("/webhooks", responses=documented(401))
async def list_webhooks(visit: Reading) -> WebhookList:
    """Return the viewer's endpoints, without their secrets."""
    found = await webhooks.list_endpoints(visit.tx, user_id=visit.viewer.user_id)
    return WebhookList(webhooks=[WebhookDocument.of(endpoint) for endpoint in found])


@router.post(
    "/webhooks", status_code=201, responses=documented(401, 409, 429), dependencies=[limited(Rate.WEBHOOKS)]
)
async def create(body: WebhookBody, services: Wired, guard: Guard, viewer: SignedIn) -> NewWebhookDocument:
    """Add an endpoint; the secret that its deliveries are signed with is shown here and never again."""
    new = NewEndpoint(**body.model_dump())
    endpoint, secret = await actions.create(services.database, viewer, new, guard=guard)
    return NewWebhookDocument(**WebhookDocument.of(endpoint).model_dump(), secret=secret)


@router.get("/webhooks/{webhook_id}", responses=documented(401, 404))
async def show(webhook_id: UUID, visit: Reading) -> WebhookDocument:
    """Return one of the viewer's endpoints, without its secret."""
    return WebhookDocument.of(await actions.require_endpoint(visit.tx, visit.viewer, webhook_id))


@router.patch(
    "/webhooks/{webhook_id}", responses=documented(401, 404, 429), dependencies=[limited(Rate.WEBHOOKS)]
)
async def change(
    webhook_id: UUID, body: WebhookChangeBody, services: Wired, guard: Guard, viewer: SignedIn
) -> WebhookDocument:
    """Change an endpoint. What waits to be sent goes to its new address; a disabled one fails what waits."""
    changes = body.model_dump(exclude_unset=True)
    changed = await actions.change(
        services.database, viewer, endpoint_id=webhook_id, changes=changes, guard=guard
    )
    return WebhookDocument.of(changed)


@router.delete("/webhooks/{webhook_id}", status_code=204, responses=documented(401, 404))
async def delete(webhook_id: UUID, services: Wired, viewer: SignedIn) -> None:
    """Remove an endpoint, and all that was to be sent to it."""
    await actions.delete(services.database, viewer, endpoint_id=webhook_id)


@router.post("/webhooks/{webhook_id}/rotate-secret", responses=documented(401, 404))
async def rotate_secret(webhook_id: UUID, services: Wired, viewer: SignedIn) -> SecretDocument:
    """Give an endpoint a new secret. Every try from now on is signed with it alone, repeats too."""
    secret = await actions.rotate_secret(services.database, viewer, endpoint_id=webhook_id)
    return SecretDocument(secret=secret)


@router.post(
    "/webhooks/{webhook_id}/test",
    responses=documented(401, 404, 409, 429)
    | {
        202: {
            "description": "No worker has sent it yet; ask for the delivery later.",
            "model": DeliveryDocument,
        }
    },
    dependencies=[limited(Rate.WEBHOOK_TESTS)],
)
async def test(
    webhook_id: UUID, services: Wired, live: Fanout, viewer: SignedIn, response: Response
) -> DeliveryDocument:
    """Send a delivery of type `webhook.test`, once, and say how it went.

    A worker sends it as it sends all others; the answer waits for that.
    """
    queued = await actions.test(services.database, viewer, endpoint_id=webhook_id)
    ended = await await_end(services, live, viewer, queued)
    if ended.status is DeliveryStatus.PENDING:
        response.status_code = 202
    return ended


@router.get("/webhooks/{webhook_id}/deliveries", responses=documented(401, 404))
async def list_deliveries(
    webhook_id: UUID,
    visit: Reading,
    limit: Annotated[int, Query(ge=1, le=100, description="How many to return at the most.")] = 20,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before.")] = None,
) -> DeliveryPage:
    """Return what was sent to an endpoint or is to be, newest first. It is kept for 30 days."""
    endpoint = await actions.require_endpoint(visit.tx, visit.viewer, webhook_id)
    start = START if cursor is None else read_cursor(cursor)
    found = await webhooks.list_deliveries(
        visit.tx,
        endpoint_id=endpoint.id,
        user_id=endpoint.user_id,
        before_time=start.time,
        before_id=start.id,
        count=limit + 1,
    )
    page, next_cursor = cut_page(found, limit=limit)
    tries = await webhooks.list_tries(
        visit.tx, delivery_ids=[one.id for one in page], user_id=endpoint.user_id
    )
    documents = [DeliveryDocument.of(one, tries[one.id]) for one in page]
    return DeliveryPage(deliveries=documents, next_cursor=next_cursor)


@router.get("/deliveries/{delivery_id}", responses=documented(401, 404))
async def show_delivery(delivery_id: UUID, visit: Reading) -> DeliveryDocument:
    """Return one delivery with its tries."""
    return await _read(visit.tx, visit.viewer.user_id, delivery_id)


@router.post(
    "/deliveries/{delivery_id}/redeliver",
    status_code=202,
    responses=documented(401, 404, 409, 429),
    dependencies=[limited(Rate.WEBHOOKS)],
)
async def redeliver(delivery_id: UUID, services: Wired, viewer: SignedIn) -> DeliveryDocument:
    """Send a delivery that has ended once more, under its old id, with another day of tries."""
    queued = await actions.redeliver(services.database, viewer, delivery_id=delivery_id)
    async with services.database.transaction(viewer=viewer.user_id) as tx:
        return await _read(tx, viewer.user_id, queued.id)


async def await_end(services: Services, live: Live, viewer: Viewer, queued: Delivery) -> DeliveryDocument:
    """Return the delivery once it has ended, or as it stands when the time to wait is over."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + services.test_wait.total_seconds()
    with live.subscribe(queued.id) as subscription:
        while True:
            async with services.database.transaction(viewer=viewer.user_id) as tx:
                found = await _read(tx, viewer.user_id, queued.id)
            left = deadline - clock()
            if found.status is not DeliveryStatus.PENDING or left <= 0 or subscription.is_over:
                return found
            await subscription.wait(seconds=min(left, POLL_SECONDS))


async def _read(tx: Tx, user_id: UserId, delivery_id: UUID) -> DeliveryDocument:
    found = await webhooks.get_delivery(tx, delivery_id=delivery_id, user_id=user_id)
    if found is None:
        raise Missing("There is no such delivery.")
    tries = await webhooks.list_tries(tx, delivery_ids=[found.id], user_id=user_id)
    return DeliveryDocument.of(found, tries[found.id])
