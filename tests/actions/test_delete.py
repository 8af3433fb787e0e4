import asyncio
from datetime import UTC, datetime
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from rushes.actions.delete import delete_job
from rushes.db import accounts, jobs
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.ids import AssetId, JobId
from rushes.domain.jobs import JobStatus
from rushes.domain.media import AssetRole, AssetStatus
from rushes.errors import Conflict, IllegalTransition, Missing
from tests.factories import SHA256, fetch_value, make_asset, make_bare_job, make_viewer

ENDED = [JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED]
ACTIVE = [JobStatus.PENDING, JobStatus.VALIDATING, JobStatus.QUEUED, JobStatus.PROCESSING]
LAST_ID = UUID(int=2**128 - 1)

INSERT_OUTPUT = """
    INSERT INTO assets (id, user_id, job_id, role, bucket, key, media_type, status,
                        bytes, sha256, width, height)
    VALUES ($1::uuid, $2, $3, $4, 'outputs', $1::uuid::text, 'video/mp4', 'ready', 1, $5, 64, 48)
"""
NAME_INPUT = "INSERT INTO job_inputs (job_id, role, asset_id) VALUES ($1, 'motion', $2)"
WAITING = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
SET_PARENT = "UPDATE jobs SET parent_job_id = $2 WHERE id = $1"


@pytest.fixture
async def viewer(owner: Database) -> Viewer:
    return await make_viewer(owner)


async def make_output(owner: Database, viewer: Viewer, job_id: JobId, role: AssetRole) -> AssetId:
    asset_id = AssetId(uuid7())
    async with owner.transaction() as tx:
        await tx.execute(INSERT_OUTPUT, asset_id, viewer.user_id, job_id, role, SHA256)
    return asset_id


async def make_job_of(
    owner: Database, viewer: Viewer, asset_id: AssetId, status: JobStatus = JobStatus.COMPLETED
) -> JobId:
    """A job that names a file as its input."""
    job_id = await make_bare_job(owner, viewer, status)
    async with owner.transaction() as tx:
        await tx.execute(NAME_INPUT, job_id, asset_id)
    return job_id


async def make_child(owner: Database, viewer: Viewer, parent_id: JobId, status: JobStatus) -> JobId:
    job_id = await make_bare_job(owner, viewer, status)
    async with owner.transaction() as tx:
        await tx.execute(SET_PARENT, job_id, parent_id)
    return job_id


async def status_of(owner: Database, asset_id: AssetId) -> AssetStatus:
    return AssetStatus(await fetch_value(owner, "SELECT status FROM assets WHERE id = $1", asset_id))


async def deleted_at(owner: Database, job_id: JobId) -> datetime | None:
    return await fetch_value(owner, "SELECT deleted_at FROM jobs WHERE id = $1", job_id)


async def until_one_waits(owner: Database) -> None:
    """Return once a transaction of this database waits for another."""
    found: list[object] = []
    async with asyncio.timeout(10):
        while not found:
            async with owner.transaction() as tx:
                found = await tx.fetch(WAITING)


@pytest.mark.parametrize("status", ENDED)
async def test_deleted_job_vanishes_and_its_row_stays(
    owner: Database, web: Database, viewer: Viewer, status: JobStatus
) -> None:
    job_id = await make_bare_job(owner, viewer, status)

    await delete_job(web, viewer, job_id=job_id)

    page = {"before_time": datetime.max.replace(tzinfo=UTC), "before_id": LAST_ID, "count": 20}
    async with web.transaction(viewer=viewer.user_id) as tx:
        assert await jobs.get_job(tx, job_id=job_id, user_id=viewer.user_id) is None
        assert await jobs.list_jobs(tx, user_id=viewer.user_id, statuses=[], **page) == []
    assert await deleted_at(owner, job_id) is not None


@pytest.mark.parametrize("status", ACTIVE)
async def test_active_job_is_to_be_cancelled_first(
    owner: Database, web: Database, viewer: Viewer, status: JobStatus
) -> None:
    job_id = await make_bare_job(owner, viewer, status)

    with pytest.raises(IllegalTransition, match=f"is {status} cannot be deleted; cancel it first"):
        await delete_job(web, viewer, job_id=job_id)

    assert await deleted_at(owner, job_id) is None


async def test_deleted_job_does_not_exist_any_more(owner: Database, web: Database, viewer: Viewer) -> None:
    job_id = await make_bare_job(owner, viewer, JobStatus.FAILED)
    await delete_job(web, viewer, job_id=job_id)
    first = await deleted_at(owner, job_id)

    with pytest.raises(Missing):
        await delete_job(web, viewer, job_id=job_id)

    assert await deleted_at(owner, job_id) == first


async def test_job_of_another_does_not_exist(owner: Database, web: Database, viewer: Viewer) -> None:
    job_id = await make_bare_job(owner, viewer, JobStatus.COMPLETED)

    with pytest.raises(Missing):
        await delete_job(web, await make_viewer(owner), job_id=job_id)

    assert await deleted_at(owner, job_id) is None


async def test_two_at_once_delete_it_once(owner: Database, web: Database, viewer: Viewer) -> None:
    job_id = await make_bare_job(owner, viewer, JobStatus.COMPLETED)

    ended = await asyncio.gather(
        *(delete_job(web, viewer, job_id=job_id) for _ in range(4)), return_exceptions=True
    )

    assert [type(each) for each in ended if each is not None] == [Missing] * 3


