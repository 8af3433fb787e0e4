"""How a command that runs until it is told to stop is told: the first signal asks, the second forces."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine, Generator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Part(Protocol):
    """Something that runs until `stop` is set, such as the web server or the worker."""

    def __call__(self, *, stop: asyncio.Event, on_ready: Callable[[], None]) -> Coroutine[Any, Any, None]:
        """Run; call `on_ready`, once or more, when others can begin to use it."""
        ...


async def run_until_stopped(
    parts: Sequence[Part], *, when_ready: Callable[[asyncio.Event], Awaitable[None]]
) -> None:
    """Run the parts side by side until a signal comes, one of them ends, or `when_ready` sets the event.

    `when_ready` is called with the event when every part is ready, and cancelled when the event is set.

    Raises:
        Exception: What the first of them raised, after all have ended.
    """
    with _signalled() as stop:
        ready = [asyncio.Event() for _ in parts]
        tasks = [
            asyncio.create_task(_stopping_all(part(stop=stop, on_ready=event.set), stop))
            for part, event in zip(parts, ready, strict=True)
        ]
        visit = asyncio.create_task(_visit(ready, when_ready, stop))
        await stop.wait()
        visit.cancel()
        ended = await asyncio.gather(visit, *tasks, return_exceptions=True)
    for each in ended:
        if isinstance(each, Exception):
            raise each


async def _stopping_all(run: Coroutine[Any, Any, None], stop: asyncio.Event) -> None:
    try:
        await run
    finally:
        stop.set()


async def _visit(
    ready: Sequence[asyncio.Event],
    when_ready: Callable[[asyncio.Event], Awaitable[None]],
    stop: asyncio.Event,
) -> None:
    for event in ready:
        await event.wait()
    try:
        await when_ready(stop)
    except Exception:
        stop.set()
        raise


@contextmanager
def _signalled() -> Generator[asyncio.Event]:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()

    def hear(number: int) -> None:
        if stop.is_set():
            # Nothing is left behind: the children and PostgreSQL end when they see us gone.
            os._exit(128 + number)
        print("Stopping; once more to force it.", file=sys.stderr)
        stop.set()

    for number in _SIGNALS:
        loop.add_signal_handler(number, hear, number)
    try:
        yield stop
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
