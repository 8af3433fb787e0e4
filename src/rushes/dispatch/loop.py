"""How every loop of a worker turns: now, then at each wake or interval, until it is ended."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import structlog

from rushes.errors import Unavailable

_log: Any = structlog.get_logger()

Turn = Callable[[], Awaitable[None]]


async def repeat(
    name: str,
    turn: Turn,
    *,
    interval: timedelta,
    wake: asyncio.Event | None = None,
    stop: asyncio.Event | None = None,
) -> None:
    """Run `turn` again and again; a database or store that is away is waited for, not died of.

    Once `stop` is set no turn begins; set `wake` too, to have that noticed at once.
    """
    wake = wake or asyncio.Event()
    while stop is None or not stop.is_set():
        wake.clear()
        try:
            await turn()
        except Unavailable as error:
            _log.warning("loop.unavailable", loop=name, error=error.message)
        except Exception:  # noqa: BLE001 - the top of a loop: logged, and turned again
            _log.exception("loop.failed", loop=name)
        with suppress(TimeoutError):
            async with asyncio.timeout(interval.total_seconds()):
                await wake.wait()
