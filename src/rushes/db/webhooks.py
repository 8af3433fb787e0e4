"""Webhook endpoints, the deliveries to them, and the tries of each delivery."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from rushes.db.pool import Tx
from rushes.db.queries import load, storable
from rushes.domain.ids import JobId, UserId
from rushes.domain.webhooks import (
    Delivery,
    DeliveryId,
    DeliveryStatus,
    Endpoint,
    EndpointId,
    Try,
    WebhookEvent,
    WebhookFormat,
)

_queries = load("webhooks")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedDelivery:
    """A delivery whose try number `delivery.tries` has begun; `refusal` says why it must not be sent."""

    delivery: Delivery
    user_id: UserId
    url: str
    format: WebhookFormat
    secret: str = field(repr=False)
    refusal: str | None


async def insert_endpoint(
    tx: Tx,
    *,
    endpoint_id: EndpointId,
    user_id: UserId,
    url: str,
    description: str | None,
    format_: WebhookFormat,
    secret: str,
    events: frozenset[WebhookEvent],
) -> Endpoint:
    """Add an endpoint."""
    row = await _queries.insert_endpoint(
        tx,
        id=endpoint_id,
        user_id=user_id,
        url=url,
        description=description,
        format=format_,
        secret=secret,
        events=sorted(events),
    )
    return _endpoint(row)


async def count_endpoints(tx: Tx, *, user_id: UserId) -> int:
    """Return how many endpoints the account has."""
    return await _queries.count_endpoints(tx, user_id=user_id)


async def list_endpoints(tx: Tx, *, user_id: UserId) -> list[Endpoint]:
    """Return the account's endpoints, newest first."""
    return [_endpoint(row) async for row in _queries.list_endpoints(tx, user_id=user_id)]


async def get_endpoint(tx: Tx, *, endpoint_id: UUID, user_id: UserId) -> Endpoint | None:
    """Return one endpoint of the account."""
    row = await _queries.get_endpoint(tx, endpoint_id=endpoint_id, user_id=user_id)
    return row and _endpoint(row)


async def update_endpoint(
    tx: Tx,
    *,
    endpoint_id: UUID,
    user_id: UserId,
    url: str,
    description: str | None,
    events: frozenset[WebhookEvent],
) -> Endpoint | None:
    """Change what an endpoint of the account is told, and where."""
    row = await _queries.update_endpoint(
        tx, endpoint_id=endpoint_id, user_id=user_id, url=url, description=description, events=sorted(events)
    )
    return row and _endpoint(row)


async def delete_endpoint(tx: Tx, *, endpoint_id: UUID, user_id: UserId) -> bool:
    """Remove an endpoint and its deliveries; `False` if the account has no such endpoint."""
    return await _queries.delete_endpoint(tx, endpoint_id=endpoint_id, user_id=user_id) is not None


async def replace_secret(tx: Tx, *, endpoint_id: UUID, user_id: UserId, secret: str) -> bool:
    """Change the secret that deliveries are signed with; `False` if the account has no such endpoint."""
    found = await _queries.replace_secret(tx, endpoint_id=endpoint_id, user_id=user_id, secret=secret)
    return found is not None


async def disable_endpoint(tx: Tx, *, endpoint_id: UUID, user_id: UserId, reason: str) -> bool:
    """Send nothing more to an endpoint; `False` if the account has no such endpoint."""
    found = await _queries.disable_endpoint(tx, endpoint_id=endpoint_id, user_id=user_id, reason=reason)
    return found is not None


async def enable_endpoint(tx: Tx, *, endpoint_id: UUID, user_id: UserId) -> bool:
    """Send to an endpoint again; `False` if the account has no such endpoint."""
    return await _queries.enable_endpoint(tx, endpoint_id=endpoint_id, user_id=user_id) is not None


async def list_deliveries(
    tx: Tx, *, endpoint_id: UUID, user_id: UserId, before_time: datetime, before_id: UUID, count: int
) -> list[Delivery]:
    """Return a page of the deliveries to one endpoint of the account, newest first."""
    rows = _queries.list_deliveries(
        tx,
        endpoint_id=endpoint_id,
        user_id=user_id,
        before_time=before_time,
        before_id=before_id,
        count=count,
    )
    return [_delivery(row) async for row in rows]


async def get_delivery(tx: Tx, *, delivery_id: UUID, user_id: UserId) -> Delivery | None:
    """Return one delivery of the account."""
    row = await _queries.get_delivery(tx, delivery_id=delivery_id, user_id=user_id)
    return row and _delivery(row)


async def list_tries(
    tx: Tx, *, delivery_ids: Sequence[UUID], user_id: UserId
) -> defaultdict[DeliveryId, list[Try]]:
    """Return the tries of deliveries of the account, those of each first to last."""
    tries = defaultdict[DeliveryId, list[Try]](list)
    async for row in _queries.list_tries(tx, delivery_ids=list(delivery_ids), user_id=user_id):
        tries[DeliveryId(row["delivery_id"])].append(_try(row))
    return tries


