"""Following jobs, while the server is well and while it is not."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import httpx
import pytest

from rushes.cli.web_server import address_of, open_listener, serve
from rushes.client import AsyncRushes, InvalidAnswer, JobEvent, Missing, NotSignedIn, Unreachable, WaitTimeout
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.jobs import Job, JobStatus
from rushes.web.app import create_app
from rushes.web.services import Services
from tests.client.conftest import QUICK
from tests.client.peer import answer, peer
from tests.factories import claim_one, complete, make_job, make_output


class Site:
    """A server that can be stopped and started again on the same port."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._port = 0
        self._task: asyncio.Task[None] | None = None
        self._running = services
        self.address = ""

    async def start(self) -> None:
        self._running = replace(self._services, stopping=asyncio.Event())
        listener = open_listener("127.0.0.1", self._port)
        self.address = address_of(listener)
        self._port = httpx.URL(self.address).port or 0
        ready = asyncio.Event()
        self._task = asyncio.create_task(
            serve(create_app(self._running), listener, stop=self._running.stopping, on_ready=ready.set)
        )
        async with asyncio.timeout(30):
            await ready.wait()

    async def stop(self) -> None:
        self._running.stopping.set()
        if self._task is not None:
            await self._task
            self._task = None


@pytest.fixture
async def site(services: Services) -> AsyncIterator[Site]:
    """A running site."""
    site = Site(services)
    await site.start()
    yield site
    await site.stop()


async def read_document(rushes: AsyncRushes, job: Job) -> dict[str, Any]:
    """The job as the server shows it."""
    return (await rushes.job(job.id)).model_dump(mode="json")


def stream(*events: str) -> bytes:
    """An answer with some events, which then ends."""
    return answer("200 OK", "".join(events), content_type="text/event-stream")


def event(name: str, data: object, *, id_: int | None = None) -> str:
    """One event as it is sent."""
    return (f"id: {id_}\n" if id_ else "") + f"event: {name}\ndata: {json.dumps(data)}\n\n"


async def test_waiting_ends_with_the_job(
    rushes: AsyncRushes, owner: Database, work: Database, ada: Viewer
) -> None:
    job = await make_job(owner, ada)
    told: list[JobEvent] = []
    begun = asyncio.Event()

    def hear(event: JobEvent) -> None:
        told.append(event)
        begun.set()

    waiting = asyncio.create_task(rushes.wait(job.id, on_event=hear, timeout_seconds=60))
    await begun.wait()
    await complete(work, await claim_one(work), make_output(), log="")
    ended = await waiting

    assert (ended.status, ended.progress) == (JobStatus.COMPLETED, 100)
    assert [event.name for event in told if event.name != "progress"] == [
        "snapshot",
        "job.processing",
        "job.completed",
    ]
    assert told[-1].job.status is JobStatus.COMPLETED


async def test_waiting_for_an_ended_job_returns_at_once(
    rushes: AsyncRushes, owner: Database, ada: Viewer
) -> None:
    job = await make_job(owner, ada)
    await rushes.cancel(job.id)

    assert (await rushes.wait(job.id)).status is JobStatus.CANCELLED


async def test_waiting_that_takes_too_long_is_given_up(
    rushes: AsyncRushes, owner: Database, ada: Viewer
) -> None:
    job = await make_job(owner, ada)
    began = time.monotonic()

    with pytest.raises(WaitTimeout, match="queued"):
        await rushes.wait(job.id, timeout_seconds=0.5)

    assert 0.5 <= time.monotonic() - began < 15


async def test_what_was_missed_is_told_first(
    rushes: AsyncRushes, owner: Database, work: Database, ada: Viewer
) -> None:
    job = await make_job(owner, ada)
    async with aclosing(rushes.events(job.id)) as before:  # pyright: ignore[reportArgumentType] - a generator
        seen = (await anext(before)).id
    await complete(work, await claim_one(work), make_output(), log="")

    missed = [event.name async for event in rushes.events(job.id, last_event_id=seen)]

    assert missed == ["snapshot", "job.processing", "job.completed"]


async def test_following_goes_on_after_a_restart_of_the_server(
    site: Site, key: str, owner: Database, work: Database, ada: Viewer
) -> None:
    job = await make_job(owner, ada)
    told: list[JobEvent] = []
    begun = asyncio.Event()

    def hear(event: JobEvent) -> None:
        told.append(event)
        begun.set()

    async with AsyncRushes(site.address, api_key=key, patience=QUICK, trust_env=False) as rushes:
        waiting = asyncio.create_task(rushes.wait(job.id, on_event=hear, timeout_seconds=60))
        await begun.wait()
        await site.stop()
        await complete(work, await claim_one(work), make_output(), log="")
        await site.start()
        ended = await waiting

    assert ended.status is JobStatus.COMPLETED
    history = [event.name for event in told if event.name.startswith("job.")]
    assert history == ["job.processing", "job.completed"], "each once, and none is missing"


