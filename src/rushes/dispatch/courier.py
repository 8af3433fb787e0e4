"""Sending webhook deliveries that are due, many at once, few to each endpoint."""

import asyncio
import secrets
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import orjson
import structlog
from standardwebhooks import Webhook

from rushes.db import webhooks
from rushes.db.pool import Database
from rushes.db.webhooks import ClaimedDelivery
from rushes.domain.messages import document_of
from rushes.domain.webhooks import Delivery, DeliveryStatus, EndpointId, WebhookFormat, next_try
from rushes.errors import RushesError, Unavailable
from rushes.outgoing.client import OutgoingClient

ERROR_MAX_CHARACTERS = 500
GONE = "It answered 410 Gone."

_log: Any = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class CourierConfig:
    """How a courier works.

    `slots` requests run at once, `per_endpoint` of them to one endpoint; each has `timeout` in all. A
    delivery whose courier died is tried again after `lease_time`, which must be longer.
    """

    slots: int = 32
    per_endpoint: int = 4
    timeout: timedelta = timedelta(seconds=10)
    lease_time: timedelta = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Courier:
    """What the deliveries of one courier share.

    `tasks` owns the requests under way; each lasts no longer than the timeout. `wake` is set when something
    is due, and when a place is free again. `sending` counts the requests under way to each endpoint.
    """

    database: Database
    client: OutgoingClient
    tasks: asyncio.TaskGroup
    config: CourierConfig = field(default_factory=CourierConfig)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    sending: Counter[EndpointId] = field(default_factory=Counter[EndpointId])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Result:
    """How one request went, and what that makes of its delivery."""

    outcome: DeliveryStatus
    response_code: int | None = None
    error: str | None = None
    seconds: float = 0.0


async def deliver(courier: Courier) -> None:
    """Start to send what is due, until no place is free or nothing is left; waits for no endpoint."""
    config = courier.config
    while (free := config.slots - courier.sending.total()) > 0:
        async with courier.database.autocommit() as tx:
            claimed = await webhooks.claim_deliveries(
                tx,
                count=free,
                per_endpoint=config.per_endpoint,
                sending=courier.sending,
                lease_time=config.lease_time,
            )
        if not claimed:
            return
        for one in claimed:
            courier.sending[one.delivery.endpoint_id] += 1
            courier.tasks.create_task(_run(courier, one))


def body_of(delivery: Delivery, format_: WebhookFormat) -> bytes:
    """Return the bytes that are signed and sent, the same at each try, as the endpoint's format has them."""
    return orjson.dumps(document_of(delivery, format_))


async def _run(courier: Courier, claimed: ClaimedDelivery) -> None:
    endpoint_id = claimed.delivery.endpoint_id
    try:
        await _settle(courier.database, claimed, await _try(courier, claimed))
    except Unavailable as error:
        # The database is away. The lease will lapse, and the delivery is sent once more.
        _log.warning("webhook.unsettled", delivery_id=str(claimed.delivery.id), error=error.message)
    except Exception:  # noqa: BLE001 - one delivery that cannot be settled must not end the courier
        _log.exception("webhook.failed_to_settle", delivery_id=str(claimed.delivery.id))
    finally:
        courier.sending[endpoint_id] -= 1
        if not courier.sending[endpoint_id]:
            del courier.sending[endpoint_id]
        courier.wake.set()


async def _try(courier: Courier, claimed: ClaimedDelivery) -> _Result:
    if claimed.refusal is not None:
        return _Result(outcome=DeliveryStatus.FAILED, error=claimed.refusal)
    began = time.monotonic()
    try:
        code = await _send(courier, claimed)
    except RushesError as error:
        # Also where the address is not allowed: what a name stands for can be mended within the day.
        outcome, code, message = DeliveryStatus.PENDING, None, error.message[:ERROR_MAX_CHARACTERS]
    except Exception:  # noqa: BLE001 - the top of a try: it is noted, and one day is the end of its repeats
        _log.exception("webhook.unexpected", delivery_id=str(claimed.delivery.id))
        outcome, code, message = DeliveryStatus.PENDING, None, "Something unexpected went wrong."
    else:
        outcome, message = _judge(code)
    seconds = time.monotonic() - began
    return _Result(outcome=outcome, response_code=code, error=message, seconds=seconds)


async def _send(courier: Courier, claimed: ClaimedDelivery) -> int:
    body = body_of(claimed.delivery, claimed.format)
    return await courier.client.post(
        claimed.url,
        headers=_headers(claimed, body),
        content=body,
        seconds=courier.config.timeout.total_seconds(),
    )


def _headers(claimed: ClaimedDelivery, body: bytes) -> dict[str, str]:
    message_id, now = str(claimed.delivery.id), datetime.now(UTC)
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(claimed.secret).sign(message_id, now, body.decode()),
    }


def _judge(code: int) -> tuple[DeliveryStatus, str | None]:
    if HTTPStatus.OK <= code < HTTPStatus.MULTIPLE_CHOICES:
        return DeliveryStatus.DELIVERED, None
    if code == HTTPStatus.GONE:
        return DeliveryStatus.FAILED, GONE
    return DeliveryStatus.PENDING, f"The endpoint answered {code}."


async def _settle(database: Database, claimed: ClaimedDelivery, result: _Result) -> None:
    delivery = claimed.delivery
    is_gone = result.response_code == HTTPStatus.GONE
    async with database.transaction() as tx:
        if is_gone:
            await webhooks.disable_endpoint(
                tx, endpoint_id=delivery.endpoint_id, user_id=claimed.user_id, reason=GONE
            )
        status = await webhooks.settle_delivery(
            tx,
            delivery_id=delivery.id,
            number=delivery.tries,
            outcome=result.outcome,
            response_code=result.response_code,
            error=result.error,
            seconds=result.seconds,
            wait=next_try(delivery.tries - delivery.tries_before, jitter=secrets.randbelow(1000) / 1000),
        )
    _tell(delivery, result, status, is_gone=is_gone)


def _tell(delivery: Delivery, result: _Result, status: DeliveryStatus | None, *, is_gone: bool) -> None:
    log = _log.bind(
        delivery_id=str(delivery.id), endpoint_id=str(delivery.endpoint_id), number=delivery.tries
    )
    if is_gone:
        log.warning("webhook.disabled", reason=GONE)
    match status:
        case DeliveryStatus.DELIVERED:
            log.info("webhook.delivered", code=result.response_code, seconds=round(result.seconds, 3))
        case DeliveryStatus.PENDING:
            log.info("webhook.put_off", code=result.response_code, error=result.error)
        case DeliveryStatus.FAILED:
            log.warning("webhook.failed", code=result.response_code, error=result.error)
        case None:
            log.warning("webhook.overtaken", code=result.response_code, error=result.error)
