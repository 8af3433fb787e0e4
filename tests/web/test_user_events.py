"""All jobs of an account over one stream of server-sent events."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from rushes.actions.cancel import cancel
from rushes.db.pool import Database
from rushes.domain.positions import Position, Snapshot
from rushes.web.services import Services
from tests.factories import INSERT_JOB, claim_one, fetch_value
from tests.web.following import Sent, following, until
from tests.web.people import API, Person, make_person, make_queued_job
from tests.web.site import served
from tests.web.test_job_events import HANG_UP, say

EVENTS = f"{API}/events"
INSERT_EVENTS = """
    INSERT INTO job_events (job_id, user_id, type, data)
    SELECT $1, $2, 'test', jsonb_build_object('number', n) FROM generate_series(1, $3::integer) n
"""


@pytest.fixture
async def eve(services: Services, owner: Database) -> AsyncIterator[Person]:
    """Somebody who is signed in on a real server."""
    async with served(services) as address, httpx.AsyncClient(base_url=address) as client:
        yield await make_person(owner, client)


@asynccontextmanager
async def stream_of(person: Person, *, last: str | None = None) -> AsyncIterator[AsyncIterator[Sent]]:
    headers = person.bearer | ({} if last is None else {"Last-Event-ID": last})
    async with following(person.client, EVENTS, headers) as events:
        yield events


async def add_job(tx: Any, person: Person) -> UUID:
    job_id = uuid4()
    await tx.execute(INSERT_JOB, job_id, person.viewer.user_id, "pending")
    return job_id


async def add_one(owner: Database, person: Person) -> UUID:
    async with owner.transaction() as tx:
        return await add_job(tx, person)


async def take(events: AsyncIterator[Sent], count: int) -> list[Sent]:
    return [await anext(events) for _ in range(count)]


def jobs_of(sent: list[Sent]) -> list[UUID]:
    return [UUID(event.data["job_id"]) for event in sent]


async def test_the_first_event_shows_what_is_active(eve: Person, owner: Database) -> None:
    active, ended = await make_queued_job(owner, eve), await make_queued_job(owner, eve)
    await cancel(owner, eve.viewer, job_id=ended.id)

    async with stream_of(eve) as events:
        first = await anext(events)

    assert first.name == "snapshot"
    assert (first.data["active_count"], first.data["reset"]) == (1, False)
    assert [(job["id"], job["status"]) for job in first.data["jobs"]] == [(str(active.id), "queued")]


async def test_changes_of_every_job_follow(eve: Person, owner: Database, work: Database) -> None:
    async with stream_of(eve) as events:
        await anext(events)
        job = await make_queued_job(owner, eve)
        queued = await until(events, "job.queued")
        attempt = await claim_one(work)
        await until(events, "job.processing")
        await say(work, attempt, 40, "Warping")
        progress = await until(events, "progress")
        await cancel(owner, eve.viewer, job_id=(await make_queued_job(owner, eve)).id)
        other = await until(events, "job.cancelled")

    assert queued.data["job_id"] == progress.data["job_id"] == str(job.id)
    assert (progress.id, progress.data["progress"]) == (None, 40)
    assert other.data["job_id"] != str(job.id)


async def test_nobody_hears_of_anothers_jobs(eve: Person, owner: Database) -> None:
    bob = await make_person(owner, eve.client)

    async with stream_of(eve) as hers, stream_of(bob) as his:
        await anext(hers)
        await anext(his)
        her_job = await add_one(owner, eve)
        his_job = await add_one(owner, bob)
        heard = await anext(hers), await anext(his)

    assert jobs_of(list(heard)) == [her_job, his_job]


async def test_anothers_position_opens_nothing_of_his(eve: Person, owner: Database) -> None:
    bob = await make_person(owner, eve.client)
    async with stream_of(bob) as his:
        last = (await anext(his)).id
    await add_one(owner, bob)
    mine = await add_one(owner, eve)

    async with stream_of(eve, last=last) as hers:
        _, heard = await take(hers, 2)

    assert jobs_of([heard]) == [mine]


async def test_an_event_that_commits_late_is_heard_late(eve: Person, owner: Database) -> None:
    async with stream_of(eve) as events:
        await anext(events)
        async with owner.transaction() as slow:
            late = await add_job(slow, eve)
            early = await add_one(owner, eve)
            first = await anext(events)
        second = await anext(events)

    assert jobs_of([first, second]) == [early, late]


async def test_resuming_after_an_early_event_tells_the_late_one_alone(eve: Person, owner: Database) -> None:
    async with owner.transaction() as slow, stream_of(eve) as events:
        await anext(events)
        late = await add_job(slow, eve)
        await add_one(owner, eve)
        early = await anext(events)
    after = await add_one(owner, eve)

    async with stream_of(eve, last=early.id) as events:
        _, *heard = await take(events, 3)

    assert jobs_of(heard) == [late, after]


@pytest.mark.parametrize("seen", [1, 2, 3, 4, 5])
async def test_resuming_within_one_transaction_has_no_gap_and_no_repeat(
    eve: Person, owner: Database, seen: int
) -> None:
    job_id = await add_one(owner, eve)
    async with stream_of(eve) as events:
        await anext(events)
        async with owner.transaction() as slow:
            await add_job(slow, eve)
            async with owner.transaction() as tx:
                await tx.execute(INSERT_EVENTS, job_id, eve.viewer.user_id, 5)
                await tx.execute("SELECT pg_notify('rushes_jobs', $1)", f"{job_id} {eve.viewer.user_id}")
            *_, last = await take(events, seen)

    async with stream_of(eve, last=last.id) as events:
        _, *rest = await take(events, 1 + 5 - seen + 1)
        await add_one(owner, eve)
        end = await anext(events)

    assert [event.data.get("number") for event in rest if event.name == "test"] == list(range(seen + 1, 6))
    assert [event.name for event in (*rest, end) if event.name != "test"] == ["job.pending"] * 2


async def test_every_event_has_a_place_to_resume_from(eve: Person, owner: Database) -> None:
    async with stream_of(eve) as events:
        snapshot = await anext(events)
        job_ids = [await add_one(owner, eve) for _ in range(4)]
        whole = await take(events, 4)
    places = [snapshot.id, *(event.id for event in whole)]

    rests: list[list[UUID]] = []
    for place in places[:-1]:
        async with stream_of(eve, last=place) as events:
            _, *rest = await take(events, 1 + 4 - places.index(place))
        rests.append(jobs_of(rest))

    assert rests == [job_ids[at:] for at in range(4)]


async def test_the_query_names_the_last_event_too(eve: Person, owner: Database) -> None:
    async with stream_of(eve) as events:
        last = (await anext(events)).id
    job_id = await add_one(owner, eve)

    async with following(
        eve.client, f"{EVENTS}?{httpx.QueryParams(last_event_id=last)}", eve.bearer
    ) as events:
        _, heard = await take(events, 2)

    assert jobs_of([heard]) == [job_id]


async def test_a_restarted_server_goes_on_where_the_other_ended(services: Services, owner: Database) -> None:
    async with served(services) as address, httpx.AsyncClient(base_url=address) as client:
        eve = await make_person(owner, client)
        async with stream_of(eve) as events:
            await anext(events)
            await add_one(owner, eve)
            last = (await anext(events)).id
            services.stopping.set()
            assert [event async for event in events] == []
    missed = await add_one(owner, eve)

    again = replace(services, stopping=asyncio.Event())
    async with (
        served(again) as address,
        httpx.AsyncClient(base_url=address) as client,
        stream_of(replace(eve, client=client), last=last) as events,
    ):
        _, heard = await take(events, 2)

    assert jobs_of([heard]) == [missed]


async def test_events_are_heard_after_the_ear_was_cut_off(eve: Person, owner: Database) -> None:
    async with stream_of(eve) as events:
        await anext(events)
        assert await fetch_value(owner, HANG_UP) == 1
        job_id = await add_one(owner, eve)
        heard = await anext(events)

    assert jobs_of([heard]) == [job_id]


@pytest.mark.parametrize(
    "position",
    [
        Position(
            taken_at=datetime.now(UTC) - timedelta(days=7), seen=Snapshot(start=3, end=3, running=frozenset())
        ),
        Position(taken_at=datetime.now(UTC), seen=Snapshot(start=2**60, end=2**60, running=frozenset())),
    ],
    ids=["older than what is kept", "of another database"],
)
async def test_who_cannot_resume_begins_anew(eve: Person, owner: Database, position: Position) -> None:
    await make_queued_job(owner, eve)

    async with stream_of(eve, last=str(position)) as events:
        first = await anext(events)
        job_id = await add_one(owner, eve)
        second = await anext(events)

    assert (first.data["reset"], first.data["active_count"]) == (True, 1)
    assert first.id is not None
    assert jobs_of([second]) == [job_id]


@pytest.mark.parametrize("last", ["7", "x", "1~2:1:", "1~1:2:3", "1~0:0:", f"1~{2**63}:{2**63}:", "9" * 4001])
async def test_a_position_that_cannot_be_is_refused(ada: Person, last: str) -> None:
    answer = await ada.client.get(EVENTS, headers=ada.bearer | {"Last-Event-ID": last})

    assert answer.status_code == 422


async def test_an_account_has_only_so_many_streams(services: Services, owner: Database) -> None:
    few = replace(services, streams_per_user=2)
    async with (
        served(few) as address,
        httpx.AsyncClient(base_url=address) as client,
        AsyncExitStack() as open_,
    ):
        eve, bob = await make_person(owner, client), await make_person(owner, client)
        for _ in range(2):
            await anext(await open_.enter_async_context(stream_of(eve)))
        refused = await eve.get("/events")
        async with stream_of(bob) as his:
            first = await anext(his)

    assert (refused.status_code, refused.json()["code"]) == (429, "limited")
    assert int(refused.headers["retry-after"]) > 0
    assert first.name == "snapshot"


async def test_a_closed_stream_makes_room(services: Services, owner: Database) -> None:
    few = replace(services, streams_per_user=1)
    async with served(few) as address, httpx.AsyncClient(base_url=address) as client:
        eve = await make_person(owner, client)
        async with stream_of(eve) as events:
            await anext(events)
        while (answer := await _status(eve)) == 429:
            pass

    assert answer == 200


async def _status(person: Person) -> int:
    async with person.client.stream("GET", EVENTS, headers=person.bearer) as answer:
        return answer.status_code
