from typing import Any
from uuid import uuid4

import httpx
import pytest

from rushes.db.pool import Database
from rushes.domain.ids import WorkerId
from tests.factories import fetch_value, make_painter, make_post_model, read_balance
from tests.web.people import Person, base_job, make_person, wrong_fields

FILM = {"job_type": "text_to_video", "model": "painter", "prompt": "A fox.", "options": {"seconds": 2}}
LARGER = {"job_type": "upscale", "model": "polish", "after": 0}
SPEED = """
    INSERT INTO speeds (model, job_type, quality, resolution, samples, median, p90, job_seconds)
    VALUES ('painter', 'text_to_video', '', '480p', 5, 3, 4, 12)
"""


@pytest.fixture(autouse=True)
async def models(owner: Database) -> None:
    """Models for videos of words and for what works on them."""
    await make_painter(owner)
    await make_post_model(owner)


async def serve(owner: Database) -> None:
    """A live worker with one slot on the lane `cpu`."""
    async with owner.transaction() as tx:
        await tx.execute(
            "INSERT INTO workers (id, name, host, pid, lanes, engines, slots, version) "
            "VALUES ($1, 'test', 'test', 1, '{cpu}', '{motion}', 1, '0')",
            WorkerId(uuid4()),
        )


async def test_a_job_is_priced_as_it_would_be_submitted(ada: Person, owner: Database) -> None:
    body = await base_job(owner, ada, options={"resolution": "720p"})

    quoted = (await ada.post("/jobs/quote", body)).json()

    submitted = (await ada.post("/jobs", body)).json()
    assert quoted["jobs"][0]["price"] == quoted["total"] == submitted["price"] == 20
    assert (quoted["credits"], quoted["is_affordable"], quoted["problems"]) == (10_000, True, [])


async def test_a_chain_is_priced_as_a_whole(ada: Person) -> None:
    quoted = (await ada.post("/jobs/quote", {"jobs": [FILM, LARGER]})).json()

    assert [job["price"] for job in quoted["jobs"]] == [10, 10]
    assert (quoted["total"], quoted["jobs"][1]["why_waiting"]) == (20, "parent")


async def test_a_quote_charges_and_keeps_nothing(ada: Person, owner: Database) -> None:
    await ada.post("/jobs/quote", FILM)

    assert await read_balance(owner, ada.viewer) == 10_000
    assert await fetch_value(owner, "SELECT count(*) FROM jobs") == 0


async def test_what_would_be_refused_is_named(ada: Person) -> None:
    answer = await ada.post("/jobs/quote", {"jobs": [FILM | {"priority": 1, "model": "sora"}, FILM, LARGER]})

    quoted = answer.json()
    assert answer.status_code == 200
    assert {problem["field"] for problem in quoted["problems"]} == {"jobs.0.model", "jobs.0.priority"}
    assert [job["price"] for job in quoted["jobs"]] == [None, 10, None]
    assert quoted["estimated_seconds"] is None


async def test_fields_of_a_single_job_are_named_as_they_are(ada: Person) -> None:
    quoted = (await ada.post("/jobs/quote", FILM | {"priority": 1})).json()

    assert [problem["field"] for problem in quoted["problems"]] == ["priority"]


async def test_what_cannot_be_paid_is_said(owner: Database, client: httpx.AsyncClient) -> None:
    poor = await make_person(owner, client, credits_=9)

    quoted = (await poor.post("/jobs/quote", FILM)).json()

    assert (quoted["total"], quoted["credits"], quoted["is_affordable"]) == (10, 9, False)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, "job_type"),
        (FILM | {"options": {"seconds": 0}}, "options.seconds"),
        ({"jobs": []}, "jobs"),
        ({"jobs": [FILM | {"prompt": ""}]}, "jobs.0.prompt"),
        ({"jobs": [FILM], "job_type": "base"}, "job_type"),
        ([], "body"),
        (None, "body"),
    ],
)
async def test_a_malformed_body_is_refused(ada: Person, body: Any, fields: str) -> None:
    answer = await ada.post("/jobs/quote", body)

    assert (answer.status_code, wrong_fields(answer)) == (422, fields.split())


async def test_the_time_is_that_of_jobs_before(ada: Person, owner: Database) -> None:
    async with owner.transaction() as tx:
        await tx.execute(SPEED)
    await serve(owner)

    quoted = (await ada.post("/jobs/quote", FILM)).json()

    (job,) = quoted["jobs"]
    assert (job["estimated_seconds"], quoted["estimated_seconds"]) == (6, 6)
    assert (job["why_waiting"], job["queue_position"], job["estimated_wait_seconds"]) == ("position", 0, 6)


async def test_the_wait_grows_with_those_who_come_before(ada: Person, bob: Person, owner: Database) -> None:
    async with owner.transaction() as tx:
        await tx.execute(SPEED)
    await serve(owner)
    for _ in range(2):
        await bob.post("/jobs", FILM)

    quoted = (await ada.post("/jobs/quote", FILM)).json()
    unhurried = (await ada.post("/jobs/quote", FILM | {"priority": 6})).json()

    # By fair share, a newcomer comes right after the first job of the other.
    assert (quoted["jobs"][0]["queue_position"], quoted["jobs"][0]["estimated_wait_seconds"]) == (1, 18)
    assert unhurried["jobs"][0]["queue_position"] == 2


async def test_a_lane_without_workers_is_said(ada: Person) -> None:
    (job,) = (await ada.post("/jobs/quote", FILM)).json()["jobs"]

    assert (job["why_waiting"], job["estimated_wait_seconds"]) == ("no_worker", None)


async def test_ones_own_limit_is_said(ada: Person, owner: Database) -> None:
    await serve(owner)
    for _ in range(2):
        await ada.post("/jobs", FILM)

    (job,) = (await ada.post("/jobs/quote", FILM)).json()["jobs"]

    assert (job["why_waiting"], job["estimated_wait_seconds"]) == ("your_limit", None)


async def test_a_file_of_another_is_a_problem(ada: Person, bob: Person, owner: Database) -> None:
    quoted = (await ada.post("/jobs/quote", await base_job(owner, bob))).json()

    assert {problem["field"] for problem in quoted["problems"]} == {"inputs.motion", "inputs.reference"}
