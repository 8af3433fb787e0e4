import html
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from rushes.db import speeds
from rushes.db.pool import Database
from rushes.domain.ids import JobId
from rushes.domain.jobs import JobStatus
from rushes.web.pages.cards.card import BADGES
from rushes.web.services import Services
from tests.db.lanes import Lane, claim, complete, fill, make_lane, serve, standing
from tests.factories import make_bare_job
from tests.web import site
from tests.web.following import following
from tests.web.people import API, Person, make_person

SHOWN = ("why_waiting", "queue_position", "estimated_wait_seconds")


@pytest.fixture
async def lane(owner: Database) -> Lane:
    return await make_lane(owner)


@pytest.fixture
async def served(owner: Database, lane: Lane) -> Lane:
    await serve(owner, lane)
    return lane


@pytest.fixture
async def eve(services: Services, owner: Database) -> AsyncIterator[Person]:
    """Somebody who is signed in on a real server."""
    async with site.served(services) as address, httpx.AsyncClient(base_url=address) as client:
        yield await make_person(owner, client)


async def sentence(person: Person, job_id: JobId) -> str:
    """What the page of a job says beside its status."""
    page = (await person.visit(f"/jobs/{job_id}")).text
    said = re.search(r"<span data-text>(.*?)</span>.*?<span data-left>(.*?)</span>", page, re.DOTALL)
    assert said is not None
    return html.unescape("; ".join(filter(None, said.groups())))


async def test_every_document_of_a_job_says_why_it_waits(
    ada: Person, bob: Person, owner: Database, work: Database, served: Lane
) -> None:
    _, job_id = await fill(
        owner, served, standing(served, bob.viewer), standing(served, ada.viewer, fair_rank=1)
    )
    await complete(owner, served, bob.viewer, seconds=[10.0] * 5)
    async with work.transaction() as tx:
        await speeds.refresh_speeds(tx)

    shown = (await ada.get(f"/jobs/{job_id}")).json()
    (listed,) = (await ada.get("/jobs")).json()["jobs"]
    (active,) = (await ada.get("/jobs/active")).json()["jobs"]

    assert {name: shown[name] for name in SHOWN} == {
        "why_waiting": "position",
        "queue_position": 1,
        "estimated_wait_seconds": 15.0,
    }
    assert listed == active == {name: shown[name] for name in listed}


async def test_a_job_that_runs_does_not_wait(
    ada: Person, owner: Database, work: Database, lane: Lane
) -> None:
    (job_id,) = await fill(owner, lane, standing(lane, ada.viewer))
    await claim(work, lane)

    shown = (await ada.get(f"/jobs/{job_id}")).json()

    assert {name: shown[name] for name in SHOWN} == dict.fromkeys(SHOWN)


async def test_a_snapshot_says_why_a_job_waits(eve: Person, owner: Database, lane: Lane) -> None:
    (job_id,) = await fill(owner, lane, standing(lane, eve.viewer))

    async with following(eve.client, f"{API}/jobs/{job_id}/events", eve.bearer) as events:
        snapshot = await anext(events)

    assert (snapshot.data["why_waiting"], snapshot.data["queue_position"]) == ("no_worker", 0)


@pytest.mark.parametrize(
    ("before", "said"),
    [(0, "Next in line"), (1, "1 job before this one"), (3, "3 jobs before this one")],
)
async def test_a_card_says_how_many_come_before(
    ada: Person, bob: Person, owner: Database, served: Lane, before: int, said: str
) -> None:
    await fill(owner, served, *(standing(served, bob.viewer, place=1) for _ in range(before)))
    (job_id,) = await fill(owner, served, standing(served, ada.viewer))

    page = (await ada.visit("/jobs")).text

    assert f"<span data-text>{said}</span>" in page
    assert await sentence(ada, job_id) == said


async def test_a_far_position_and_its_estimate_are_rounded(
    ada: Person, bob: Person, owner: Database, work: Database, served: Lane
) -> None:
    await fill(owner, served, *(standing(served, bob.viewer, place=1) for _ in range(1200)))
    (job_id,) = await fill(owner, served, standing(served, ada.viewer))
    await complete(owner, served, bob.viewer, seconds=[1.0] * 5)
    async with work.transaction() as tx:
        await speeds.refresh_speeds(tx)

    assert await sentence(ada, job_id) == "About 1,000 jobs before this one; starts in about 16m 41s"


@pytest.mark.parametrize(
    ("held", "said"),
    [
        (0, "Waits for a free slot"),
        (1, "Waits for your other job"),
        (2, "Waits for one of your 2 other jobs"),
    ],
)
async def test_a_card_says_what_holds_the_slots(
    ada: Person, owner: Database, lane: Lane, held: int, said: str
) -> None:
    await fill(owner, lane, *(standing(lane, ada.viewer) for _ in range(held)))
    (job_id,) = await fill(owner, lane, standing(lane, ada.viewer, status="pending"))

    assert await sentence(ada, job_id) == said


@pytest.mark.parametrize(
    ("job", "said"),
    [
        ({"status": "pending", "awaits_parent": True}, "Waits for the job that it works on"),
        ({}, "No worker runs for this model right now"),
        ({"status": "validating"}, "Checking the files"),
    ],
)
async def test_a_card_says_why_a_job_waits(
    ada: Person, owner: Database, lane: Lane, job: dict[str, Any], said: str
) -> None:
    (job_id,) = await fill(owner, lane, standing(lane, ada.viewer, **job))

    assert await sentence(ada, job_id) == said


async def test_a_card_says_that_the_lane_is_paused(ada: Person, owner: Database) -> None:
    paused = await make_lane(owner, paused=True)
    (job_id,) = await fill(owner, paused, standing(paused, ada.viewer))

    assert await sentence(ada, job_id) == "Paused by the operator"


async def test_a_card_says_when_a_job_is_tried_again(ada: Person, owner: Database, served: Lane) -> None:
    (job_id,) = await fill(owner, served, standing(served, ada.viewer, parked=True, run_in=3600.0))

    assert re.fullmatch(r"Tries again in (1h 0m|59m \d+s)", await sentence(ada, job_id))


async def test_a_page_learns_of_a_changed_position(
    ada: Person, bob: Person, owner: Database, work: Database, served: Lane
) -> None:
    (first,) = await fill(owner, served, standing(served, bob.viewer, place=1))
    (job_id,) = await fill(owner, served, standing(served, ada.viewer))

    before = (await ada.visit(f"/jobs/progress?job={job_id}")).json()
    assert await claim(work, served) == [first]
    after = (await ada.visit(f"/jobs/progress?job={job_id}")).json()

    assert [before["jobs"][0]["text"], after["jobs"][0]["text"]] == ["1 job before this one", "Next in line"]


@pytest.mark.parametrize("status", [JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED])
async def test_a_job_that_has_ended_waits_for_nothing(
    ada: Person, owner: Database, status: JobStatus
) -> None:
    job_id = await make_bare_job(owner, ada.viewer, status)

    page = (await ada.visit(f"/jobs/{job_id}")).text

    assert BADGES[status].word in page
    assert "data-text" not in page
