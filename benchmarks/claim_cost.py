"""What a claim costs as the queue grows: a thousand queued jobs against a million.

    python -m benchmarks.claim_cost [--depths 1000 10000 100000 1000000] [--claims 200] [--rounds 3]

Each round claims at every depth in turn, a transaction each that is rolled back, and compares the medians.
"""

import asyncio
import contextlib
import statistics
import time
from uuid import uuid4

import asyncpg

from benchmarks.arguments import parser_of
from benchmarks.harness import database, server, settings_of

FILL = """
    INSERT INTO users (id, email, password_hash, credits)
    SELECT md5('user' || n)::uuid, n || '@example.org', '*', 1000 FROM generate_series(0, 999) n;
    INSERT INTO jobs (id, user_id, job_type, model, lane, price, watermark_applied, status, queued_at,
                      fair_rank)
    SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, md5('user' || n % 1000)::uuid,
           'base', 'motion', 'cpu', 5, true, 'queued', now(), n
    FROM generate_series(0, $1 - 1) n;
"""
CLAIM = "SELECT count(*) FROM claim_jobs('{cpu}', '{motion}', $1, $2, interval '1 minute')"
Costs = dict[tuple[int, int], list[float]]
COUNTS = (1, 32)


async def fill(url: str, depth: int) -> asyncpg.Connection:
    """A connection to a database where `depth` jobs wait in one lane."""
    connection = await asyncpg.connect(url)
    await connection.execute("SET session_replication_role = replica; SET synchronous_commit = off")
    await connection.execute(FILL.replace("$1", str(depth)))
    await connection.execute("VACUUM (ANALYZE) jobs")
    await connection.execute("SET session_replication_role = DEFAULT; SET synchronous_commit = on")
    return connection


async def cost(connection: asyncpg.Connection, *, count: int, claims: int) -> float:
    """The median time of a claim of `count` jobs, in milliseconds."""
    times: list[float] = []
    for _ in range(claims):
        transaction = connection.transaction()
        await transaction.start()
        began = time.perf_counter()
        assert await connection.fetchval(CLAIM, count, uuid4()) == count
        times.append(time.perf_counter() - began)
        await transaction.rollback()
    return statistics.median(times) * 1000


async def compare(server_url: str, *, depths: list[int], claims: int, rounds: int) -> None:
    """Claim at every depth in turn, several times, and print each depth's cost and ratio to the first."""
    costs: Costs = {(depth, count): [] for depth in depths for count in COUNTS}
    async with contextlib.AsyncExitStack() as stack:
        lanes = {
            depth: await fill(await stack.enter_async_context(database(server_url)), depth)
            for depth in depths
        }
        for _ in range(rounds):
            for (depth, count), found in costs.items():
                found.append(await cost(lanes[depth], count=count, claims=claims))
        for connection in lanes.values():
            await connection.close()
    for (depth, count), found in costs.items():
        first = costs[depths[0], count]
        ratio = statistics.median(one / other for one, other in zip(found, first, strict=True))
        print(
            f"{depth:>9} queued, claim of {count:>2}: {statistics.median(found):7.3f} ms, "
            f"{ratio:.2f} x the cost at {depths[0]}"
        )


async def main() -> None:
    """Parse the arguments, and compare."""
    parser = parser_of(__doc__)
    parser.add_argument("--depths", type=int, nargs="+", default=[1000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--claims", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with server() as server_url:
        print(await settings_of(server_url))
        await compare(server_url, depths=given.depths, claims=given.claims, rounds=given.rounds)


if __name__ == "__main__":
    asyncio.run(main())
