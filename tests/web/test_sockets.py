"""The events of jobs over a WebSocket."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from rushes.actions.cancel import cancel
from rushes.db.pool import Database
from rushes.domain.accounts import Role, Viewer
from rushes.domain.ids import UserId
from rushes.domain.jobs import Job
from rushes.web.credentials import COOKIE
from rushes.web.services import Services
from tests.factories import claim_one, complete, fetch_value, make_output
from tests.web.following import following
from tests.web.people import API, Person, make_person, make_queued_job
from tests.web.site import served
from tests.web.test_job_events import say
from tests.web.test_user_events import add_one, stream_of

EARS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE application_name = 'rushes_listen' AND datname = current_database()
"""
NOBODYS = UUID(int=1)
NOBODY = Viewer(user_id=UserId(NOBODYS), role=Role.USER, session_id=None)


@pytest.fixture
async def eve(services: Services, owner: Database) -> AsyncIterator[Person]:
    """Somebody who is signed in on a real server."""
    async with served(services) as address, httpx.AsyncClient(base_url=address) as client:
        yield await make_person(owner, client)


@asynccontextmanager
async def socket_of(
    person: Person, headers: dict[str, str], **options: Any
) -> AsyncIterator[ClientConnection]:
    """An open WebSocket to the person's server."""
    address = f"ws://{person.client.base_url.host}:{person.client.base_url.port}{API}/ws"
    async with connect(address, additional_headers=headers, proxy=None, **options) as socket:
        yield socket


async def tell(socket: ClientConnection, **message: Any) -> None:
    await socket.send(json.dumps(message))


async def hear(socket: ClientConnection) -> dict[str, Any]:
    return json.loads(await socket.recv())


async def closing(socket: ClientConnection) -> int | None:
    """The code that the server closes with; what it says before is passed over."""
    async for _ in _until_closed(socket):
        pass
    return socket.close_code


async def _until_closed(socket: ClientConnection) -> AsyncIterator[str | bytes]:
    with suppress(ConnectionClosed):
        while True:
            yield await socket.recv()


async def open_every_way(
    open_: AsyncExitStack, person: Person, job: Job
) -> list[Callable[[], Awaitable[str]]]:
    """Follow a job by a stream, and all by a stream and a socket; return what hears the next of each."""
    of_job = await open_.enter_async_context(
        following(person.client, f"{API}/jobs/{job.id}/events", person.bearer)
    )
    of_all = await open_.enter_async_context(stream_of(person))
    socket = await open_.enter_async_context(socket_of(person, person.bearer))
    await tell(socket, subscribe="all")
    await hear(socket)

    async def next_of_job() -> str:
        return (await anext(of_job)).name

    async def next_of_all() -> str:
        return (await anext(of_all)).name

    async def next_of_socket() -> str:
        return (await hear(socket))["type"]

    return [next_of_job, next_of_all, next_of_socket]


async def ping_until_closed(socket: ClientConnection) -> None:
    with suppress(ConnectionClosed):
        while True:
            await tell(socket, ping=True)
            await hear(socket)


async def test_one_job_is_followed_to_its_end(eve: Person, owner: Database, work: Database) -> None:
    job = await make_queued_job(owner, eve)

    async with socket_of(eve, eve.bearer) as socket:
        await tell(socket, subscribe=str(job.id))
        subscribed, snapshot = await hear(socket), await hear(socket)
        attempt = await claim_one(work)
        started = await hear(socket)
        await say(work, attempt, 40, "Warping")
        progress = await hear(socket)
        await complete(work, attempt, make_output(), log="")
        ended = await hear(socket)
        code = await closing(socket)

    assert subscribed == {"type": "subscribed", "data": {"job_id": str(job.id)}}
    assert (snapshot["type"], snapshot["data"]["status"]) == ("snapshot", "queued")
    assert [one["type"] for one in (started, progress, ended)] == [
        "job.processing",
        "progress",
        "job.completed",
    ]
    assert int(snapshot["id"]) < int(started["id"]) < int(ended["id"])
    assert "id" not in progress
    assert code == 1000


