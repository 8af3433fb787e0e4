from typing import Any
from uuid import uuid4

import httpx
import pytest

from rushes.db.pool import Database
from rushes.domain.jobs import JobStatus
from tests.factories import (
    claim_one,
    complete,
    fetch_value,
    make_bare_job,
    make_output,
    read_balance,
    read_job,
    retry_or_fail,
)
from tests.web.people import API, Person, make_person, make_queued_job, wrong_fields

NOBODYS = "11111111-1111-4111-8111-111111111111"
CHANGES = [
    ("POST", "/jobs/{}/retry", None),
    ("DELETE", "/jobs/{}", None),
    ("PATCH", "/jobs/{}", {"starred": True}),
    ("PATCH", "/jobs/{}", {"project_id": NOBODYS}),
    ("POST", "/jobs/{}/share", None),
    ("DELETE", "/jobs/{}/share", None),
]


async def ask(person: Person, method: str, path: str, body: Any = None) -> httpx.Response:
    return await person.client.request(method, f"{API}{path}", json=body, headers=person.bearer)


async def make_project(person: Person) -> str:
    return (await person.post("/projects", {"name": "Foxes"})).json()["id"]


async def fail(owner: Database, work: Database, person: Person) -> str:
    job = await make_queued_job(owner, person)
    await retry_or_fail(
        work, await claim_one(work), error_code="test", error_message="No.", retryable=False, log=""
    )
    return str(job.id)


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
async def test_anothers_job_cannot_be_changed_nor_told_from_none(
    ada: Person, bob: Person, owner: Database, work: Database, method: str, path: str, body: Any
) -> None:
    job = await make_queued_job(owner, ada)
    await complete(work, await claim_one(work), make_output(), log="")
    before = await read_job(owner, job.id)

    his = await ask(bob, method, path.format(job.id), body)
    nobodys = await ask(bob, method, path.format(uuid4()), body)

    assert his.status_code == nobodys.status_code == 404
    assert {**his.json(), "request_id": ""} == {**nobodys.json(), "request_id": ""}
    assert await read_job(owner, job.id) == before


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
async def test_nobody_changes_a_job_without_signing_in(
    ada: Person, owner: Database, method: str, path: str, body: Any
) -> None:
    job_id = await make_bare_job(owner, ada.viewer, JobStatus.COMPLETED)

    answer = await ada.client.request(method, API + path.format(job_id), json=body)

    assert answer.status_code == 401


async def test_a_failed_job_is_tried_again_and_paid_again(
    ada: Person, owner: Database, work: Database
) -> None:
    job_id = await fail(owner, work, ada)

    answer = await ada.post(f"/jobs/{job_id}/retry")

    assert (answer.status_code, answer.json()["status"], answer.json()["error_code"]) == (200, "queued", None)
    assert await read_balance(owner, ada.viewer) == 10_000 - 10


async def test_only_a_failed_job_is_tried_again(ada: Person, owner: Database) -> None:
    job = await make_queued_job(owner, ada)

    answer = await ada.post(f"/jobs/{job.id}/retry")

    assert (answer.status_code, answer.json()["code"]) == (409, "illegal_transition")


async def test_a_retry_that_cannot_be_paid_is_refused(
    owner: Database, work: Database, client: httpx.AsyncClient
) -> None:
    poor = await make_person(owner, client, credits_=10)
    job_id = await fail(owner, work, poor)
    await make_queued_job(owner, poor)

    answer = await poor.post(f"/jobs/{job_id}/retry")

    assert answer.status_code == 402
    assert answer.json()["credits"] == {"needed": 10, "available": 0, "held": 10}


async def test_a_deleted_job_is_gone_and_its_files_are_due(
    ada: Person, owner: Database, work: Database
) -> None:
    job = await make_queued_job(owner, ada)
    await complete(work, await claim_one(work), make_output(), log="")

    answer = await ada.delete(f"/jobs/{job.id}")

    assert (answer.status_code, answer.content) == (204, b"")
    assert (await ada.get(f"/jobs/{job.id}")).status_code == 404
    assert (await ada.get("/jobs")).json()["jobs"] == []
    due = "SELECT count(*) FROM assets WHERE status = 'deleted' AND purged_at IS NULL"
    assert await fetch_value(owner, due) == 3
    assert (await ada.delete(f"/jobs/{job.id}")).status_code == 404


