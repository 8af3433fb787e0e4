import pytest

from rushes.actions.cancel import cancel
from rushes.db.pool import Database
from rushes.domain.jobs import CancelReason, JobStatus
from rushes.domain.media import AssetRole, AssetStatus
from rushes.errors import IllegalTransition, Missing
from tests.factories import (
    claim_one,
    make_asset,
    make_bare_job,
    make_job,
    make_viewer,
    read_balance,
    read_job,
    read_ledger,
)


@pytest.mark.parametrize(
    ("slots", "status", "expected"),
    [
        (0, AssetStatus.READY, JobStatus.PENDING),
        (1, AssetStatus.CHECKING, JobStatus.VALIDATING),
        (1, AssetStatus.READY, JobStatus.QUEUED),
    ],
)
async def test_waiting_job_is_cancelled_at_once(
    owner: Database, web: Database, slots: int, status: AssetStatus, expected: JobStatus
) -> None:
    viewer = await make_viewer(owner, slots=slots)
    film = await make_asset(owner, viewer, status=status)
    job = await make_job(web, viewer, inputs={AssetRole.MOTION: film})

    cancelled = await cancel(web, viewer, job_id=job.id)

    assert job.status is expected
    assert cancelled.status is JobStatus.CANCELLED
    assert cancelled.cancelled_reason is CancelReason.USER
    assert cancelled.completed_at is not None


@pytest.mark.parametrize("slots", [0, 1])
async def test_cancelled_job_gives_its_hold_back(owner: Database, web: Database, slots: int) -> None:
    viewer = await make_viewer(owner, credits_=1000, slots=slots)
    job = await make_job(web, viewer)

    await cancel(web, viewer, job_id=job.id)

    assert await read_ledger(owner, viewer) == [("hold", -300), ("release", 300)]
    assert await read_balance(owner, viewer) == 1000


async def test_running_job_is_asked_to_stop(owner: Database, web: Database, work: Database) -> None:
    viewer = await make_viewer(owner)
    job = await make_job(web, viewer)
    await claim_one(work)

    asked = await cancel(web, viewer, job_id=job.id)

    assert asked.status is JobStatus.PROCESSING
    assert asked.cancel_requested_at is not None
    assert await read_ledger(owner, viewer) == [("hold", -300)]


async def test_second_request_keeps_the_time_of_the_first(
    owner: Database, web: Database, work: Database
) -> None:
    viewer = await make_viewer(owner)
    job = await make_job(web, viewer)
    await claim_one(work)
    first = await cancel(web, viewer, job_id=job.id)

    second = await cancel(web, viewer, job_id=job.id)

    assert second.cancel_requested_at == first.cancel_requested_at


@pytest.mark.parametrize("status", [JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED])
async def test_ended_job_cannot_be_cancelled(owner: Database, web: Database, status: JobStatus) -> None:
    viewer = await make_viewer(owner)
    job_id = await make_bare_job(owner, viewer, status)

    with pytest.raises(IllegalTransition):
        await cancel(web, viewer, job_id=job_id)

    assert (await read_job(owner, job_id)).status is status


async def test_job_of_another_does_not_exist(owner: Database, web: Database) -> None:
    job = await make_job(web, await make_viewer(owner))

    with pytest.raises(Missing):
        await cancel(web, await make_viewer(owner), job_id=job.id)

    assert (await read_job(owner, job.id)).status is JobStatus.QUEUED