async def test_server_that_stays_away_is_given_up(site: Site, key: str, owner: Database, ada: Viewer) -> None:
    job = await make_job(owner, ada)
    patience = replace(QUICK, away_seconds=0.5)
    async with AsyncRushes(site.address, api_key=key, patience=patience, trust_env=False) as rushes:
        begun = asyncio.Event()
        waiting = asyncio.create_task(rushes.wait(job.id, on_event=lambda _: begun.set()))
        await begun.wait()
        await site.stop()

        with pytest.raises(Unreachable):
            await waiting


async def test_absent_job_cannot_be_followed(rushes: AsyncRushes, ada: Viewer) -> None:
    with pytest.raises(Missing):
        await rushes.wait(ada.user_id)


async def test_stranger_follows_nothing(address: str, owner: Database, ada: Viewer) -> None:
    job = await make_job(owner, ada)
    async with AsyncRushes(address, api_key="rsk_nobody", trust_env=False) as stranger:
        with pytest.raises(NotSignedIn):
            await stranger.wait(job.id)


async def test_reconnect_names_the_last_event(rushes: AsyncRushes, owner: Database, ada: Viewer) -> None:
    job = await make_job(owner, ada)
    document = await read_document(rushes, job)
    script = [
        stream(event("snapshot", document, id_=7), event("progress", {"progress": 40})),
        stream(event("snapshot", document), event("job.cancelled", {"status": "cancelled"}, id_=8)),
        answer("200 OK", json.dumps(document)),
    ]
    async with (
        peer(script) as fake,
        AsyncRushes(fake.address, api_key="k", patience=QUICK, trust_env=False) as other,
    ):
        told: list[JobEvent] = []
        await other.wait(job.id, on_event=told.append)

    assert [one.headers.get("last-event-id") for one in fake.heard] == [None, "7", None]
    assert [(one.id, one.job.progress) for one in told] == [("7", 0), ("7", 40), ("7", 0), ("8", 0)]


async def test_job_is_asked_for_where_streams_do_not_get_through(
    rushes: AsyncRushes, owner: Database, ada: Viewer
) -> None:
    job = await make_job(owner, ada)
    document = await read_document(rushes, job)
    script = [
        answer("200 OK", "<html>", content_type="text/html"),
        answer("200 OK", json.dumps(document)),
        answer("200 OK", json.dumps(document | {"status": "failed", "error_code": "timeout"})),
    ]
    async with (
        peer(script) as fake,
        AsyncRushes(fake.address, api_key="k", patience=QUICK, trust_env=False) as other,
    ):
        told: list[JobEvent] = []
        ended = await other.wait(job.id, on_event=told.append)

    assert ended.status is JobStatus.FAILED
    assert [one.job.status for one in told] == ["queued", "failed"]
    assert ["/events" in one.line for one in fake.heard] == [True, False, False, False]


async def test_streams_that_say_nothing_are_given_up_for_asking(
    rushes: AsyncRushes, owner: Database, ada: Viewer
) -> None:
    job = await make_job(owner, ada)
    document = await read_document(rushes, job) | {"status": "failed"}
    script = [stream(": held up\n\n")] * 3 + [answer("200 OK", json.dumps(document))]
    async with (
        peer(script) as fake,
        AsyncRushes(fake.address, api_key="k", patience=QUICK, trust_env=False) as other,
    ):
        ended = await other.wait(job.id)

    assert ended.status is JobStatus.FAILED
    assert ["/events" in one.line for one in fake.heard] == [True, True, True, False, False]


@pytest.mark.parametrize(
    "data", ["", "[]", "null", "{", '{"status": "lost"}', "{}", '{"progress": 4}', '"\\ud800"'], ids=repr
)
async def test_event_that_is_no_job_is_an_error_of_ours(data: str, ada: Viewer) -> None:
    script = [stream(f"event: snapshot\ndata: {data}\n\n")]
    async with (
        peer(script) as fake,
        AsyncRushes(fake.address, api_key="k", patience=QUICK, trust_env=False) as other,
    ):
        with pytest.raises(InvalidAnswer):
            await other.wait(ada.user_id)
