from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from uuid import uuid4

import pytest

from rushes.actions.cancel import cancel
from rushes.actions.settle import rescue
from rushes.db import queue
from rushes.db.pool import Database
from rushes.domain.endings import Ending, Lapsed
from rushes.domain.ids import Lease
from rushes.domain.jobs import Attempt, CancelReason, Job, JobStatus
from rushes.domain.media import AssetRole, AssetStatus
from rushes.errors import LeaseLost
from tests.factories import (
    claim,
    claim_one,
    complete,
    fetch_value,
    make_asset,
    make_job,
    make_output,
    make_viewer,
    read_balance,
    read_job,
    read_ledger,
    retry_or_fail,
    settle_one,
)

EVERYTHING = """
    SELECT json_build_array(
        (SELECT json_agg(t ORDER BY id) FROM jobs t), (SELECT json_agg(t ORDER BY number) FROM attempts t),
        (SELECT json_agg(t ORDER BY id) FROM ledger t), (SELECT json_agg(t ORDER BY id) FROM users t),
        (SELECT json_agg(t ORDER BY id) FROM assets t), (SELECT json_agg(t ORDER BY id) FROM videos t),
        (SELECT json_agg(t ORDER BY id) FROM job_events t))::text
"""

Settle = Callable[[Database, Attempt], Awaitable[Job]]


async def fail(work: Database, attempt: Attempt, *, retryable: bool = False) -> Job:
    return await retry_or_fail(
        work, attempt, error_code="broken", error_message="It broke.", retryable=retryable, log="trace"
    )


async def stop(work: Database, attempt: Attempt) -> Job:
    return await settle_one(work, Ending.stop(attempt, log=""))


async def hand_back(work: Database, attempt: Attempt) -> Job:
    return await settle_one(work, Ending.hand_back(attempt, log=""))


SETTLES: dict[str, Settle] = {
    "complete": lambda work, attempt: complete(work, attempt, make_output(), log=""),
    "fail": fail,
    "retry": lambda work, attempt: fail(work, attempt, retryable=True),
    "stop": stop,
    "hand_back": hand_back,
}


async def read_attempt(owner: Database, attempt: Attempt) -> Any:
    async with owner.transaction() as tx:
        (row,) = await tx.fetch("SELECT * FROM attempts WHERE lease = $1", attempt.lease)
    return row


async def lapse(owner: Database, attempt: Attempt) -> Lapsed:
    await fetch_value(
        owner,
        "UPDATE jobs SET lease_until = now() - interval '1 second' WHERE id = $1 RETURNING id",
        attempt.job.id,
    )
    return Lapsed(job_id=attempt.job.id, user_id=attempt.job.user_id, lease=attempt.lease)


async def test_complete_ends_job_and_attempt(owner: Database, web: Database, work: Database) -> None:
    await make_job(web, await make_viewer(owner))
    attempt = await claim_one(work)

    job = await complete(work, attempt, make_output(), log="done")

    row = await read_attempt(owner, attempt)
    assert (job.status, job.progress, job.lease) == (JobStatus.COMPLETED, 100, None)
    assert job.short_id is not None
    assert (row["outcome"], row["log"]) == ("succeeded", "done")


async def test_complete_enters_the_video_into_the_library(
    owner: Database, web: Database, work: Database
) -> None:
    viewer = await make_viewer(owner)
    await make_job(web, viewer)
    output = make_output(seconds=2)

    job = await complete(work, await claim_one(work), output, log="")

    async with web.transaction(viewer=viewer.user_id) as tx:
        (video,) = await tx.fetch("SELECT * FROM videos")
    assert (video["id"], video["job_id"]) == (job.video_id, job.id)
    assert video["asset_id"] == output.files[AssetRole.OUTPUT].asset_id
    assert (video["orientation"], video["duration_seconds"]) == ("landscape", 2)


async def test_complete_repeated_after_a_lost_answer_changes_nothing(
    owner: Database, web: Database, work: Database
) -> None:
    await make_job(web, await make_viewer(owner))
    attempt, output = await claim_one(work), make_output()
    first = await complete(work, attempt, output, log="")
    before = await fetch_value(owner, EVERYTHING)

    again = await complete(work, attempt, output, log="")

    assert again == first
    assert await fetch_value(owner, EVERYTHING) == before


