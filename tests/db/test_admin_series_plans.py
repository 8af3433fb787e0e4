"""What the dashboard asks of a million jobs is found by indexes."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from rushes.db import admin_series
from rushes.db.admin_series import Steps
from rushes.db.pool import set_codecs
from tests.db.test_plans import BIG, Explaining, read_whole, used_indexes

pytestmark = pytest.mark.slow

NOW = datetime.now(UTC)
DAY = Steps(since=NOW - timedelta(days=1), step=timedelta(hours=1), count=24)
ASKED: dict[str, tuple[Callable[[Any], Awaitable[Any]], set[str]]] = {
    "endings": (lambda tx: admin_series.count_endings(tx, DAY), {"jobs_ended"}),
    "waits": (lambda tx: admin_series.measure_waits(tx, DAY), {"jobs_ended"}),
    "depths": (lambda tx: admin_series.measure_depths(tx, DAY), {"jobs_ended"}),
}
"""What is asked, and the indexes that answer it."""


@pytest.fixture
async def planning(million_url: str) -> AsyncIterator[Explaining]:
    connection = await asyncpg.connect(million_url)
    await set_codecs(connection)
    yield Explaining(connection)
    await connection.close()


@pytest.mark.parametrize("name", ASKED)
async def test_a_series_is_read_by_its_index(planning: Explaining, name: str) -> None:
    ask, indexes = ASKED[name]

    await ask(planning)

    assert planning.plans
    assert all(indexes <= used_indexes(plan) for plan in planning.plans)
    assert not any(read_whole(plan) & BIG for plan in planning.plans)
