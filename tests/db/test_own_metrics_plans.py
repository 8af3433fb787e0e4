"""How an account's own jobs do is read along its index, however many jobs others have."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from rushes.db import media, own_metrics
from rushes.db.pool import WEB_ROLE, set_codecs
from rushes.domain.ids import UserId
from tests.db.test_plans import BIG, Explaining, known, read_whole, used_indexes

pytestmark = pytest.mark.slow

USER = UserId(known("user"))
SINCE = datetime.now(UTC) - timedelta(days=7)


class ExplainingValues(Explaining):
    """The same of a connection that is asked for single values."""

    async def fetchval(self, query: str, *args: Any) -> None:
        await self.fetch(query, *args)


@pytest.fixture
async def explaining(million_url: str) -> AsyncIterator[Explaining]:
    """A connection of the web that only plans, as the viewer of many jobs."""
    settings = {"role": WEB_ROLE, "rushes.viewer": str(USER)}
    connection = await asyncpg.connect(million_url, server_settings=settings)
    await set_codecs(connection)
    yield ExplainingValues(connection)
    await connection.close()


async def test_what_became_of_ones_jobs_is_read_along_the_index_of_ones_jobs(explaining: Explaining) -> None:
    await own_metrics.measure_jobs(explaining, user_id=USER, since=SINCE)

    assert explaining.plans
    assert all(used_indexes(plan) == {"jobs_user_created"} for plan in explaining.plans)
    assert not any(read_whole(plan) & BIG for plan in explaining.plans)


async def test_what_ones_files_take_is_read_from_an_index_of_their_sizes(explaining: Explaining) -> None:
    await media.sum_stored(explaining, user_id=USER)

    assert explaining.plans
    assert all(used_indexes(plan) == {"assets_stored"} for plan in explaining.plans)
    assert not any(read_whole(plan) & BIG for plan in explaining.plans)