async def test_a_job_that_has_not_ended_cannot_be_deleted(ada: Person, owner: Database) -> None:
    job = await make_queued_job(owner, ada)

    answer = await ada.delete(f"/jobs/{job.id}")

    assert (answer.status_code, answer.json()["code"]) == (409, "illegal_transition")


async def test_what_is_left_out_stays_as_it_is(ada: Person, owner: Database) -> None:
    job_id = await make_bare_job(owner, ada.viewer, JobStatus.COMPLETED)
    project_id = await make_project(ada)
    await ask(ada, "PATCH", f"/jobs/{job_id}", {"starred": True, "rating": 4, "project_id": project_id})

    answer = await ask(ada, "PATCH", f"/jobs/{job_id}", {"rating": None, "destination": "workspace"})

    job = await read_job(owner, job_id)
    assert answer.status_code == 200
    assert (job.starred, job.rating, str(job.project_id), job.destination) == (
        True,
        None,
        project_id,
        "workspace",
    )


async def test_a_job_that_runs_can_be_given_a_star(ada: Person, owner: Database, work: Database) -> None:
    job = await make_queued_job(owner, ada)
    await claim_one(work)

    answer = await ask(ada, "PATCH", f"/jobs/{job.id}", {"starred": True})

    assert (answer.status_code, answer.json()["status"]) == (200, "processing")
    assert (await read_job(owner, job.id)).starred


async def test_a_change_of_mind_is_no_event(ada: Person, owner: Database) -> None:
    job_id = await make_bare_job(owner, ada.viewer, JobStatus.COMPLETED)
    count = "SELECT count(*) FROM job_events"
    before = await fetch_value(owner, count)

    await ask(ada, "PATCH", f"/jobs/{job_id}", {"starred": True})

    assert await fetch_value(owner, count) == before


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body"),
        ({"rating": 0}, "rating"),
        ({"rating": 6}, "rating"),
        ({"rating": 2.5}, "rating"),
        ({"rating": 2**80}, "rating"),
        ({"starred": None}, "starred"),
        ({"destination": "attic"}, "destination"),
        ({"destination": None}, "destination"),
        ({"project_id": "mine"}, "project_id"),
        ({"project_id": NOBODYS}, "project_id"),
        ({"status": "completed"}, "status"),
        ([], "body"),
    ],
)
async def test_a_wrong_change_is_named_and_not_made(
    ada: Person, owner: Database, body: Any, field: str
) -> None:
    job_id = await make_bare_job(owner, ada.viewer, JobStatus.COMPLETED)
    before = await read_job(owner, job_id)

    answer = await ask(ada, "PATCH", f"/jobs/{job_id}", body)

    assert (answer.status_code, wrong_fields(answer)) == (422, [field])
    assert await read_job(owner, job_id) == before


async def test_every_wrong_field_of_a_change_is_named(ada: Person, owner: Database) -> None:
    job_id = await make_bare_job(owner, ada.viewer, JobStatus.COMPLETED)

    answer = await ask(ada, "PATCH", f"/jobs/{job_id}", {"rating": 9, "starred": 7, "colour": "red"})

    assert wrong_fields(answer) == ["colour", "rating", "starred"]


async def test_a_job_is_not_put_into_the_project_of_another(
    ada: Person, bob: Person, owner: Database
) -> None:
    job_id = await make_bare_job(owner, ada.viewer, JobStatus.COMPLETED)
    project_id = await make_project(bob)

    answer = await ask(ada, "PATCH", f"/jobs/{job_id}", {"project_id": project_id})

    assert (answer.status_code, wrong_fields(answer)) == (422, ["project_id"])
    assert (await read_job(owner, job_id)).project_id is None


async def test_even_the_database_keeps_a_job_out_of_the_project_of_another(
    ada: Person, bob: Person, owner: Database, web: Database
) -> None:
    job_id = await make_bare_job(owner, ada.viewer, JobStatus.COMPLETED)
    project_id = await make_project(bob)

    with pytest.raises(Exception, match="row-level security"):
        async with web.transaction(viewer=ada.viewer.user_id) as tx:
            await tx.execute("UPDATE jobs SET project_id = $1 WHERE id = $2", project_id, job_id)
