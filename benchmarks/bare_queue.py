"""The least that a queue in PostgreSQL can do: one table, SKIP LOCKED, a row updated twice per job."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import asyncpg

INSERT = "INSERT INTO bare DEFAULT VALUES"
CLAIM = """
UPDATE bare SET status = 'processing' WHERE id IN (
    SELECT id FROM bare WHERE status = 'queued' ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
RETURNING id
"""
SETTLE = "UPDATE bare SET status = 'completed' WHERE id = ANY ($1::bigint[])"
CHANNEL = "bare"


@asynccontextmanager
async def bare_queue(url: str, *, connections: int) -> AsyncGenerator[asyncpg.Pool]:
    """A pool on a fresh table of its own."""
    async with asyncpg.create_pool(url, min_size=connections, max_size=connections) as pool:
        await pool.execute("DROP TABLE IF EXISTS bare")
        await pool.execute(
            "CREATE TABLE bare (id bigserial PRIMARY KEY, status text NOT NULL DEFAULT 'queued')"
        )
        await pool.execute("CREATE INDEX ON bare (id) WHERE status = 'queued'")
        yield pool


async def submit(pool: asyncpg.Pool, *, count: int, producers: int) -> None:
    """Insert one row after the other, each committed, from several producers at once."""

    async def produce(share: int) -> None:
        for _ in range(share):
            await pool.execute(INSERT)

    await asyncio.gather(*(produce(len(range(first, count, producers))) for first in range(producers)))


async def drain(pool: asyncpg.Pool, *, count: int, slots: int) -> None:
    """Claim up to `slots` rows and settle them in one statement, again and again, until `count` are done."""
    done = 0
    while done < count:
        claimed = await pool.fetch(CLAIM, slots)
        if claimed:
            await pool.execute(SETTLE, [row["id"] for row in claimed])
            done += len(claimed)
