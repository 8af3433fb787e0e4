from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from rushes.db import speeds, waiting
from rushes.db.pool import WEB_ROLE, WORKER_ROLE
from rushes.domain.ids import JobId
from tests.db.test_plans import known

pytestmark = pytest.mark.slow

VIEWER = 95
JOBS = [JobId(known("job", VIEWER + 50_000 * n)) for n in range(20)]
"""Twenty queued jobs of one account, among fifty thousand of all."""

READ = """
    SELECT pg_stat_get_xact_numscans('jobs'::regclass) AS whole_reads,
           pg_stat_get_xact_tuples_returned('jobs_claim'::regclass) AS claim_entries,
           pg_stat_get_xact_tuples_returned('jobs_status_created'::regclass) AS completed_entries
"""
"""What this transaction has read; what a function reads does not show in the plan of its caller."""


@pytest.fixture
async def connection(million_url: str) -> AsyncIterator[Any]:
    """A connection in a transaction whose marks are forgotten with it."""
    connection = await asyncpg.connect(million_url)
    await connection.execute("BEGIN")
    yield connection
    await connection.close()


@asynccontextmanager
async def reading(connection: Any, role: str) -> AsyncIterator[dict[str, int]]:
    """What is read inside the block, known after it."""
    await connection.execute(f"SET LOCAL ROLE {role}; SET LOCAL rushes.viewer = '{known('user', VIEWER)}'")
    read: dict[str, int] = {}
    before = await connection.fetchrow(READ)
    yield read
    after = await connection.fetchrow(READ)
    read.update({name: after[name] - was for name, was in before.items()})


async def test_a_page_of_positions_reads_little(connection: Any) -> None:
    await connection.execute(f"SET LOCAL ROLE {WORKER_ROLE}")
    await waiting.refresh_marks(connection)

    async with reading(connection, WEB_ROLE) as read:
        found = await waiting.explain_waiting(connection, job_ids=JOBS)

    # Five of each hundred jobs are queued, in the order of their numbers.
    assert [found[job].position for job in JOBS] == [2500 * n for n in range(20)]
    assert read["whole_reads"] == 0
    assert 300 <= read["claim_entries"] <= 300 + 20 * 100


async def test_without_marks_a_page_of_positions_is_bounded(connection: Any) -> None:
    async with reading(connection, WEB_ROLE) as read:
        found = await waiting.explain_waiting(connection, job_ids=JOBS)

    assert [found[job].position for job in JOBS] == [0] + [1000] * 19
    assert read["whole_reads"] == 0
    assert read["claim_entries"] <= 300 + 20 * 1000


async def test_ageing_looks_at_the_front_of_each_place(connection: Any) -> None:
    async with reading(connection, WORKER_ROLE) as read:
        moved = await waiting.age_jobs(connection, interval=timedelta(0))

    assert len(moved) == 1
    assert read["whole_reads"] == 0
    assert 1 <= read["claim_entries"] <= 1000


async def test_speeds_are_measured_on_the_newest_jobs(connection: Any) -> None:
    async with reading(connection, WORKER_ROLE) as read:
        await speeds.refresh_speeds(connection)

    assert read["whole_reads"] == 0
    assert read["completed_entries"] == 2000
