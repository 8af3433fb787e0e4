import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.ids import AssetId
from rushes.domain.jobs import Job, JobStatus
from rushes.domain.media import AssetRole, Bucket
from rushes.engines.base import Artifact, Event, Product, Request
from rushes.errors import Missing
from rushes.storage.store import Storage
from tests.dispatch.stage import PICTURE, ObedientRunner, WorkWith, until
from tests.factories import make_job

S = JobStatus


class CarelessRunner(ObedientRunner):
    """Hands over a poster that is not there, after its film."""

    async def run(self, engine: str, request: Request, *, on_event: Callable[[Event], None]) -> Product:
        product = await super().run(engine, request, on_event=on_event)
        poster = Artifact(role=AssetRole.POSTER, path=request.workdir / "poster.webp", probe=PICTURE)
        return replace(product, artifacts=(*product.artifacts, poster))


async def allow_one_attempt(owner: Database) -> None:
    async with owner.transaction() as tx:
        await tx.execute("UPDATE models SET max_attempts = 1")


async def test_a_renewal_that_hangs_stops_the_engine_before_the_lease_ends(
    owner: Database, job: Job, work_with: WorkWith
) -> None:
    runner = ObedientRunner(gate=asyncio.Event())
    short = timedelta(seconds=3)

    async with work_with(runner, lease_time=short):
        await runner.started.get()
        async with owner.transaction() as tx:
            await tx.execute("SELECT FROM jobs WHERE id = $1 FOR UPDATE", job.id)
            async with asyncio.timeout(10):
                await runner.stopped.wait()
            (lease,) = await tx.fetch("SELECT lease_until > clock_timestamp() AS held FROM jobs")

    assert lease["held"]


async def test_a_lost_scratch_folder_costs_the_attempt_and_not_the_worker(
    owner: Database,
    database_url: str,
    viewer: Viewer,
    inputs: dict[AssetRole, AssetId],
    scratch: Path,
    work_with: WorkWith,
) -> None:
    await allow_one_attempt(owner)

    async with work_with(ObedientRunner()):
        scratch.rmdir()
        scratch.write_text("in the way")
        first = await until(database_url, owner, await make_job(owner, viewer, inputs=inputs), S.FAILED)
        scratch.unlink()
        second = await until(database_url, owner, await make_job(owner, viewer, inputs=inputs), S.COMPLETED)

    assert first.error_code == "internal"
    assert second.status is S.COMPLETED


async def test_an_attempt_that_fails_while_it_stores_leaves_no_file(
    owner: Database, database_url: str, storage: Storage, job: Job, work_with: WorkWith
) -> None:
    await allow_one_attempt(owner)

    async with work_with(CarelessRunner()):
        done = await until(database_url, owner, job, S.FAILED)

    assert done.error_code == "internal"
    with pytest.raises(Missing):
        await storage.head(Bucket.OUTPUTS, f"{job.user_id}/{job.id}/output.mp4")