async def test_all_jobs_are_followed_and_resumed(eve: Person, owner: Database) -> None:
    async with socket_of(eve, eve.bearer) as socket:
        await tell(socket, subscribe="all")
        await hear(socket)
        await hear(socket)
        first = await add_one(owner, eve)
        heard = await hear(socket)
    missed = await add_one(owner, eve)

    async with socket_of(eve, eve.bearer) as socket:
        await tell(socket, subscribe="all", last_event_id=heard["id"])
        _, snapshot, resumed = [await hear(socket) for _ in range(3)]

    assert heard["data"]["job_id"] == str(first)
    assert snapshot["data"]["active_count"] == 2
    assert resumed["data"]["job_id"] == str(missed)


async def test_the_first_message_may_say_who_it_is(eve: Person) -> None:
    async with socket_of(eve, {}) as socket:
        await tell(socket, token=eve.token)
        await tell(socket, subscribe="all")
        subscribed = await hear(socket)

    assert subscribed["type"] == "subscribed"


async def test_a_page_of_the_site_is_known_by_its_cookie(eve: Person) -> None:
    origin = f"http://{eve.client.base_url.netloc.decode()}"

    async with socket_of(eve, {"Cookie": f"{COOKIE}={eve.token}", "Origin": origin}) as socket:
        await tell(socket, subscribe="all")
        subscribed = await hear(socket)

    assert subscribed["type"] == "subscribed"


@pytest.mark.parametrize("origin", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {}])
async def test_a_page_of_somebody_else_is_not_let_in(eve: Person, origin: dict[str, str]) -> None:
    with pytest.raises(InvalidStatus) as refusal:
        async with socket_of(eve, {"Cookie": f"{COOKIE}={eve.token}"} | origin):
            pass

    assert refusal.value.response.status_code == 403


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("nonsense", 4400),
        ("[]", 4400),
        ("{}", 4400),
        ('{"subscribe": "some"}', 4400),
        ('{"subscribe": "all", "ping": 1}', 4400),
        ('{"subscribe": "all", "last_event_id": "7"}', 4400),
        (f'{{"subscribe": "{NOBODYS}", "last_event_id": "{2**63}"}}', 4400),
        (f'{{"subscribe": "{NOBODYS}", "last_event_id": "\\u0660"}}', 4400),
        ('{"subscribe": "all", "last_event_id": "\\ud800"}', 4400),
        (b"\x00\xff", 4400),
        ('{"token": "rsk_again"}', 4400),
        (f'{{"ping": {2**64}}}', 4400),
        (f'{{"subscribe": "{NOBODYS}"}}', 4404),
    ],
)
async def test_what_cannot_be_answered_closes_the_socket(
    eve: Person, message: str | bytes, code: int
) -> None:
    async with socket_of(eve, eve.bearer) as socket:
        await socket.send(message)
        closed = await closing(socket)

    assert closed == code


@pytest.mark.parametrize("message", ['{"token": "rsk_wrong"}', '{"token": "x.y.z"}', '{"subscribe": "all"}'])
async def test_who_is_nobody_hears_nothing(eve: Person, message: str) -> None:
    async with socket_of(eve, {}) as socket:
        await socket.send(message)
        closed = await closing(socket)

    assert closed == 4401


@pytest.mark.parametrize("header", ["Bearer x", "Basic x", "Bearer rsk_x"])
async def test_a_wrong_header_closes_the_socket(eve: Person, header: str) -> None:
    async with socket_of(eve, {"Authorization": header}) as socket:
        closed = await closing(socket)

    assert closed == 4401