async def test_what_the_job_made_is_deleted(owner: Database, web: Database, viewer: Viewer) -> None:
    job_id = await make_bare_job(owner, viewer, JobStatus.COMPLETED)
    film = await make_output(owner, viewer, job_id, AssetRole.OUTPUT)
    poster = await make_output(owner, viewer, job_id, AssetRole.POSTER)
    preview = await make_output(owner, viewer, job_id, AssetRole.PREVIEW)
    sheet = await make_output(owner, viewer, job_id, AssetRole.SPRITESHEET)

    await delete_job(web, viewer, job_id=job_id)

    statuses = {await status_of(owner, asset_id) for asset_id in (film, poster, preview, sheet)}
    assert statuses == {AssetStatus.DELETED}


async def test_files_of_other_jobs_stay(owner: Database, web: Database, viewer: Viewer) -> None:
    job_id = await make_job_of(owner, viewer, await make_asset(owner, viewer))
    other_input = await make_asset(owner, viewer)
    other_id = await make_job_of(owner, viewer, other_input)
    other_output = await make_output(owner, viewer, other_id, AssetRole.OUTPUT)
    unused = await make_asset(owner, viewer)

    await delete_job(web, viewer, job_id=job_id)

    statuses = [await status_of(owner, asset_id) for asset_id in (other_input, other_output, unused)]
    assert statuses == [AssetStatus.READY] * 3


@pytest.mark.parametrize("status", [AssetStatus.READY, AssetStatus.REJECTED, AssetStatus.CHECKING])
async def test_input_of_no_other_job_is_deleted(
    owner: Database, web: Database, viewer: Viewer, status: AssetStatus
) -> None:
    film = await make_asset(owner, viewer, status=status)
    job_id = await make_job_of(owner, viewer, film, JobStatus.CANCELLED)

    await delete_job(web, viewer, job_id=job_id)

    assert await status_of(owner, film) is AssetStatus.DELETED


@pytest.mark.parametrize("status", [JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.QUEUED])
async def test_input_of_another_job_stays(
    owner: Database, web: Database, viewer: Viewer, status: JobStatus
) -> None:
    film = await make_asset(owner, viewer)
    job_id = await make_job_of(owner, viewer, film)
    await make_job_of(owner, viewer, film, status)

    await delete_job(web, viewer, job_id=job_id)

    assert await status_of(owner, film) is AssetStatus.READY


async def test_input_goes_with_the_last_job_that_names_it(
    owner: Database, web: Database, viewer: Viewer
) -> None:
    film = await make_asset(owner, viewer)
    first = await make_job_of(owner, viewer, film)
    last = await make_job_of(owner, viewer, film)
    await delete_job(web, viewer, job_id=first)

    await delete_job(web, viewer, job_id=last)

    assert await status_of(owner, film) is AssetStatus.DELETED


async def test_output_that_another_job_names_goes_with_that_job(
    owner: Database, web: Database, viewer: Viewer
) -> None:
    maker = await make_bare_job(owner, viewer, JobStatus.COMPLETED)
    film = await make_output(owner, viewer, maker, AssetRole.OUTPUT)
    user = await make_job_of(owner, viewer, film, JobStatus.FAILED)

    await delete_job(web, viewer, job_id=maker)
    kept = await status_of(owner, film)
    await delete_job(web, viewer, job_id=user)

    assert [kept, await status_of(owner, film)] == [AssetStatus.READY, AssetStatus.DELETED]


async def test_input_that_another_job_made_stays_with_it(
    owner: Database, web: Database, viewer: Viewer
) -> None:
    maker = await make_bare_job(owner, viewer, JobStatus.COMPLETED)
    film = await make_output(owner, viewer, maker, AssetRole.OUTPUT)
    job_id = await make_job_of(owner, viewer, film)

    await delete_job(web, viewer, job_id=job_id)

    assert await status_of(owner, film) is AssetStatus.READY


async def test_file_that_a_submission_just_names_stays(
    owner: Database, web: Database, viewer: Viewer
) -> None:
    film = await make_asset(owner, viewer)
    job_id = await make_job_of(owner, viewer, film)
    other_id = await make_bare_job(owner, viewer, JobStatus.PENDING)

    async with owner.transaction() as submission:
        await accounts.lock_user(submission, user_id=viewer.user_id)
        deleting = asyncio.create_task(delete_job(web, viewer, job_id=job_id))
        await until_one_waits(owner)
        await submission.execute(NAME_INPUT, other_id, film)
    await deleting

    assert await status_of(owner, film) is AssetStatus.READY


@pytest.mark.parametrize("status", ACTIVE)
async def test_parent_stays_while_a_child_needs_it(
    owner: Database, web: Database, viewer: Viewer, status: JobStatus
) -> None:
    parent = await make_bare_job(owner, viewer, JobStatus.COMPLETED)
    child = await make_child(owner, viewer, parent, status)

    with pytest.raises(Conflict, match=f"{child} continues this one"):
        await delete_job(web, viewer, job_id=parent)

    assert await deleted_at(owner, parent) is None


@pytest.mark.parametrize("status", ENDED)
async def test_parent_of_an_ended_child_can_be_deleted(
    owner: Database, web: Database, viewer: Viewer, status: JobStatus
) -> None:
    parent = await make_bare_job(owner, viewer, JobStatus.COMPLETED)
    child = await make_child(owner, viewer, parent, status)

    await delete_job(web, viewer, job_id=parent)

    assert await deleted_at(owner, parent) is not None
    assert await deleted_at(owner, child) is None
