import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from rushes.actions.settle import settle
from rushes.db import jobs, lifecycle, media, queue, workers
from rushes.db.pool import Database
from rushes.domain.accounts import Plan
from rushes.domain.endings import Ending
from rushes.domain.ids import Lease, WorkerId
from rushes.domain.jobs import CancelReason, JobStatus
from rushes.domain.media import AssetStatus
from tests.factories import (
    LEASE_TIME,
    claim,
    claim_check,
    claim_one,
    fetch_value,
    make_asset,
    make_job,
    make_viewer,
)

SILENCE = timedelta(seconds=30)


def said(attempt: queue.Attempt, *, progress: int, lease: Lease | None = None) -> queue.Said:
    return queue.Said(
        job_id=attempt.job.id,
        lease=lease or attempt.lease,
        progress=progress,
        text="at work",
        eta_seconds=1.0,
    )


async def save(work: Database, *lines: queue.Said) -> None:
    async with work.transaction() as tx:
        await queue.save_progress(tx, said=lines)


async def read_progress(owner: Database, attempt: queue.Attempt) -> int | None:
    async with owner.transaction() as tx:
        job = await jobs.get_job(tx, job_id=attempt.job.id, user_id=attempt.job.user_id)
    return job and job.progress


async def test_claim_takes_the_best_priority_first(owner: Database, web: Database, work: Database) -> None:
    viewer = await make_viewer(owner, plan=Plan.PRO)
    made = [await make_job(web, viewer, priority=priority) for priority in (7, 2, 5)]

    claimed = await claim(work, count=3)

    assert [attempt.job.id for attempt in claimed] == [made[1].id, made[2].id, made[0].id]


async def test_claim_takes_the_oldest_of_one_priority(owner: Database, web: Database, work: Database) -> None:
    viewer = await make_viewer(owner, plan=Plan.PRO)
    made = [await make_job(web, viewer) for _ in range(3)]

    claimed = await claim(work, count=2)

    assert [attempt.job.id for attempt in claimed] == [job.id for job in made[:2]]


async def test_claim_gives_each_job_a_lease_of_its_own(
    owner: Database, web: Database, work: Database
) -> None:
    viewer = await make_viewer(owner, plan=Plan.PRO)
    await make_job(web, viewer)
    await make_job(web, viewer)

    first, second = await claim(work, count=2)

    assert first.lease != second.lease
    assert first.job.status is JobStatus.PROCESSING
    assert (first.engine, first.number) == ("motion", 1)


async def test_claims_at_once_share_the_jobs_out(owner: Database, web: Database, work: Database) -> None:
    viewer = await make_viewer(owner, plan=Plan.PRO)
    made = {(await make_job(web, viewer)).id for _ in range(8)}

    shares = await asyncio.gather(*(claim(work, count=3) for _ in range(4)))

    claimed = [attempt.job.id for share in shares for attempt in share]
    assert len(claimed) == len(set(claimed)) == len(made)
    assert set(claimed) == made


async def test_paused_lane_is_left_alone(owner: Database, web: Database, work: Database) -> None:
    await make_job(web, await make_viewer(owner))
    await fetch_value(owner, "UPDATE lanes SET paused_at = now() WHERE name = 'cpu' RETURNING name")

    assert await claim(work) == []


async def test_renewal_tells_of_the_wish_to_cancel(owner: Database, web: Database, work: Database) -> None:
    viewer = await make_viewer(owner)
    await make_job(web, viewer)
    await make_job(web, viewer)
    wanted, unwanted = await claim(work, count=2)
    async with owner.transaction() as tx:
        await lifecycle.request_cancel(tx, job_ids=[unwanted.job.id], reason=CancelReason.USER)

    async with work.transaction() as tx:
        held = await queue.renew_leases(tx, attempts=[wanted, unwanted], lease_time=LEASE_TIME)

    assert held == {wanted.lease: False, unwanted.lease: True}


async def test_renewal_leaves_out_what_was_lost(owner: Database, web: Database, work: Database) -> None:
    await make_job(web, await make_viewer(owner))
    attempt = await claim_one(work)
    await fetch_value(owner, "UPDATE jobs SET lease = gen_random_uuid() RETURNING id")

    async with work.transaction() as tx:
        held = await queue.renew_leases(tx, attempts=[attempt], lease_time=LEASE_TIME)

    assert held == {}


@pytest.mark.parametrize(("lease_time", "count"), [(timedelta(seconds=-1), 1), (timedelta(minutes=1), 0)])
async def test_lapsed_attempts_are_found(
    owner: Database, web: Database, work: Database, lease_time: timedelta, count: int
) -> None:
    await make_job(web, await make_viewer(owner))
    await claim_one(work, lease_time=lease_time)

    async with work.transaction() as tx:
        found = await queue.list_lapsed(tx, count=10)

    assert len(found) == count


