"""Dispatch latency on an idle system: from the commit of a submit to the start of its engine.

    python -m benchmarks.dispatch_latency [--jobs 100] [--rounds 5]

The bare queue inserts a row and notifies; a listener claims it. Both wait for each job before the next.
"""

import asyncio
import statistics
import time

import asyncpg

from benchmarks.arguments import parser_of
from benchmarks.bare_queue import CHANNEL, CLAIM, bare_queue
from benchmarks.harness import compare, database, server, settings_of
from benchmarks.no_op import ADD_MODEL, SUBMISSION, no_op_worker
from rushes.actions.submit import submit
from rushes.db.pool import WORKER_ROLE, Database, open_database
from rushes.domain.media import MediaLimits
from tests.factories import make_viewer

Percentiles = tuple[float, float]


async def ours(url: str, *, count: int) -> Percentiles:
    """Milliseconds from a returned submit to the engine's start: p50 and p99."""
    owner = await open_database(url, role=None)
    work = await open_database(url, role=WORKER_ROLE, connections=4)
    async with owner.transaction() as tx:
        await tx.execute(ADD_MODEL)
    viewer = await make_viewer(owner, credits_=10**6, slots=2 * count)
    waits: list[float] = []
    async with no_op_worker(work, url, slots=8) as runner:
        for _ in range(count):
            await submit(owner, viewer, SUBMISSION, limits=MediaLimits())
            submitted = time.perf_counter()
            await runner.started.get()
            waits.append(time.perf_counter() - submitted)
            await _settled(owner)
    await work.close()
    await owner.close()
    return percentiles(waits)


async def _settled(owner: Database) -> None:
    """Wait for the system to be idle again."""
    while True:
        async with owner.autocommit() as tx:
            if not await tx.fetch("SELECT FROM jobs WHERE status = 'processing' LIMIT 1"):
                return
        await asyncio.sleep(0.002)


async def bare(url: str, *, count: int) -> Percentiles:
    """The same of a listener that claims one row."""
    claimed: asyncio.Queue[float] = asyncio.Queue()
    wake = asyncio.Event()

    async def claim(pool: asyncpg.Pool) -> None:
        while True:
            await wake.wait()
            wake.clear()
            if await pool.fetch(CLAIM, 1):
                claimed.put_nowait(time.perf_counter())

    waits: list[float] = []
    async with bare_queue(url, connections=2) as pool, asyncio.TaskGroup() as group:
        listener = await asyncpg.connect(url)
        await listener.add_listener(CHANNEL, lambda *_: wake.set())
        claiming = group.create_task(claim(pool))
        for _ in range(count):
            await pool.fetch(
                "WITH row AS (INSERT INTO bare DEFAULT VALUES) SELECT pg_notify($1, '')", CHANNEL
            )
            submitted = time.perf_counter()
            waits.append(await claimed.get() - submitted)
        claiming.cancel()
        await listener.close()
    return percentiles(waits)


def percentiles(waits: list[float]) -> Percentiles:
    """The median and the 99th percentile, in milliseconds."""
    cuts = statistics.quantiles(waits, n=100)
    return cuts[49] * 1000, cuts[98] * 1000


async def main() -> None:
    """Parse the arguments, and compare the medians; the 99th percentiles are printed beside."""
    parser = parser_of(__doc__)
    parser.add_argument("--jobs", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    tails: dict[str, list[float]] = {"ours": [], "bare": []}

    async def median(name: str, measured: Percentiles) -> float:
        tails[name].append(measured[1])
        return measured[0]

    async def measure_ours(url: str) -> float:
        return await median("ours", await ours(url, count=given.jobs))

    async def measure_bare(url: str) -> float:
        return await median("bare", await bare(url, count=given.jobs))

    with server() as server_url:
        async with database(server_url) as url:
            print(f"{given.jobs} jobs one by one; {await settings_of(url)}")
            await compare(
                lambda: measure_ours(url), lambda: measure_bare(url), rounds=given.rounds, unit="ms p50"
            )
    for name, found in tails.items():
        print(f"{name}: p99 of the rounds {', '.join(f'{tail:.1f}' for tail in found)} ms")


if __name__ == "__main__":
    asyncio.run(main())