async def insert_delivery(
    tx: Tx,
    *,
    delivery_id: DeliveryId,
    endpoint_id: EndpointId,
    user_id: UserId,
    kind: str,
    payload: Mapping[str, Any],
) -> Delivery:
    """Queue a delivery that no job causes, to be tried once, and wake the couriers."""
    row = await _queries.insert_delivery(
        tx, id=delivery_id, endpoint_id=endpoint_id, user_id=user_id, type=kind, payload=dict(payload)
    )
    await _queries.wake_couriers(tx)
    return _delivery(row)


async def redeliver(tx: Tx, *, delivery_id: UUID, user_id: UserId) -> Delivery | None:
    """Queue a delivery once more and wake the couriers; `None` if it has not ended, or tells of progress."""
    row = await _queries.redeliver(tx, delivery_id=delivery_id, user_id=user_id)
    await _queries.wake_couriers(tx)
    return row and _delivery(row)


async def claim_deliveries(
    tx: Tx, *, count: int, per_endpoint: int, sending: Mapping[EndpointId, int], lease_time: timedelta
) -> list[ClaimedDelivery]:
    """Take deliveries that are due, for one courier to send.

    Args:
        tx: A transaction of the worker.
        count: The most to take.
        per_endpoint: How many requests to one endpoint the courier lets run at once.
        sending: How many it runs now.
        lease_time: When another courier may try, if this one never says how it went.
    """
    rows = _queries.claim_deliveries(
        tx,
        count=count,
        per_endpoint=per_endpoint,
        endpoint_ids=list(sending.keys()),
        sending=list(sending.values()),
        lease_time=lease_time,
    )
    return [_claimed(row) async for row in rows]


async def settle_delivery(
    tx: Tx,
    *,
    delivery_id: DeliveryId,
    number: int,
    outcome: DeliveryStatus,
    response_code: int | None,
    error: str | None,
    seconds: float,
    wait: timedelta,
) -> DeliveryStatus | None:
    """Write down how a try went.

    Args:
        tx: A transaction of the worker.
        delivery_id: The delivery.
        number: The number of the try: it settles nothing if a later one has begun, but is noted all the same.
        outcome: How the delivery ends; `PENDING` asks for another try, which it gets until `give_up_at`.
        response_code: What the endpoint answered, if it did.
        error: What went wrong, or `None`.
        seconds: How long the request took.
        wait: The time until the next try.

    Returns:
        The delivery's state now, or `None` if this try was too slow to decide.
    """
    status = await _queries.settle_delivery(
        tx,
        delivery_id=delivery_id,
        number=number,
        outcome=outcome,
        response_code=response_code,
        error=storable(error),
        seconds=seconds,
        wait=wait,
    )
    return status and DeliveryStatus(status)


async def save_progress_deliveries(tx: Tx, *, job_ids: Sequence[JobId], interval: timedelta) -> None:
    """Queue what running jobs said last for the endpoints that want to know.

    What was not sent yet is replaced. A job's progress is sent to an endpoint once in each `interval` at the
    most, and not repeated if that fails: newer progress follows.
    """
    await _queries.save_progress_deliveries(tx, job_ids=list(job_ids), interval=interval)


def _endpoint(row: Any) -> Endpoint:
    return Endpoint(
        id=EndpointId(row["id"]),
        user_id=UserId(row["user_id"]),
        url=row["url"],
        description=row["description"],
        format=WebhookFormat(row["format"]),
        events=frozenset(map(WebhookEvent, row["events"])),
        created_at=row["created_at"],
        disabled_at=row["disabled_at"],
        disabled_reason=row["disabled_reason"],
    )


def _delivery(row: Any) -> Delivery:
    return Delivery(
        id=DeliveryId(row["id"]),
        endpoint_id=EndpointId(row["endpoint_id"]),
        job_id=row["job_id"] and JobId(row["job_id"]),
        type=row["type"],
        payload=row["payload"],
        status=DeliveryStatus(row["status"]),
        tries=row["tries"],
        tries_before=row["tries_before"],
        next_try_at=row["next_try_at"],
        give_up_at=row["give_up_at"],
        response_code=row["response_code"],
        error=row["error"],
        created_at=row["created_at"],
        delivered_at=row["delivered_at"],
    )


def _try(row: Any) -> Try:
    return Try(
        number=row["number"],
        tried_at=row["tried_at"],
        response_code=row["response_code"],
        error=row["error"],
        seconds=row["seconds"],
    )


def _claimed(row: Any) -> ClaimedDelivery:
    return ClaimedDelivery(
        delivery=_delivery(row),
        user_id=UserId(row["user_id"]),
        url=row["url"],
        format=WebhookFormat(row["format"]),
        secret=row["secret"],
        refusal=row["refusal"],
    )
