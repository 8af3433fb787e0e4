from datetime import UTC, datetime, timedelta

import pytest

from rushes.actions.cancel import cancel_overdue
from rushes.db import lifecycle
from rushes.db.pool import Database
from rushes.domain.jobs import CancelReason, JobStatus
from rushes.errors import InvalidFields
from tests.factories import (
    claim_one,
    fetch_value,
    make_job,
    make_viewer,
    read_balance,
    read_job,
    retry_or_fail,
)

S = JobStatus
SOON = timedelta(minutes=5)
PASS = "UPDATE jobs SET auto_cancel_at = now() - interval '1 second' RETURNING id"


async def cancel_all_overdue(work: Database) -> int:
    async with work.transaction() as tx:
        overdue = await lifecycle.list_overdue(tx, count=10)
    return sum([await cancel_overdue(work, one) for one in overdue])


@pytest.mark.parametrize("slots", [0, 1])
async def test_waiting_job_is_cancelled_at_its_deadline(
    owner: Database, web: Database, work: Database, slots: int
) -> None:
    viewer = await make_viewer(owner, credits_=1000, slots=slots)
    job = await make_job(web, viewer, auto_cancel_at=datetime.now(UTC) + SOON)
    early = await cancel_all_overdue(work)
    await fetch_value(owner, PASS)

    late = await cancel_all_overdue(work)

    ended = await read_job(owner, job.id)
    assert (early, late) == (0, 1)
    assert (ended.status, ended.cancelled_reason) == (S.CANCELLED, CancelReason.DEADLINE)
    assert await read_balance(owner, viewer) == 1000


async def test_running_job_is_stopped_at_its_deadline(owner: Database, web: Database, work: Database) -> None:
    viewer = await make_viewer(owner)
    job = await make_job(web, viewer, auto_cancel_at=datetime.now(UTC) + SOON)
    attempt = await claim_one(work)
    await fetch_value(owner, PASS)

    first, second = await cancel_all_overdue(work), await cancel_all_overdue(work)
    asked = await read_job(owner, job.id)
    ended = await retry_or_fail(work, attempt, error_code="stopped", error_message="", retryable=True, log="")

    assert (first, second) == (1, 0)
    assert (asked.status, asked.cancel_requested_reason) == (S.PROCESSING, CancelReason.DEADLINE)
    assert (ended.status, ended.cancelled_reason) == (S.CANCELLED, CancelReason.DEADLINE)


async def test_deadline_of_an_ended_job_is_passed_over(
    owner: Database, web: Database, work: Database
) -> None:
    job = await make_job(web, await make_viewer(owner), auto_cancel_at=datetime.now(UTC) + SOON)
    await fetch_value(owner, PASS)
    async with work.transaction() as tx:
        overdue = await lifecycle.list_overdue(tx, count=10)
    await cancel_all_overdue(work)

    again = [await cancel_overdue(work, one) for one in overdue]

    assert again == [False]
    assert (await read_job(owner, job.id)).cancelled_reason is CancelReason.DEADLINE


@pytest.mark.parametrize("deadline", [datetime.now(UTC) - SOON, datetime(2100, 1, 1)])  # noqa: DTZ001 - what is refused
async def test_deadline_must_lie_ahead_and_name_its_zone(
    owner: Database, web: Database, deadline: datetime
) -> None:
    viewer = await make_viewer(owner)

    with pytest.raises(InvalidFields) as refused:
        await make_job(web, viewer, auto_cancel_at=deadline)

    assert [problem.field for problem in refused.value.fields] == ["auto_cancel_at"]