async def test_capture_returns_what_was_held_beyond_the_price(
    owner: Database, web: Database, work: Database
) -> None:
    viewer = await make_viewer(owner, credits_=1000)
    await make_job(web, viewer)

    job = await complete(work, await claim_one(work), make_output(seconds=2), log="")

    assert job.credits_charged == 10
    assert await read_ledger(owner, viewer) == [("hold", -300), ("capture", 290)]
    assert await read_balance(owner, viewer) == 990


async def test_charge_never_exceeds_the_price(owner: Database, web: Database, work: Database) -> None:
    viewer = await make_viewer(owner, credits_=1000)
    film = await make_asset(owner, viewer, status=AssetStatus.READY, seconds=2)
    await make_job(web, viewer, inputs={AssetRole.MOTION: film})

    job = await complete(work, await claim_one(work), make_output(seconds=60), log="")

    assert job.credits_charged == job.price == 10


async def test_retryable_error_queues_the_job_after_a_backoff(
    owner: Database, web: Database, work: Database
) -> None:
    viewer = await make_viewer(owner)
    await make_job(web, viewer)
    attempt = await claim_one(work)

    job = await fail(work, attempt, retryable=True)

    run_at = await fetch_value(owner, "SELECT run_at FROM jobs")
    wait = run_at - datetime.now(UTC)
    row = await read_attempt(owner, attempt)
    assert (job.status, job.attempts, job.lease) == (JobStatus.QUEUED, 1, None)
    assert timedelta(0) < wait <= timedelta(seconds=5)
    assert (row["outcome"], row["error_code"], row["log"]) == ("retry", "broken", "trace")
    assert await read_ledger(owner, viewer) == [("hold", -300)]


async def test_job_in_backoff_is_not_claimed(owner: Database, web: Database, work: Database) -> None:
    await make_job(web, await make_viewer(owner))
    await fail(work, await claim_one(work), retryable=True)

    assert await claim(work) == []


async def test_last_attempt_fails_for_good(owner: Database, web: Database, work: Database) -> None:
    viewer = await make_viewer(owner, credits_=1000)
    await make_job(web, viewer)
    await fetch_value(owner, "UPDATE jobs SET max_attempts = 1 RETURNING id")

    job = await fail(work, await claim_one(work), retryable=True)

    assert (job.status, job.error_code, job.error_message) == (JobStatus.FAILED, "broken", "It broke.")
    assert await read_ledger(owner, viewer) == [("hold", -300), ("release", 300)]


async def test_lasting_error_fails_at_once(owner: Database, web: Database, work: Database) -> None:
    viewer = await make_viewer(owner, credits_=1000)
    await make_job(web, viewer)
    attempt = await claim_one(work)

    job = await fail(work, attempt, retryable=False)

    assert job.status is JobStatus.FAILED
    assert (await read_attempt(owner, attempt))["outcome"] == "failed"
    assert await read_balance(owner, viewer) == 1000


async def test_stop_cancels_the_job(owner: Database, web: Database, work: Database) -> None:
    viewer = await make_viewer(owner, credits_=1000)
    await make_job(web, viewer)
    attempt = await claim_one(work)

    job = await stop(work, attempt)

    assert (job.status, job.cancelled_reason) == (JobStatus.CANCELLED, CancelReason.USER)
    assert (await read_attempt(owner, attempt))["outcome"] == "cancelled"
    assert await read_ledger(owner, viewer) == [("hold", -300), ("release", 300)]


async def test_handed_back_job_can_be_claimed_at_once(owner: Database, web: Database, work: Database) -> None:
    viewer = await make_viewer(owner)
    await make_job(web, viewer)
    first = await claim_one(work)

    await hand_back(work, first)

    second = await claim_one(work)
    assert (second.job.id, second.number) == (first.job.id, 2)
    assert second.lease != first.lease


@pytest.mark.parametrize("ending", ["retry", "fail", "stop", "hand_back"])
async def test_wish_to_cancel_is_fulfilled_however_the_attempt_ends(
    owner: Database, web: Database, work: Database, ending: str
) -> None:
    viewer = await make_viewer(owner)
    job = await make_job(web, viewer)
    attempt = await claim_one(work)
    await cancel(web, viewer, job_id=job.id)

    ended = await SETTLES[ending](work, attempt)

    assert ended.status is JobStatus.CANCELLED


@pytest.mark.parametrize("ending", SETTLES)
async def test_settling_with_a_foreign_lease_changes_nothing(
    owner: Database, web: Database, work: Database, ending: str
) -> None:
    await make_job(web, await make_viewer(owner))
    attempt = await claim_one(work)
    before = await fetch_value(owner, EVERYTHING)

    with pytest.raises(LeaseLost):
        await SETTLES[ending](work, replace(attempt, lease=Lease(uuid4())))

    assert await fetch_value(owner, EVERYTHING) == before


