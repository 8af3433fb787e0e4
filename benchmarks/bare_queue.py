"""The least that a queue in PostgreSQL can do: one table, SKIP LOCKED, a row updated twice per job."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

CLAIM = """
UPDATE bare SET status = 'processing' WHERE id IN (
    SELECT id FROM bare WHERE status = 'queued' ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
RETURNING id
"""
SETTLE = "UPDATE bare SET status = 'completed' WHERE id = $1"
CHANNEL = "bare"


@asynccontextmanager
async def bare_queue(url: str, *, connections: int) -> AsyncIterator[asyncpg.Pool]:
    """A pool on a fresh table of its own."""
    async with asyncpg.create_pool(url, min_size=connections, max_size=connections) as pool:
        await pool.execute("DROP TABLE IF EXISTS bare")
        await pool.execute(
            "CREATE TABLE bare (id bigserial PRIMARY KEY, status text NOT NULL DEFAULT 'queued')"
        )
        await pool.execute("CREATE INDEX ON bare (id) WHERE status = 'queued'")
        yield pool


async def drain(pool: asyncpg.Pool, *, slots: int) -> int:
    """Claim and settle until nothing is queued, as many at once as there are slots; return how many."""
    done = 0
    while claimed := await pool.fetch(CLAIM, slots):
        await asyncio.gather(*(pool.execute(SETTLE, row["id"]) for row in claimed))
        done += len(claimed)
    return done
