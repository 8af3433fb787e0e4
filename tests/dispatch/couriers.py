"""Couriers that run for as long as a test needs them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from rushes.db import webhooks
from rushes.db.pool import Database
from rushes.db.webhooks import ClaimedDelivery
from rushes.dispatch.courier import Courier, CourierConfig, deliver
from rushes.dispatch.loop import repeat
from rushes.outgoing.client import OutgoingClient

NOW = timedelta(0)
TIMEOUT = timedelta(seconds=10)


async def deliver_once(
    work: Database, *, allow_private: bool = True, request_time: timedelta = TIMEOUT, per_endpoint: int = 4
) -> None:
    """Send what is due, and wait for it to be settled."""
    client = OutgoingClient(allow_private=allow_private)
    config = CourierConfig(timeout=request_time, per_endpoint=per_endpoint)
    try:
        async with asyncio.TaskGroup() as tasks:
            await deliver(Courier(database=work, client=client, tasks=tasks, config=config))
    finally:
        await client.aclose()


@asynccontextmanager
async def delivering(work: Database, *, slots: int = 32, per_endpoint: int = 4) -> AsyncIterator[Courier]:
    """A courier whose loop turns only when it is woken; what is under way is ended with the block."""
    client = OutgoingClient(allow_private=True)
    config = CourierConfig(slots=slots, per_endpoint=per_endpoint)
    async with asyncio.TaskGroup() as loops, asyncio.TaskGroup() as tasks:
        courier = Courier(database=work, client=client, tasks=tasks, config=config)
        loop = loops.create_task(
            repeat("deliver", lambda: deliver(courier), interval=timedelta(hours=1), wake=courier.wake)
        )
        yield courier
        loop.cancel()
    await client.aclose()


async def claim(work: Database, *, lease_time: timedelta = NOW) -> ClaimedDelivery:
    """The only delivery that is due, claimed by a courier that says nothing more."""
    async with work.transaction() as tx:
        (claimed,) = await webhooks.claim_deliveries(
            tx, count=9, per_endpoint=9, sending={}, lease_time=lease_time
        )
    return claimed


async def only_delivery(owner: Database) -> tuple[str, str | None]:
    """The status and the error of the only delivery that there is."""
    async with owner.transaction() as tx:
        ((status, error),) = await tx.fetch("SELECT status, error FROM webhook_deliveries")
    return status, error
