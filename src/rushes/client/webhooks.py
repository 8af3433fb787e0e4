"""Webhooks: where a server tells of the account's jobs, and what it has sent there."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import TypedDict, Unpack
from uuid import UUID

from rushes.client.documents import Document
from rushes.client.paging import each
from rushes.client.server import Server, nothing
from rushes.domain.webhooks import DeliveryStatus, WebhookEvent, WebhookFormat

TEST_SECONDS = 120.0
"""A server may wait a minute for the end of a test before it answers."""


class Webhook(Document):
    """An endpoint; `secret` is what its deliveries are signed with, told once, when it is made."""

    id: UUID
    url: str
    description: str | None = None
    events: Sequence[WebhookEvent]
    format: WebhookFormat
    enabled: bool
    disabled_at: datetime | None = None
    disabled_reason: str | None = None
    created_at: datetime
    secret: str | None = None


class DeliveryTry(Document):
    """One request of a delivery; `error` is `None` if it was answered with success."""

    number: int
    tried_at: datetime
    response_code: int | None = None
    error: str | None = None
    milliseconds: int


class Delivery(Document):
    """One message to one endpoint; `tries` counts its requests, `attempts` are those that have ended."""

    id: UUID
    webhook_id: UUID
    job_id: UUID | None = None
    type: str
    status: DeliveryStatus
    tries: int
    response_code: int | None = None
    error: str | None = None
    next_try_at: datetime | None = None
    created_at: datetime
    delivered_at: datetime | None = None
    attempts: Sequence[DeliveryTry]


class WebhookChanges(TypedDict, total=False):
    """What of an endpoint is to change; what is left out stays."""

    url: str
    events: Sequence[WebhookEvent | str]
    description: str | None
    enabled: bool


class _Webhooks(Document):
    webhooks: Sequence[Webhook]


class _Secret(Document):
    secret: str


class _Deliveries(Document):
    deliveries: Sequence[Delivery]
    next_cursor: str | None = None


async def webhooks(server: Server) -> Sequence[Webhook]:
    """Return the endpoints, without their secrets."""
    found = await server.ask(server.request("GET", "/webhooks"), _Webhooks.model_validate_json)
    return found.webhooks


async def webhook(server: Server, webhook_id: UUID | str) -> Webhook:
    """Return an endpoint, without its secret.

    Raises:
        Missing: There is no such endpoint.
    """
    request = server.request("GET", f"/webhooks/{UUID(str(webhook_id))}")
    return await server.ask(request, Webhook.model_validate_json)


async def create_webhook(
    server: Server,
    url: str,
    *,
    events: Sequence[WebhookEvent | str],
    description: str | None = None,
    format: WebhookFormat | str = WebhookFormat.NATIVE,  # noqa: A002  # as the API calls it
) -> Webhook:
    """Add an endpoint; its secret is in `secret`, this once.

    Args:
        server: The server.
        url: Where to send, by http or https; the server decides which hosts it may.
        events: What to tell of, such as `job.completed`.
        description: A note of yours, on one line.
        format: `native` (Standard Webhooks) or `openai`.

    Raises:
        Invalid: The address or an event is not accepted.
        Conflict: The account has as many endpoints as it may.
    """
    document = {"url": url, "events": events, "description": description, "format": format}
    request = server.request("POST", "/webhooks", document=document)
    return await server.ask(request, Webhook.model_validate_json)


async def change_webhook(
    server: Server, webhook: Webhook | UUID | str, **changes: Unpack[WebhookChanges]
) -> Webhook:
    """Change an endpoint; see `WebhookChanges`.

    Raises:
        Missing: There is no such endpoint.
    """
    request = server.request("PATCH", _path(webhook), document=changes, is_repeatable=True)
    return await server.ask(request, Webhook.model_validate_json)


async def delete_webhook(server: Server, webhook: Webhook | UUID | str) -> None:
    """Remove an endpoint, and all that was to be sent to it.

    Raises:
        Missing: There is no such endpoint.
    """
    await server.ask(server.request("DELETE", _path(webhook)), nothing)


async def rotate_webhook_secret(server: Server, webhook: Webhook | UUID | str) -> str:
    """Give an endpoint a new secret and return it; every try from now on is signed with it alone.

    Raises:
        Missing: There is no such endpoint.
    """
    request = server.request("POST", f"{_path(webhook)}/rotate-secret")
    return (await server.ask(request, _Secret.model_validate_json)).secret


async def test_webhook(server: Server, webhook: Webhook | UUID | str) -> Delivery:
    """Have a delivery of type `webhook.test` sent, and return how that went.

    Raises:
        Missing: There is no such endpoint.
        Conflict: It is disabled.
    """
    request = server.request("POST", f"{_path(webhook)}/test", answer_seconds=TEST_SECONDS)
    return await server.ask(request, Delivery.model_validate_json)


async def deliveries(server: Server, webhook: Webhook | UUID | str) -> AsyncIterator[Delivery]:
    """Yield what was sent to an endpoint or is to be, newest first."""

    async def page(cursor: str | None) -> tuple[Sequence[Delivery], str | None]:
        params = {"limit": 100, "cursor": cursor}
        request = server.request("GET", f"{_path(webhook)}/deliveries", params=params)
        found = await server.ask(request, _Deliveries.model_validate_json)
        return found.deliveries, found.next_cursor

    async for delivery in each(page):
        yield delivery


async def delivery(server: Server, delivery_id: UUID | str) -> Delivery:
    """Return what was sent to an endpoint or is to be, with each try.

    Raises:
        Missing: There is no such delivery.
    """
    request = server.request("GET", f"/deliveries/{UUID(str(delivery_id))}")
    return await server.ask(request, Delivery.model_validate_json)


async def redeliver(server: Server, delivery: Delivery | UUID | str) -> Delivery:
    """Send a delivery that has ended once more, under its old id.

    Raises:
        Missing: There is no such delivery.
        Conflict: It has not ended.
    """
    delivery_id = delivery.id if isinstance(delivery, Delivery) else UUID(str(delivery))
    request = server.request("POST", f"/deliveries/{delivery_id}/redeliver")
    return await server.ask(request, Delivery.model_validate_json)


def _path(webhook: Webhook | UUID | str) -> str:
    return f"/webhooks/{webhook.id if isinstance(webhook, Webhook) else UUID(str(webhook))}"
