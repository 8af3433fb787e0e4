import pytest

from rushes.db import speeds
from rushes.db.pool import Database
from rushes.db.speeds import Speed
from rushes.domain.accounts import Viewer
from rushes.domain.jobs import JobType
from tests.db.lanes import Lane, complete, make_lane
from tests.factories import make_viewer


@pytest.fixture
async def viewer(owner: Database) -> Viewer:
    return await make_viewer(owner)


@pytest.fixture
async def lane(owner: Database) -> Lane:
    return await make_lane(owner)


async def refresh(work: Database) -> None:
    async with work.transaction() as tx:
        await speeds.refresh_speeds(tx)


async def find(web: Database, lane: Lane, *, resolution: str = "480p") -> Speed | None:
    async with web.transaction() as tx:
        return await speeds.find_speed(
            tx, model=lane.models[0], job_type=JobType.BASE, quality="", resolution=resolution
        )


async def test_speed_is_per_second_of_output(
    owner: Database, web: Database, work: Database, viewer: Viewer, lane: Lane
) -> None:
    await complete(owner, lane, viewer, seconds=[10.0 * n for n in range(1, 12)], of_output=2.0)

    await refresh(work)

    found = await find(web, lane)
    assert found == Speed(samples=11, median=30.0, p90=50.0, base_seconds=0.0, per_second=30.0)
    assert await find(web, lane, resolution="720p") is None


async def test_an_image_counts_as_one_second(
    owner: Database, web: Database, work: Database, viewer: Viewer, lane: Lane
) -> None:
    await complete(owner, lane, viewer, seconds=[3.0] * 5, of_output=0.0)

    await refresh(work)

    found = await find(web, lane)
    assert found == Speed(samples=5, median=3.0, p90=3.0, base_seconds=0.0, per_second=3.0)


async def test_four_jobs_tell_nothing(
    owner: Database, web: Database, work: Database, viewer: Viewer, lane: Lane
) -> None:
    await complete(owner, lane, viewer, seconds=[3.0] * 4)

    await refresh(work)

    assert await find(web, lane) is None


async def test_what_was_measured_is_measured_anew(
    owner: Database, web: Database, work: Database, viewer: Viewer, lane: Lane
) -> None:
    await complete(owner, lane, viewer, seconds=[10.0] * 5, of_output=1.0)
    await refresh(work)
    await complete(owner, lane, viewer, seconds=[20.0] * 6, of_output=1.0)

    await refresh(work)

    found = await find(web, lane)
    assert found == Speed(samples=11, median=20.0, p90=20.0, base_seconds=0.0, per_second=20.0)


async def test_only_the_newest_jobs_count(
    owner: Database, web: Database, work: Database, viewer: Viewer, lane: Lane
) -> None:
    await complete(owner, lane, viewer, seconds=[10.0] * 10, of_output=1.0)
    await complete(owner, lane, viewer, seconds=[20.0] * 2000, of_output=1.0)

    await refresh(work)

    found = await find(web, lane)
    assert found == Speed(samples=2000, median=20.0, p90=20.0, base_seconds=0.0, per_second=20.0)
