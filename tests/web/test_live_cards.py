"""What open pages hear of the jobs that they show."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from rushes.actions.cancel import cancel
from rushes.db.pool import Database
from rushes.web.pages.cards.live import NEWEST_JOBS
from rushes.web.services import Services
from tests.factories import claim_one, complete, make_output
from tests.web.following import Sent, following, until
from tests.web.people import Person, make_person, make_queued_job
from tests.web.site import served
from tests.web.test_job_events import say


@pytest.fixture
async def eve(services: Services, owner: Database) -> AsyncIterator[Person]:
    """Somebody who is signed in on a real server."""
    async with served(services) as address, httpx.AsyncClient(base_url=address, timeout=60) as client:
        yield await make_person(owner, client)


@asynccontextmanager
async def stream_of(person: Person, *, last: str | None = None) -> AsyncIterator[AsyncIterator[Sent]]:
    """The events of the pages' stream, after its snapshot."""
    query = "" if last is None else f"?last_event_id={last}"
    async with following(person.client, f"/jobs/live{query}", person.cookie) as events:
        assert (await anext(events)).name == "snapshot"
        yield events


async def test_a_page_hears_how_far_a_job_is(eve: Person, owner: Database, work: Database) -> None:
    job = await make_queued_job(owner, eve)
    attempt = await claim_one(work)

    async with stream_of(eve) as events:
        await say(work, attempt, 40, "Warping")
        heard = await until(events, "progress")

    assert heard.data == {
        "id": str(job.id),
        "status": "processing",
        "percent": 40,
        "text": "Warping",
        "left": "1m 30s left",
    }


async def test_a_page_hears_of_each_change_of_state(eve: Person, owner: Database, work: Database) -> None:
    async with stream_of(eve) as events:
        job = await make_queued_job(owner, eve)
        begun = await until(events, "state")
        attempt = await claim_one(work)
        runs = await until(events, "state")
        await complete(work, attempt, make_output(), log="")
        ended = await until(events, "state")

    said = [begun.data, runs.data, ended.data]
    assert said == [{"id": str(job.id), "status": status} for status in ("queued", "processing", "completed")]


async def test_a_page_that_was_away_hears_what_it_missed(eve: Person, owner: Database) -> None:
    job = await make_queued_job(owner, eve)
    async with stream_of(eve) as events:
        await make_queued_job(owner, eve)
        last = (await until(events, "state")).id
    await cancel(owner, eve.viewer, job_id=job.id)

    async with stream_of(eve, last=last) as events:
        missed = await until(events, "state")

    assert missed.data == {"id": str(job.id), "status": "cancelled"}


async def test_a_page_hears_nothing_of_anothers_jobs(eve: Person, owner: Database) -> None:
    bob = await make_person(owner, eve.client)

    async with stream_of(eve) as events:
        await make_queued_job(owner, bob)
        mine = await make_queued_job(owner, eve)
        heard = await until(events, "state")

    assert heard.data["id"] == str(mine.id)


async def test_a_page_asks_how_far_its_jobs_are(
    ada: Person, bob: Person, owner: Database, work: Database
) -> None:
    ended = await make_queued_job(owner, ada)
    await complete(work, await claim_one(work), make_output(), log="")
    running = await make_queued_job(owner, ada)
    await say(work, await claim_one(work), 40, "Warping")
    his = await make_queued_job(owner, bob)
    asked = "&".join(f"job={job.id}" for job in (ended, running, his))

    said = (await ada.visit(f"/jobs/progress?{asked}")).json()["jobs"]

    assert [(job["id"], job["status"]) for job in said] == [
        (str(ended.id), "completed"),
        (str(running.id), "processing"),
    ]
    assert (said[1]["percent"], said[1]["text"], said[1]["left"]) == (40, "Warping", "1m 30s left")


async def test_a_page_learns_which_jobs_are_the_newest(ada: Person, bob: Person, owner: Database) -> None:
    mine = [await make_queued_job(owner, ada) for _ in range(NEWEST_JOBS + 1)]
    await make_queued_job(owner, bob)

    said = (await ada.visit("/jobs/progress")).json()

    assert said == {"jobs": [], "newest": [str(job.id) for job in reversed(mine[1:])]}


async def test_a_page_may_not_ask_for_more_than_a_hundred_jobs(ada: Person) -> None:
    job = "job=0192f0c1-0000-4000-8000-00000000000a"

    answer = await ada.visit(f"/jobs/progress?{'&'.join([job] * 101)}")

    assert answer.status_code == 422
