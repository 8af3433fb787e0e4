from typing import Any
from uuid import uuid4

import pytest

from rushes.db.pool import Database
from rushes.domain.jobs import JobStatus
from tests.factories import fetch_value, make_bare_job, make_viewer, read_job
from tests.web.people import Person, make_queued_job, wrong_fields

FILL = """
    INSERT INTO jobs (id, user_id, job_type, model, lane, price, watermark_applied, status)
    SELECT gen_random_uuid(), $1, 'base', 'motion', 'cpu', 5, true, 'pending' FROM generate_series(1, $2::int)
"""


@pytest.mark.parametrize(
    ("action", "status", "left"),
    [("cancel", JobStatus.PENDING, JobStatus.COMPLETED), ("delete", JobStatus.FAILED, JobStatus.QUEUED)],
)
async def test_each_of_the_named_jobs_is_for_itself(
    ada: Person, bob: Person, owner: Database, action: str, status: JobStatus, left: JobStatus
) -> None:
    ready, unready = [await make_bare_job(owner, ada.viewer, one) for one in (status, left)]
    his = await make_bare_job(owner, bob.viewer, status)

    answer = await ada.post("/jobs/bulk", {"action": action, "ids": [str(ready), str(unready), str(his)]})

    told = answer.json()
    assert (answer.status_code, told["done"], told["skipped"], told["more"]) == (200, 1, 2, False)
    assert told["done_ids"] == [str(ready)]
    assert {one["id"]: one["code"] for one in told["reasons"]} == {
        str(unready): "illegal_transition",
        str(his): "missing",
    }
    assert (await read_job(owner, his)).status is status


async def test_a_filter_finds_what_the_action_can_change(ada: Person, owner: Database) -> None:
    waiting = await make_queued_job(owner, ada)
    await make_bare_job(owner, ada.viewer, JobStatus.COMPLETED)

    answer = await ada.post("/jobs/bulk", {"action": "cancel", "filter": {"model": "motion"}})

    assert (answer.json()["done_ids"], answer.json()["reasons"]) == ([str(waiting.id)], [])
    assert (await read_job(owner, waiting.id)).status is JobStatus.CANCELLED


async def test_a_filter_leaves_other_jobs_alone(ada: Person, bob: Person, owner: Database) -> None:
    failed = await make_bare_job(owner, ada.viewer, JobStatus.FAILED)
    cancelled = await make_bare_job(owner, ada.viewer, JobStatus.CANCELLED)
    his = await make_bare_job(owner, bob.viewer, JobStatus.FAILED)

    answer = await ada.post("/jobs/bulk", {"action": "delete", "filter": {"status": ["failed", "active"]}})

    assert answer.json()["done_ids"] == [str(failed)]
    hidden = "SELECT count(*) FROM jobs WHERE deleted_at IS NOT NULL AND id = ANY ($1::uuid[])"
    assert await fetch_value(owner, hidden, [cancelled, his]) == 0


async def test_a_filter_that_nothing_meets_does_nothing(ada: Person, owner: Database) -> None:
    await make_bare_job(owner, ada.viewer, JobStatus.COMPLETED)

    answer = await ada.post("/jobs/bulk", {"action": "retry", "filter": {"status": ["completed"]}})

    assert (answer.json()["done"], answer.json()["skipped"], answer.json()["more"]) == (0, 0, False)


async def test_more_than_a_hundred_take_more_than_one_request(owner: Database, ada: Person) -> None:
    async with owner.transaction() as tx:
        await tx.execute(FILL, ada.viewer.user_id, 101)

    first = await ada.post("/jobs/bulk", {"action": "cancel", "filter": {"type": "base"}})
    second = await ada.post("/jobs/bulk", {"action": "cancel", "filter": {"type": "base"}})

    assert [(one.json()["done"], one.json()["more"]) for one in (first, second)] == [(100, True), (1, False)]


async def test_a_job_of_another_is_not_found_by_his_group(ada: Person, bob: Person, owner: Database) -> None:
    job_id, group_id = await make_bare_job(owner, ada.viewer, JobStatus.FAILED), uuid4()
    async with owner.transaction() as tx:
        await tx.execute("INSERT INTO groups (id, user_id) VALUES ($1, $2)", group_id, ada.viewer.user_id)
        await tx.execute("UPDATE jobs SET group_id = $1 WHERE id = $2", group_id, job_id)

    his = await bob.post("/jobs/bulk", {"action": "delete", "filter": {"group": str(group_id)}})
    hers = await ada.post("/jobs/bulk", {"action": "delete", "filter": {"group": str(group_id)}})

    assert (his.json()["done"], hers.json()["done"]) == (0, 1)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"action": "cancel"}, "body"),
        ({"action": "cancel", "ids": [str(uuid4())], "filter": {"type": "base"}}, "body"),
        ({"action": "explode", "ids": [str(uuid4())]}, "action"),
        ({"action": "cancel", "ids": []}, "ids"),
        ({"action": "cancel", "ids": [str(uuid4()) for _ in range(101)]}, "ids"),
        ({"action": "cancel", "ids": ["one"]}, "ids"),
        ({"action": "cancel", "filter": {}}, "filter"),
        ({"action": "cancel", "filter": {"status": []}}, "filter"),
        ({"action": "cancel", "filter": {"colour": "red"}}, "filter.colour"),
        ({"action": "cancel", "filter": {"type": "opera"}}, "filter.type"),
        ({"action": "cancel", "filter": {"model": "a\0"}}, "filter.model"),
    ],
)
async def test_a_wrong_request_for_many_is_named(ada: Person, body: Any, field: str) -> None:
    answer = await ada.post("/jobs/bulk", body)

    assert (answer.status_code, wrong_fields(answer)) == (422, [field])


async def test_nobody_changes_many_without_signing_in(ada: Person, owner: Database) -> None:
    viewer = await make_viewer(owner)
    job_id = await make_bare_job(owner, viewer, JobStatus.PENDING)

    answer = await ada.client.post("/api/v1/jobs/bulk", json={"action": "cancel", "ids": [str(job_id)]})

    assert answer.status_code == 401
    assert (await read_job(owner, job_id)).status is JobStatus.PENDING
