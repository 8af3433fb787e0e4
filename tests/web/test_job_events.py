from collections.abc import AsyncIterator

import httpx
import pytest

from rushes.actions.cancel import cancel
from rushes.db import queue
from rushes.db.pool import Database
from rushes.domain.jobs import Attempt
from rushes.web.services import Services
from tests.factories import claim_one, complete, fetch_value, make_output
from tests.web.following import all_of, following, until
from tests.web.people import API, Person, make_person, make_queued_job
from tests.web.site import served

HISTORY = ["job.queued", "job.processing", "job.completed"]

HANG_UP = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE application_name = 'rushes_listen' AND datname = current_database()
"""


@pytest.fixture
async def eve(services: Services, owner: Database) -> AsyncIterator[Person]:
    """Somebody who is signed in on a real server."""
    async with served(services) as address, httpx.AsyncClient(base_url=address) as client:
        yield await make_person(owner, client)


async def say(work: Database, attempt: Attempt, percent: int, text: str) -> None:
    said = queue.Said(
        job_id=attempt.job.id, lease=attempt.lease, progress=percent, text=text, eta_seconds=90.0
    )
    async with work.transaction() as tx:
        await queue.save_progress(tx, said=[said])


async def test_the_first_event_is_the_job(eve: Person, owner: Database) -> None:
    job = await make_queued_job(owner, eve)

    async with following(eve.client, f"{API}/jobs/{job.id}/events", eve.bearer) as events:
        first = await anext(events)

    shown = (await eve.get(f"/jobs/{job.id}")).json()
    last_id = await fetch_value(owner, "SELECT max(id) FROM job_events WHERE job_id = $1", job.id)
    assert (first.name, first.id) == ("snapshot", str(last_id))
    assert shown == shown | first.data


async def test_every_change_follows_to_the_end(eve: Person, owner: Database, work: Database) -> None:
    job = await make_queued_job(owner, eve)

    async with following(eve.client, f"{API}/jobs/{job.id}/events", eve.bearer) as events:
        snapshot = await anext(events)
        attempt = await claim_one(work)
        started = await until(events, "job.processing")
        await complete(work, attempt, make_output(), log="")
        rest = await all_of(events)

    assert [event.name for event in rest] == ["job.completed"]
    assert int(snapshot.id or 0) < int(started.id or 0) < int(rest[0].id or 0)
    assert started.data["attempt"] == 1


async def test_progress_comes_without_an_id(eve: Person, owner: Database, work: Database) -> None:
    job = await make_queued_job(owner, eve)
    attempt = await claim_one(work)

    async with following(eve.client, f"{API}/jobs/{job.id}/events", eve.bearer) as events:
        await anext(events)
        await say(work, attempt, 40, "Warping")
        progress = await until(events, "progress")

    assert progress.id is None
    assert progress.data == {
        "job_id": str(job.id),
        "progress": 40,
        "progress_text": "Warping",
        "estimated_time_remaining": "1m 30s",
    }


async def test_an_ended_job_is_said_and_the_stream_closed(
    eve: Person, owner: Database, work: Database
) -> None:
    job = await make_queued_job(owner, eve)
    await complete(work, await claim_one(work), make_output(), log="")

    async with following(eve.client, f"{API}/jobs/{job.id}/events", eve.bearer) as events:
        sent = await all_of(events)

    assert [(event.name, event.data["status"]) for event in sent] == [("snapshot", "completed")]


@pytest.mark.parametrize("seen", range(len(HISTORY) + 1))
@pytest.mark.parametrize("way", ["header", "query"])
async def test_resuming_has_no_gap_and_no_repeat(
    eve: Person, owner: Database, work: Database, seen: int, way: str
) -> None:
    job = await make_queued_job(owner, eve)
    await complete(work, await claim_one(work), make_output(), log="")
    first_id = await fetch_value(owner, "SELECT min(id) FROM job_events WHERE job_id = $1", job.id)
    last_seen = str(first_id - 1 + seen)
    header, query = {
        "header": ({"Last-Event-ID": last_seen}, ""),
        "query": ({}, f"?last_event_id={last_seen}"),
    }[way]

    async with following(eve.client, f"{API}/jobs/{job.id}/events{query}", eve.bearer | header) as events:
        snapshot, *lines = await all_of(events)

    assert (snapshot.name, snapshot.id) == ("snapshot", None)
    assert [line.name for line in lines] == HISTORY[seen:]
    assert [line.id for line in lines] == [str(first_id + at) for at in range(seen, len(HISTORY))]


async def test_an_id_from_the_future_misses_nothing(eve: Person, owner: Database) -> None:
    job = await make_queued_job(owner, eve)

    async with following(
        eve.client, f"{API}/jobs/{job.id}/events?last_event_id={2**62}", eve.bearer
    ) as events:
        await anext(events)
        await cancel(owner, eve.viewer, job_id=job.id)
        rest = await all_of(events)

    assert [event.name for event in rest] == ["job.cancelled"]


async def test_the_end_is_heard_after_the_ear_was_cut_off(eve: Person, owner: Database) -> None:
    job = await make_queued_job(owner, eve)

    async with following(eve.client, f"{API}/jobs/{job.id}/events", eve.bearer) as events:
        await anext(events)
        assert await fetch_value(owner, HANG_UP) == 1
        await cancel(owner, eve.viewer, job_id=job.id)
        rest = await all_of(events)

    assert [event.name for event in rest] == ["job.cancelled"]


async def test_a_revoked_session_hears_no_more(eve: Person, owner: Database) -> None:
    job = await make_queued_job(owner, eve)

    async with following(eve.client, f"{API}/jobs/{job.id}/events", eve.bearer) as events:
        await anext(events)
        await eve.post("/auth/logout")
        await cancel(owner, eve.viewer, job_id=job.id)
        rest = await all_of(events)

    assert rest == []


async def test_stopping_the_server_ends_its_streams(services: Services, eve: Person, owner: Database) -> None:
    job = await make_queued_job(owner, eve)

    async with following(eve.client, f"{API}/jobs/{job.id}/events", eve.bearer) as events:
        await anext(events)
        services.stopping.set()
        rest = await all_of(events)

    assert rest == []


@pytest.mark.parametrize("seen", ["-1", "x", str(2**63)])
async def test_an_event_that_cannot_be_is_refused(ada: Person, owner: Database, seen: str) -> None:
    job = await make_queued_job(owner, ada)

    answer = await ada.get(f"/jobs/{job.id}/events", last_event_id=seen)

    assert answer.status_code == 422


async def test_who_asks_for_what_was_pruned_begins_anew(eve: Person, owner: Database, work: Database) -> None:
    job = await make_queued_job(owner, eve)
    await claim_one(work)
    first_id = await fetch_value(
        owner,
        "DELETE FROM job_events WHERE id = (SELECT min(id) FROM job_events WHERE job_id = $1) RETURNING id",
        job.id,
    )

    async with following(
        eve.client, f"{API}/jobs/{job.id}/events?last_event_id={first_id}", eve.bearer
    ) as events:
        snapshot = await anext(events)

    last_id = await fetch_value(owner, "SELECT max(id) FROM job_events WHERE job_id = $1", job.id)
    assert snapshot.data["reset"] is True
    assert snapshot.id == str(last_id)