async def test_progress_is_seen_while_the_attempt_runs(
    owner: Database, web: Database, work: Database
) -> None:
    await make_job(web, await make_viewer(owner))
    attempt = await claim_one(work)

    await save(work, said(attempt, progress=40))

    assert await read_progress(owner, attempt) == 40


async def test_progress_never_falls_within_an_attempt(owner: Database, web: Database, work: Database) -> None:
    await make_job(web, await make_viewer(owner))
    attempt = await claim_one(work)
    await save(work, said(attempt, progress=40))

    await save(work, said(attempt, progress=30))

    assert await read_progress(owner, attempt) == 40


async def test_progress_with_a_foreign_lease_is_passed_over(
    owner: Database, web: Database, work: Database
) -> None:
    await make_job(web, await make_viewer(owner))
    attempt = await claim_one(work)

    await save(work, said(attempt, progress=40, lease=Lease(uuid4())))

    assert await read_progress(owner, attempt) == 0


async def test_progress_is_dropped_with_the_attempt(owner: Database, web: Database, work: Database) -> None:
    await make_job(web, await make_viewer(owner))
    attempt = await claim_one(work)
    await save(work, said(attempt, progress=40))

    await settle(work, [Ending.hand_back(attempt, log="")])

    assert await fetch_value(owner, "SELECT count(*) FROM job_progress") == 0


async def test_log_of_an_attempt_is_cut_at_its_head(owner: Database, web: Database, work: Database) -> None:
    await make_job(web, await make_viewer(owner))
    attempt = await claim_one(work)

    await settle(work, [Ending.stop(attempt, log="a" + "b" * 65536)])

    assert await fetch_value(owner, "SELECT log FROM attempts") == "b" * 65536


async def test_file_is_checked_by_one_at_a_time(owner: Database, work: Database) -> None:
    await make_asset(owner, await make_viewer(owner), status=AssetStatus.CHECKING)
    await claim_check(work)

    async with work.transaction() as tx:
        second = await media.claim_checks(tx, count=1, lease_time=LEASE_TIME)

    assert second == []


async def test_check_whose_time_ran_out_is_taken_again(owner: Database, work: Database) -> None:
    await make_asset(owner, await make_viewer(owner), status=AssetStatus.CHECKING)
    async with work.transaction() as tx:
        await media.claim_checks(tx, count=1, lease_time=timedelta(seconds=-1))

    async with work.transaction() as tx:
        ((_, _, number),) = await media.claim_checks(tx, count=1, lease_time=LEASE_TIME)

    assert number == 2


async def test_lane_without_a_live_worker_is_unserved(owner: Database, work: Database) -> None:
    async with work.transaction() as tx:
        assert await workers.list_unserved_lanes(tx, silence=SILENCE) == ["cpu"]


async def test_lane_with_a_live_worker_is_served(owner: Database, work: Database) -> None:
    await claim(work)

    async with work.transaction() as tx:
        assert await workers.list_unserved_lanes(tx, silence=SILENCE) == []


async def test_silent_worker_is_gone(owner: Database, work: Database) -> None:
    await claim(work)
    await fetch_value(owner, "UPDATE workers SET heartbeat_at = now() - interval '1 hour' RETURNING id")

    async with work.transaction() as tx:
        await workers.mark_gone(tx, silence=SILENCE)

    assert await fetch_value(owner, "SELECT state FROM workers") == "gone"


async def test_beating_worker_is_not_gone(owner: Database, work: Database) -> None:
    await claim(work)
    await fetch_value(owner, "UPDATE workers SET heartbeat_at = now() - interval '1 hour' RETURNING id")
    worker_id = WorkerId(await fetch_value(owner, "SELECT id FROM workers"))

    async with work.transaction() as tx:
        await workers.beat(tx, worker_id=worker_id)
        await workers.mark_gone(tx, silence=SILENCE)

    assert await fetch_value(owner, "SELECT state FROM workers") == "running"


async def test_worker_that_was_taken_for_gone_is_back_with_its_next_beat(
    owner: Database, work: Database
) -> None:
    await claim(work)
    worker_id = WorkerId(await fetch_value(owner, "UPDATE workers SET state = 'gone' RETURNING id"))

    async with work.transaction() as tx:
        await workers.beat(tx, worker_id=worker_id)

    assert await fetch_value(owner, "SELECT state FROM workers") == "running"
