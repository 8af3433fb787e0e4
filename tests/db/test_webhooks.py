from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from rushes.db import webhooks
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.ids import JobId
from rushes.domain.jobs import JobStatus
from rushes.domain.webhooks import WebhookEvent
from tests.actions.hooks import end_delivery, execute, make_delivery, make_endpoint, read_sent
from tests.factories import ENTER, fetch_value, make_bare_job, make_viewer

LAST = UUID(int=2**128 - 1)
INTERVAL = timedelta(seconds=10)


@pytest.fixture
async def viewer(owner: Database) -> Viewer:
    return await make_viewer(owner)


async def make_running_job(owner: Database, viewer: Viewer, *, progress: int) -> JobId:
    job_id = await make_bare_job(owner, viewer, JobStatus.PROCESSING)
    await execute(
        owner,
        "INSERT INTO job_progress (job_id, lease, progress, progress_text, eta_seconds) "
        "SELECT id, lease, $2, 'drawing', 4.5 FROM jobs WHERE id = $1",
        job_id,
        progress,
    )
    return job_id


async def say(owner: Database, job_id: JobId, progress: int) -> None:
    await execute(owner, "UPDATE job_progress SET progress = $2 WHERE job_id = $1", job_id, progress)


async def save(work: Database, *job_ids: JobId, interval: timedelta = INTERVAL) -> None:
    async with work.transaction() as tx:
        await webhooks.save_progress_deliveries(tx, job_ids=job_ids, interval=interval)


async def cancel_and_fail(owner: Database, job_id: JobId) -> None:
    async with owner.transaction() as tx:
        await tx.execute(ENTER, job_id, "cancelled")
        raise ZeroDivisionError


async def seconds_until_due(owner: Database, viewer: Viewer) -> float:
    query = (
        "SELECT extract(epoch FROM next_try_at - now())::float8 FROM webhook_deliveries "
        "WHERE user_id = $1 AND status = 'pending'"
    )
    return await fetch_value(owner, query, viewer.user_id)


async def test_viewer_lists_his_endpoints_newest_first(web: Database, viewer: Viewer) -> None:
    first, second = await make_endpoint(web, viewer), await make_endpoint(web, viewer)

    async with web.transaction(viewer=viewer.user_id) as tx:
        found = await webhooks.list_endpoints(tx, user_id=viewer.user_id)

    assert found == [second, first]


async def test_viewer_lists_the_deliveries_of_an_endpoint(
    owner: Database, web: Database, viewer: Viewer
) -> None:
    endpoint = await make_endpoint(web, viewer)
    await make_delivery(web, viewer)
    await make_bare_job(owner, viewer, JobStatus.CANCELLED)
    await make_bare_job(owner, viewer, JobStatus.FAILED)

    page = {"endpoint_id": endpoint.id, "user_id": viewer.user_id}
    async with web.transaction(viewer=viewer.user_id) as tx:
        (newest,) = await webhooks.list_deliveries(
            tx, before_time=datetime.now(UTC) + INTERVAL, before_id=LAST, count=1, **page
        )
        (older,) = await webhooks.list_deliveries(
            tx, before_time=newest.created_at, before_id=newest.id, count=9, **page
        )

    assert (newest.type, older.type) == ("job.failed", "job.cancelled")


async def test_row_level_security_hides_what_is_another_s(
    owner: Database, web: Database, viewer: Viewer
) -> None:
    delivery = await make_delivery(web, viewer)
    await execute(
        owner, "INSERT INTO webhook_tries (delivery_id, number, seconds) VALUES ($1, 1, 0)", delivery.id
    )
    other = await make_viewer(owner)

    async with web.transaction(viewer=other.user_id) as tx:
        found = [
            await tx.fetch("SELECT FROM webhook_endpoints"),
            await tx.fetch("SELECT FROM webhook_deliveries"),
            await tx.fetch("SELECT FROM webhook_tries"),
            await webhooks.list_endpoints(tx, user_id=viewer.user_id),
            await webhooks.list_tries(tx, delivery_ids=[delivery.id], user_id=viewer.user_id),
        ]

    assert found == [[], [], [], [], {}]


async def test_queries_name_the_viewer_where_no_policy_binds(owner: Database, viewer: Viewer) -> None:
    delivery = await make_delivery(owner, viewer)
    other = await make_viewer(owner)

    async with owner.transaction() as tx:
        found = [
            await webhooks.get_endpoint(tx, endpoint_id=delivery.endpoint_id, user_id=other.user_id),
            await webhooks.get_delivery(tx, delivery_id=delivery.id, user_id=other.user_id),
            await webhooks.redeliver(tx, delivery_id=delivery.id, user_id=other.user_id),
            await webhooks.list_endpoints(tx, user_id=other.user_id) or None,
        ]

    assert found == [None] * 4