async def test_anothers_job_is_missing(eve: Person, owner: Database) -> None:
    bob = await make_person(owner, eve.client)
    job = await make_queued_job(owner, bob)

    async with socket_of(eve, eve.bearer) as socket:
        await tell(socket, subscribe=str(job.id))
        closed = await closing(socket)

    assert closed == 4404


async def test_a_ping_is_answered(eve: Person) -> None:
    async with socket_of(eve, eve.bearer) as socket:
        await tell(socket, ping=7)
        pong = await hear(socket)

    assert pong == {"type": "pong", "data": 7}


async def test_who_only_pings_is_not_waited_for(services: Services) -> None:
    hurried = replace(services, socket_patience=timedelta(seconds=0.5))
    async with served(hurried) as address, httpx.AsyncClient(base_url=address) as client:
        eve = Person(viewer=NOBODY, token="", client=client)
        async with socket_of(eve, {}) as socket:
            await ping_until_closed(socket)

    assert socket.close_code == 4408


async def test_who_follows_may_be_silent(services: Services, owner: Database) -> None:
    hurried = replace(services, socket_patience=timedelta(seconds=2), keep_alive=timedelta(seconds=5))
    async with served(hurried) as address, httpx.AsyncClient(base_url=address) as client:
        eve = await make_person(owner, client)
        async with socket_of(eve, eve.bearer) as following, socket_of(eve, {}) as silent:
            await tell(following, subscribe="all")
            await hear(following)
            closed = await closing(silent)
            await hear(following)
            await tell(following, ping=1)
            pong = await hear(following)

    assert (closed, pong["type"]) == (4408, "pong")


async def test_a_new_subscription_takes_the_place_of_the_old(eve: Person, owner: Database) -> None:
    job = await make_queued_job(owner, eve)

    async with socket_of(eve, eve.bearer) as socket:
        await tell(socket, subscribe="all")
        await hear(socket)
        await hear(socket)
        await tell(socket, subscribe=str(job.id))
        await hear(socket)
        await hear(socket)
        await add_one(owner, eve)
        await tell(socket, ping=True)
        heard = await hear(socket)

    assert heard["type"] == "pong"


async def test_sockets_count_as_streams(services: Services, owner: Database) -> None:
    few = replace(services, streams_per_user=1)
    async with served(few) as address, httpx.AsyncClient(base_url=address) as client:
        eve = await make_person(owner, client)
        async with socket_of(eve, eve.bearer) as first, socket_of(eve, eve.bearer) as second:
            await tell(first, subscribe="all")
            await hear(first)
            await tell(second, subscribe="all")
            closed = await closing(second)

    assert closed == 4429


async def test_a_revoked_session_closes_its_sockets(eve: Person) -> None:
    async with socket_of(eve, eve.bearer) as socket:
        await tell(socket, subscribe="all")
        await hear(socket)
        await eve.post("/auth/logout")
        closed = await closing(socket)

    assert closed == 4401


async def test_stopping_the_server_closes_its_sockets(services: Services, eve: Person) -> None:
    async with socket_of(eve, eve.bearer) as socket:
        await tell(socket, subscribe="all")
        await hear(socket)
        services.stopping.set()
        closed = await closing(socket)

    assert closed in {1001, 1012}


async def test_all_streams_and_sockets_of_a_process_share_one_ear(eve: Person, owner: Database) -> None:
    bob = await make_person(owner, eve.client)
    hers, his = await make_queued_job(owner, eve), await make_queued_job(owner, bob)

    async with AsyncExitStack() as open_:
        ways = await open_every_way(open_, eve, hers) + await open_every_way(open_, bob, his)
        first = [await way() for way in ways]
        await cancel(owner, eve.viewer, job_id=hers.id)
        await cancel(owner, bob.viewer, job_id=his.id)
        second = [await way() for way in ways]
        ears = await fetch_value(owner, EARS)

    assert (first, second) == (["snapshot"] * 6, ["job.cancelled"] * 6)
    assert ears == 1
