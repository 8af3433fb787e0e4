from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from rushes.db.pool import WORKER_ROLE

pytestmark = pytest.mark.slow

CLAIM = "SELECT count(*) FROM claim_jobs('{cpu}', '{motion}', $1, $2, interval '1 minute')"
READ = """
    SELECT coalesce(sum(seq_tup_read), 0)::int AS in_sequence,
           coalesce(sum(idx_tup_fetch), 0)::int AS by_index
    FROM pg_stat_xact_user_tables WHERE relname = 'jobs'
"""
LOOKED_AT = 40
"""How many candidates are looked at beyond those that are taken, and a few more."""

CLAIMS = 8
"""How often it is asked for: from the sixth time on a function keeps one plan for all arguments."""


@pytest.fixture
async def worker(million_url: str) -> AsyncIterator[Any]:
    """A worker's connection to a lane where 50,000 jobs wait among a million; nothing that it does stays."""
    connection = await asyncpg.connect(million_url)
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute("ANALYZE jobs")
    yield connection
    await transaction.rollback()
    await connection.close()


async def claim(worker: Any, *, count: int) -> int:
    await worker.execute(f"SET LOCAL ROLE {WORKER_ROLE}")
    worker_id = uuid4()
    await worker.execute(
        "INSERT INTO workers (id, name, host, pid, lanes, engines, slots, version) "
        "VALUES ($1, 'test', 'test', 1, '{cpu}', '{motion}', 1, '0')",
        worker_id,
    )
    claimed = await worker.fetchval(CLAIM, count, worker_id)
    await worker.execute("RESET ROLE")
    return claimed


async def rows_read(worker: Any) -> tuple[int, int]:
    row = await worker.fetchrow(READ)
    return row["in_sequence"], row["by_index"]


@pytest.mark.parametrize("count", [1, 32])
async def test_a_claim_reads_in_proportion_to_what_it_takes(worker: Any, count: int) -> None:
    for _ in range(CLAIMS):
        sequential_before, by_index_before = await rows_read(worker)

        claimed = await claim(worker, count=count)

        sequential, by_index = await rows_read(worker)
        assert claimed == count
        assert sequential == sequential_before
        assert by_index - by_index_before <= LOOKED_AT + 16 * count


async def test_a_long_backoff_of_many_does_not_slow_the_claim_down(worker: Any) -> None:
    await worker.execute(
        "UPDATE jobs SET run_at = now() + interval '1 hour', parked = true "
        "WHERE id IN (SELECT id FROM jobs WHERE status = 'queued' ORDER BY fair_rank LIMIT 20000)"
    )
    sequential_before, by_index_before = await rows_read(worker)

    claimed = await claim(worker, count=4)

    sequential, by_index = await rows_read(worker)
    assert (claimed, sequential) == (4, sequential_before)
    assert by_index - by_index_before <= LOOKED_AT + 64
