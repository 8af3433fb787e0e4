import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest

from rushes.db import lifecycle
from rushes.db.listen import ASSETS, CANCELS, JOBS, LANES, listen
from rushes.db.pool import Database
from rushes.domain.jobs import CancelReason
from rushes.domain.media import AssetStatus
from tests.factories import fetch_value, make_asset, make_job, make_viewer

CUT = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'rushes_listen'
"""


@dataclass(kw_only=True)
class Ear:
    """What was heard: the connections that were made, and the payloads."""

    connected: asyncio.Queue[None] = field(default_factory=asyncio.Queue)
    payloads: asyncio.Queue[str] = field(default_factory=asyncio.Queue)

    async def hears(self, payload: str) -> bool:
        """Wait for a payload; what comes before it is passed over."""
        async with asyncio.timeout(10):
            while await self.payloads.get() != payload:
                pass
        return True


@asynccontextmanager
async def listening(url: str, channel: str) -> AsyncIterator[Ear]:
    ear = Ear()
    task = asyncio.create_task(
        listen(url, {channel: ear.payloads.put_nowait}, on_connect=lambda: ear.connected.put_nowait(None))
    )
    async with asyncio.timeout(10):
        await ear.connected.get()
    yield ear
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_change_of_a_job_is_heard(database_url: str, owner: Database) -> None:
    async with listening(database_url, JOBS) as ear:
        job = await make_job(owner, await make_viewer(owner))

        assert await ear.hears(f"{job.id} {job.user_id}")


async def test_queued_job_wakes_its_lane(database_url: str, owner: Database) -> None:
    async with listening(database_url, LANES) as ear:
        await make_job(owner, await make_viewer(owner))

        assert await ear.hears("cpu")


async def test_wish_to_cancel_is_heard(database_url: str, owner: Database) -> None:
    job = await make_job(owner, await make_viewer(owner))

    async with listening(database_url, CANCELS) as ear:
        async with owner.transaction() as tx:
            await lifecycle.request_cancel(tx, job_ids=[job.id], reason=CancelReason.USER)

        assert await ear.hears("")


@pytest.mark.parametrize("status", [AssetStatus.CHECKING, AssetStatus.READY, AssetStatus.REJECTED])
async def test_step_of_a_file_is_heard(database_url: str, owner: Database, status: AssetStatus) -> None:
    async with listening(database_url, ASSETS) as ear:
        asset_id = await make_asset(owner, await make_viewer(owner), status=status)

        assert await ear.hears(f"{asset_id} {status}")


async def test_lost_connection_is_made_anew(database_url: str, owner: Database) -> None:
    async with listening(database_url, LANES) as ear:
        await fetch_value(owner, CUT)
        async with asyncio.timeout(10):
            await ear.connected.get()

        await make_job(owner, await make_viewer(owner))

        assert await ear.hears("cpu")
