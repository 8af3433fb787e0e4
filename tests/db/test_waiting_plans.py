import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import asyncpg
import pytest

from rushes.db import waiting
from rushes.db.pool import WEB_ROLE, WORKER_ROLE
from rushes.domain.ids import JobId
from tests.db.filling import fill_once
from tests.db.test_plans import known

pytestmark = pytest.mark.slow

VIEWER = 95
JOBS = [JobId(known("job", VIEWER + 50_000 * n)) for n in range(20)]
"""Twenty queued jobs of one account, among fifty thousand of all."""

READ = """
    SELECT pg_stat_get_xact_numscans('jobs'::regclass) AS whole_reads,
           pg_stat_get_xact_numscans('jobs_claim'::regclass) AS claim_scans,
           pg_stat_get_xact_tuples_returned('jobs_claim'::regclass) AS claim_entries
"""
"""What this transaction has read; what a function reads does not show in the plan of its caller."""


@pytest.fixture(scope="session")
def million_url(server_url: str, template: str) -> str:
    return asyncio.run(fill_once(server_url, template))


@pytest.fixture
async def connection(million_url: str) -> AsyncIterator[Any]:
    """A connection in a transaction whose marks are forgotten with it."""
    connection = await asyncpg.connect(million_url)
    await connection.execute("BEGIN")
    yield connection
    await connection.close()


async def explain_as_web(connection: Any) -> tuple[list[int | None], Mapping[str, int]]:
    """The positions of a page of jobs, and what it took to read them."""
    await connection.execute(f"SET LOCAL ROLE {WEB_ROLE}; SET LOCAL rushes.viewer = '{known('user', VIEWER)}'")
    before = await connection.fetchrow(READ)
    found = await waiting.explain_waiting(connection, job_ids=JOBS)
    after = await connection.fetchrow(READ)
    read = {name: after[name] - before[name] for name in before.keys()}  # noqa: SIM118 - a record is no mapping
    return [found[job].position for job in JOBS], read


async def test_a_page_of_positions_reads_little(connection: Any) -> None:
    await connection.execute(f"SET LOCAL ROLE {WORKER_ROLE}")
    await waiting.refresh_marks(connection)

    positions, read = await explain_as_web(connection)

    # Five of each hundred jobs are queued, in the order of their numbers.
    assert positions == [2500 * n for n in range(20)]
    assert read["whole_reads"] == 0
    assert 20 <= read["claim_scans"] <= 40
    assert read["claim_entries"] <= 20 * (101 + 100)


async def test_without_marks_a_page_of_positions_is_bounded(connection: Any) -> None:
    positions, read = await explain_as_web(connection)

    assert positions == [0] + [1000] * 19
    assert read["whole_reads"] == 0
    assert read["claim_entries"] <= 20 * (101 + 1000)