@pytest.mark.parametrize("status", [JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED])
async def test_ended_job_writes_one_delivery_for_each_endpoint(
    owner: Database, web: Database, viewer: Viewer, status: JobStatus
) -> None:
    await make_endpoint(web, viewer)
    await make_endpoint(web, viewer, events=[f"job.{status}"])

    job_id = await make_bare_job(owner, viewer, status)

    sent = await read_sent(owner, viewer)
    assert [(kind, said["id"], said["status"]) for kind, said in sent] == [
        (f"job.{status}", str(job_id), status)
    ] * 2


async def test_ended_job_writes_no_delivery_to_those_who_did_not_ask(
    owner: Database, web: Database, viewer: Viewer
) -> None:
    disabled = await make_endpoint(web, viewer)
    await execute(
        owner,
        "UPDATE webhook_endpoints SET disabled_at = now(), disabled_reason = 'test' WHERE id = $1",
        disabled.id,
    )
    await make_endpoint(web, viewer, events=[WebhookEvent.FAILED])
    await make_endpoint(web, other := await make_viewer(owner))

    await make_bare_job(owner, viewer, JobStatus.CANCELLED)

    assert await read_sent(owner, viewer) == []
    assert await read_sent(owner, other) == []


async def test_change_that_is_rolled_back_writes_no_delivery(
    owner: Database, web: Database, viewer: Viewer
) -> None:
    await make_endpoint(web, viewer)
    job_id = await make_bare_job(owner, viewer, JobStatus.PENDING)

    with pytest.raises(ZeroDivisionError):
        await cancel_and_fail(owner, job_id)

    assert await read_sent(owner, viewer) == []


async def test_progress_says_what_the_job_says(
    owner: Database, web: Database, work: Database, viewer: Viewer
) -> None:
    await make_endpoint(web, viewer)
    job_id = await make_running_job(owner, viewer, progress=30)

    await save(work, job_id)

    ((kind, said),) = await read_sent(owner, viewer)
    assert kind == "job.progress"
    assert (said["id"], said["status"], said["progress"]) == (str(job_id), "processing", 30)
    assert (said["progress_text"], said["estimated_time_remaining"]) == ("drawing", 4.5)
    assert await seconds_until_due(owner, viewer) <= 0


async def test_progress_not_sent_yet_is_replaced(
    owner: Database, web: Database, work: Database, viewer: Viewer
) -> None:
    await make_endpoint(web, viewer)
    job_id = await make_running_job(owner, viewer, progress=30)
    await save(work, job_id)
    await say(owner, job_id, 40)

    await save(work, job_id)

    assert [said["progress"] for _, said in await read_sent(owner, viewer)] == [40]


async def test_progress_on_its_way_keeps_what_it_says(
    owner: Database, web: Database, work: Database, viewer: Viewer
) -> None:
    await make_endpoint(web, viewer)
    job_id = await make_running_job(owner, viewer, progress=30)
    await save(work, job_id)
    await execute(owner, "UPDATE webhook_deliveries SET tries = 1 WHERE user_id = $1", viewer.user_id)
    await say(owner, job_id, 40)

    await save(work, job_id)

    assert [said["progress"] for _, said in await read_sent(owner, viewer)] == [30]


async def test_next_progress_waits_for_its_time(
    owner: Database, web: Database, work: Database, viewer: Viewer
) -> None:
    await make_endpoint(web, viewer)
    job_id = await make_running_job(owner, viewer, progress=30)
    await save(work, job_id)
    await execute(
        owner,
        "UPDATE webhook_deliveries SET status = 'delivered', delivered_at = now() WHERE user_id = $1",
        viewer.user_id,
    )

    await save(work, job_id)

    assert 5 < await seconds_until_due(owner, viewer) <= 10


async def test_progress_is_for_those_who_asked_and_of_jobs_that_run(
    owner: Database, web: Database, work: Database, viewer: Viewer
) -> None:
    await make_endpoint(web, viewer, events=[WebhookEvent.COMPLETED])
    await make_endpoint(web, other := await make_viewer(owner), events=[WebhookEvent.PROGRESS])
    running = await make_running_job(owner, viewer, progress=30)
    ended = await make_running_job(owner, other, progress=30)
    await execute(owner, ENTER, ended, "cancelled")

    await save(work, running, ended)

    assert await read_sent(owner, viewer) == []
    assert await read_sent(owner, other) == []


async def test_delivery_is_queued_again_only_once(owner: Database, web: Database, viewer: Viewer) -> None:
    delivery = await make_delivery(web, viewer)
    await end_delivery(owner, delivery, "failed")

    async with web.transaction(viewer=viewer.user_id) as tx:
        queued = await webhooks.redeliver(tx, delivery_id=delivery.id, user_id=viewer.user_id)
        again = await webhooks.redeliver(tx, delivery_id=delivery.id, user_id=viewer.user_id)

    assert queued is not None
    assert again is None
