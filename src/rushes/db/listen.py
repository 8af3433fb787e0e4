"""Being woken by PostgreSQL: one connection per process, fanned out in memory."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import asyncpg
import structlog

JOBS = "rushes_jobs"
"""A job changed; the payload is its id and its owner's, with a space between."""
LANES = "rushes_lanes"
"""A job was queued; the payload is its lane."""
CANCELS = "rushes_cancels"
"""A running job should stop; the payload is empty."""

WORKERS = "rushes_workers"
"""A worker should drain; the payload is its id."""

WEBHOOKS = "rushes_webhooks"
"""A webhook delivery is to be sent; the payload is empty."""

DELIVERIES = "rushes_deliveries"
"""A webhook that was tested has ended; the payload is the delivery's id."""

REPORTS = "rushes_reports"
"""A provider reported on an attempt; the payload is the attempt's lease."""

ASSETS = "rushes_assets"
"""A file arrived or was judged; the payload is its id and its status."""

ACCESS = "rushes_access"
"""A session or key was revoked, or an account disabled; the payload is the account's id."""

RECONNECT_SECONDS = 1.0

_LOST = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
_driver: Any = asyncpg  # the driver ships no types
_log: Any = structlog.get_logger()

Wake = Callable[[str], None]


async def listen(url: str, channels: Mapping[str, Wake], *, on_connect: Callable[[], None]) -> None:
    """Call back for every notification, until cancelled; a lost connection is made anew.

    A notification only wakes earlier: whatever was missed while away is for `on_connect` to look up.
    """
    while True:
        try:
            await _listen_once(url, channels, on_connect)
        except _LOST as error:
            _log.warning("listen.lost", error=str(error))
        await asyncio.sleep(RECONNECT_SECONDS)


async def _listen_once(url: str, channels: Mapping[str, Wake], on_connect: Callable[[], None]) -> None:
    connection = await _driver.connect(url, timeout=10, server_settings={"application_name": "rushes_listen"})
    lost = asyncio.Event()
    try:
        connection.add_termination_listener(_setting(lost))
        for channel, wake in channels.items():
            await connection.add_listener(channel, _calling(wake))
        on_connect()
        await lost.wait()
    finally:
        connection.terminate()


def _setting(event: asyncio.Event) -> Callable[[Any], None]:
    def called(_connection: Any) -> None:
        event.set()

    return called


def _calling(wake: Wake) -> Callable[[Any, int, str, str], None]:
    def called(_connection: Any, _pid: int, _channel: str, payload: str) -> None:
        wake(payload)

    return called
