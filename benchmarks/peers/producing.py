"""Producers that submit one job per call, each call returning when its job is durable.

Every producer first submits one job that is not counted, so that connections are open; then the time is
printed, in nanoseconds of the monotonic clock, and all of them share the counted jobs.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier


async def submit_in_tasks(submit: Callable[[], Awaitable[object]], *, producers: int, count: int) -> None:
    """Submit from so many coroutines."""
    await asyncio.gather(*(submit() for _ in range(producers)))
    print(time.monotonic_ns(), flush=True)
    left = iter(range(count))

    async def produce() -> None:
        for _ in left:
            await submit()

    await asyncio.gather(*(produce() for _ in range(producers)))


def submit_in_threads(submit: Callable[[], object], *, producers: int, count: int) -> None:
    """Submit from so many threads."""
    warm = Barrier(producers, action=lambda: print(time.monotonic_ns(), flush=True))
    left = iter(range(count))

    def produce(_: int) -> None:
        submit()
        warm.wait()
        for _ in left:
            submit()

    with ThreadPoolExecutor(producers) as pool:
        list(pool.map(produce, range(producers)))
