from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from rushes.db import speeds, waiting
from rushes.db.pool import WEB_ROLE, WORKER_ROLE, Database, open_database
from rushes.domain.ids import JobId
from tests.db.lanes import fill, make_lane, standing
from tests.db.servers import execute, of_database
from tests.db.test_plans import known
from tests.factories import make_viewer

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


@pytest.fixture
async def own_url(server_url: str, template: str) -> AsyncIterator[str]:
    """The owner's URL of a migrated database without a job."""
    name = f"own_{uuid4().hex}"
    await execute(server_url, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield of_database(server_url, name)
    await execute(server_url, f"DROP DATABASE {name} WITH (FORCE)")


@asynccontextmanager
async def reading(connection: Any, role: str) -> AsyncIterator[dict[str, int]]:
    """What is read inside the block, known after it."""
    await connection.execute(f"SET LOCAL ROLE {role}; SET LOCAL rushes.viewer = '{known('user', VIEWER)}'")
    read: dict[str, int] = {}
    before = await connection.fetchrow(READ)
    yield read
    after = await connection.fetchrow(READ)
    read.update({name: after[name] - was for name, was in before.items()})


@asynccontextmanager
async def _opened(url: str, *, role: str | None = None, connections: int = 2) -> AsyncIterator[Database]:
    database = await open_database(url, role=role, connections=connections)
    try:
        yield database
    finally:
        await database.close()


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


async def test_a_plan_of_a_short_lane_is_right_for_a_long_one(own_url: str) -> None:
    async with _opened(own_url) as owner, _opened(own_url, role=WORKER_ROLE, connections=1) as work:
        lane, viewer = await make_lane(owner), await make_viewer(owner)
        few = await fill(owner, lane, *(standing(lane, viewer, fair_rank=n) for n in range(20)))
        await execute(own_url, "ANALYZE jobs")
        async with work.transaction() as tx:
            await waiting.explain_waiting(tx, job_ids=few[:1])
        many = await fill(owner, lane, *(standing(lane, viewer, fair_rank=n) for n in range(20, 1000)))

        async with work.transaction() as tx:
            before = (await tx.fetch(READ))[0]
            found = await waiting.explain_waiting(tx, job_ids=many[-1:])
            after = (await tx.fetch(READ))[0]

    assert found[many[-1]].position == 999
    assert after["claim_entries"] > before["claim_entries"]
    assert after["whole_reads"] == before["whole_reads"]


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