@pytest.mark.parametrize("ending", SETTLES)
async def test_settling_with_an_old_lease_changes_nothing(
    owner: Database, web: Database, work: Database, ending: str
) -> None:
    await make_job(web, await make_viewer(owner))
    zombie = await claim_one(work)
    await rescue(work, await lapse(owner, zombie))
    await claim_one(work)
    before = await fetch_value(owner, EVERYTHING)

    with pytest.raises(LeaseLost):
        await SETTLES[ending](work, zombie)

    assert await fetch_value(owner, EVERYTHING) == before


@pytest.mark.parametrize(("first", "second"), list(product(SETTLES, repeat=2)))
async def test_attempt_settles_once(
    owner: Database, web: Database, work: Database, first: str, second: str
) -> None:
    await make_job(web, await make_viewer(owner))
    attempt = await claim_one(work)
    settled = await SETTLES[first](work, attempt)
    before = await fetch_value(owner, EVERYTHING)

    if (first == "complete") == (second == "complete"):
        assert await SETTLES[second](work, attempt) == settled
    else:
        with pytest.raises(LeaseLost):
            await SETTLES[second](work, attempt)

    assert await fetch_value(owner, EVERYTHING) == before


async def test_rescued_job_goes_back_to_its_lane(owner: Database, web: Database, work: Database) -> None:
    viewer = await make_viewer(owner)
    await make_job(web, viewer)
    attempt = await claim_one(work)

    job = await rescue(work, await lapse(owner, attempt))

    assert job is not None
    assert (job.status, job.lease) == (JobStatus.QUEUED, None)
    assert (await read_attempt(owner, attempt))["outcome"] == "lost"
    assert (await claim_one(work)).number == 2


@pytest.mark.parametrize(
    ("max_attempts", "lost", "code"),
    [(1, 1, "worker_lost"), (2, 2, "worker_lost"), (20, 3, "quarantined")],
)
async def test_job_that_loses_its_workers_fails(
    owner: Database, web: Database, work: Database, max_attempts: int, lost: int, code: str
) -> None:
    viewer = await make_viewer(owner, credits_=1000)
    job = await make_job(web, viewer)
    await fetch_value(owner, "UPDATE jobs SET max_attempts = $1 RETURNING id", max_attempts)

    ends = [await rescue(work, await lapse(owner, await claim_one(work))) for _ in range(lost)]

    failed = await read_job(owner, job.id)
    assert [end and end.status for end in ends[:-1]] == [JobStatus.QUEUED] * (lost - 1)
    assert (failed.status, failed.error_code) == (JobStatus.FAILED, code)
    assert await read_balance(owner, viewer) == 1000


async def test_rescue_fulfils_the_wish_to_cancel(owner: Database, web: Database, work: Database) -> None:
    viewer = await make_viewer(owner)
    job = await make_job(web, viewer)
    attempt = await claim_one(work)
    await cancel(web, viewer, job_id=job.id)

    ended = await rescue(work, await lapse(owner, attempt))

    assert ended is not None
    assert ended.status is JobStatus.CANCELLED


async def test_rescue_spares_a_renewed_lease(owner: Database, web: Database, work: Database) -> None:
    await make_job(web, await make_viewer(owner))
    attempt = await claim_one(work)
    lapsed = await lapse(owner, attempt)
    async with work.transaction() as tx:
        await queue.renew_leases(tx, attempts=[attempt], lease_time=timedelta(minutes=1))
    before = await fetch_value(owner, EVERYTHING)

    assert await rescue(work, lapsed) is None

    assert await fetch_value(owner, EVERYTHING) == before


async def test_rescue_comes_once(owner: Database, web: Database, work: Database) -> None:
    await make_job(web, await make_viewer(owner))
    lapsed = await lapse(owner, await claim_one(work))
    await rescue(work, lapsed)

    assert await rescue(work, lapsed) is None


async def test_lapsed_lease_still_settles_before_the_rescue(
    owner: Database, web: Database, work: Database
) -> None:
    await make_job(web, await make_viewer(owner))
    attempt = await claim_one(work)
    lapsed = await lapse(owner, attempt)

    job = await complete(work, attempt, make_output(), log="")

    assert job.status is JobStatus.COMPLETED
    assert await rescue(work, lapsed) is None
