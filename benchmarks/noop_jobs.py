"""No-op jobs per second: the whole job, every row written, against a bare one-table claim.

    python -m benchmarks.noop_jobs [--jobs 500] [--rounds 5] [--slots 32]

Ours claims, opens the attempt, stores a few bytes in memory, writes assets, video, charge, events and
state. The bare queue updates one row twice. Both keep the same number of jobs in flight.
"""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

from benchmarks.bare_queue import bare_queue, drain
from benchmarks.harness import compare, database, server, settings_of
from rushes.db.pool import WORKER_ROLE, Database, open_database
from rushes.storage.store import memory_storage
from tests.dispatch.stage import ObedientRunner, make_inputs, working
from tests.factories import make_job, make_viewer

USERS = 20


async def ours(url: str, *, count: int, slots: int) -> float:
    """Jobs per second from the start of a worker to the last job's completion."""
    storage = memory_storage()
    owner = await open_database(url, role=None)
    work = await open_database(url, role=WORKER_ROLE, connections=slots)
    users = [await make_viewer(owner, credits_=100 * count, slots=2 * count) for _ in range(USERS)]
    inputs = [await make_inputs(owner, storage, viewer) for viewer in users]
    for number in range(count):
        await make_job(owner, users[number % USERS], inputs=inputs[number % USERS])
    with tempfile.TemporaryDirectory() as scratch:
        began = time.perf_counter()
        async with working(work, url, storage, Path(scratch), ObedientRunner(), slots=slots):
            while await unfinished(owner):  # noqa: ASYNC110 - nothing signals the end of all
                await asyncio.sleep(0.005)
            took = time.perf_counter() - began
    await work.close()
    await owner.close()
    return count / took


async def unfinished(owner: Database) -> bool:
    """Whether any job waits or runs."""
    async with owner.transaction() as tx:
        found = await tx.fetch("SELECT FROM jobs WHERE status IN ('queued', 'processing') LIMIT 1")
    return bool(found)


async def bare(url: str, *, count: int, slots: int) -> float:
    """Jobs per second of the bare queue."""
    async with bare_queue(url, connections=slots) as pool:
        await pool.execute("INSERT INTO bare SELECT FROM generate_series(1, $1)", count)
        began = time.perf_counter()
        assert await drain(pool, slots=slots) == count
        return count / (time.perf_counter() - began)


async def main() -> None:
    """Parse the arguments, and compare."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--jobs", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--slots", type=int, default=32)
    given = parser.parse_args()
    with server() as server_url:
        async with database(server_url) as url:
            print(f"{given.jobs} no-op jobs, {given.slots} in flight; {await settings_of(url)}")
            await compare(
                lambda: ours(url, count=given.jobs, slots=given.slots),
                lambda: bare(url, count=given.jobs, slots=given.slots),
                rounds=given.rounds,
                unit="jobs/s",
            )


if __name__ == "__main__":
    asyncio.run(main())
