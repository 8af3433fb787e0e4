"""Open streams end when their credential does, when their client is too slow, and when the server stops."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from rushes.db.pool import Database
from rushes.web.services import Services
from tests.factories import fetch_value
from tests.web.following import all_of, following
from tests.web.people import API, Person, make_person, make_queued_job
from tests.web.site import served
from tests.web.test_user_events import add_one, stream_of

EVENTS = f"{API}/events"
BIG_EVENTS = """
    WITH written AS (
        INSERT INTO job_events (job_id, user_id, type, data)
        SELECT $1, $2, 'test', jsonb_build_object('number', n, 'text', repeat('x', 5000))
        FROM generate_series(1, $3::integer) n
        RETURNING id
    )
    SELECT count(*), pg_notify('rushes_jobs', $1 || ' ' || $2) FROM written
"""
EXPIRE = "UPDATE sessions SET expires_at = now() WHERE user_id = $1 RETURNING true"
DISABLE = "UPDATE users SET disabled_at = now() WHERE id = $1 RETURNING true"


@pytest.fixture
async def eve(services: Services, owner: Database) -> AsyncIterator[Person]:
    """Somebody who is signed in on a real server."""
    async with served(services) as address, httpx.AsyncClient(base_url=address, timeout=60) as client:
        yield await make_person(owner, client)


@asynccontextmanager
async def deaf(person: Person, path: str) -> AsyncIterator[socket.socket]:
    """A client that asks for a stream and reads only its beginning."""
    loop = asyncio.get_running_loop()
    base = person.client.base_url
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.setblocking(False)
        await loop.sock_connect(connection, (base.host, base.port))
        head = f"GET {path} HTTP/1.1\r\nHost: {base.host}\r\nAuthorization: Bearer {person.token}\r\n\r\n"
        await loop.sock_sendall(connection, head.encode())
        read = b""
        while b"event: snapshot" not in read:
            read += await loop.sock_recv(connection, 4096)
        yield connection


async def read_all(connection: socket.socket) -> bytes:
    loop, read = asyncio.get_running_loop(), bytearray()
    async with asyncio.timeout(30):
        while chunk := await loop.sock_recv(connection, 65536):
            read += chunk
    return bytes(read)


def numbers_in(raw: bytes) -> list[tuple[str, int]]:
    """The ids and numbers of the events that came whole, in a chunked body."""
    body, rest = b"", raw
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        if not size:
            continue
        body, rest = body + rest[: int(size, 16)], rest[int(size, 16) + 2 :]
    events = [
        dict(line.split(": ", 1) for line in one.splitlines()) for one in body.decode().split("\n\n")[:-1]
    ]
    return [(one["id"], json.loads(one["data"])["number"]) for one in events if one.get("event") == "test"]


@pytest.mark.parametrize("path", ["/events", "/jobs/{}/events"])
async def test_a_revoked_key_ends_its_streams(eve: Person, owner: Database, path: str) -> None:
    job = await make_queued_job(owner, eve)
    key = (await eve.post("/api-keys", {"name": "ci"})).json()
    bearer = {"Authorization": f"Bearer {key['key']}"}

    async with following(eve.client, API + path.format(job.id), bearer) as events:
        await anext(events)
        await eve.delete(f"/api-keys/{key['id']}")
        rest = await all_of(events)

    assert rest == []


async def test_a_disabled_account_hears_no_more(eve: Person, owner: Database) -> None:
    async with stream_of(eve) as events:
        await anext(events)
        await fetch_value(owner, DISABLE, eve.viewer.user_id)
        await add_one(owner, eve)
        rest = await all_of(events)

    assert rest == []


async def test_other_streams_of_the_account_go_on(eve: Person, owner: Database) -> None:
    key = (await eve.post("/api-keys", {"name": "ci"})).json()

    async with stream_of(eve) as events:
        await anext(events)
        await eve.delete(f"/api-keys/{key['id']}")
        job_id = await add_one(owner, eve)
        heard = await anext(events)

    assert heard.data["job_id"] == str(job_id)


async def test_an_expired_session_is_noticed_when_the_stream_is_kept_alive(
    services: Services, owner: Database
) -> None:
    quick = replace(services, keep_alive=timedelta(seconds=0.3))
    async with served(quick) as address, httpx.AsyncClient(base_url=address, timeout=60) as client:
        eve = await make_person(owner, client)
        async with stream_of(eve) as events:
            await anext(events)
            await fetch_value(owner, EXPIRE, eve.viewer.user_id)
            rest = await all_of(events)

    assert rest == []


async def test_a_silent_stream_says_that_it_lives(services: Services, owner: Database) -> None:
    quick = replace(services, keep_alive=timedelta(seconds=0.3))
    async with served(quick) as address, httpx.AsyncClient(base_url=address, timeout=60) as client:
        eve = await make_person(owner, client)
        async with client.stream("GET", EVENTS, headers=eve.bearer) as answer:
            lines = answer.aiter_lines()
            comments = [line async for line in _first(lines, 2, ": keep-alive")]

    assert comments == [": keep-alive"] * 2
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-accel-buffering"] == "no"


async def test_a_client_too_slow_is_told_so_and_resumes(eve: Person, owner: Database) -> None:
    job = await make_queued_job(owner, eve)

    async with deaf(eve, EVENTS) as connection, stream_of(eve) as beside:
        # Who reads hears at once, whatever the slow one does.
        await anext(beside)
        for _ in range(4):
            await owner_writes(owner, BIG_EVENTS, str(job.id), str(eve.viewer.user_id), 250)
            heard = [(await anext(beside)).data["number"] for _ in range(250)]
            assert heard == list(range(1, 251))
        raw = await read_all(connection)
    first = numbers_in(raw)
    async with stream_of(eve, last=first[-1][0]) as events:
        await anext(events)
        rest = [(await anext(events)).data["number"] for _ in range(1000 - len(first))]

    assert b": too slow" in raw
    assert 0 < len(first) < 1000
    assert [number for _, number in first] + rest == list(range(1, 251)) * 4


async def test_stopping_the_server_ends_all_streams_within_two_seconds(
    services: Services, owner: Database
) -> None:
    async with served(services) as address, httpx.AsyncClient(base_url=address, timeout=60) as client:
        eve = await make_person(owner, client)
        async with deaf(eve, EVENTS), stream_of(eve) as events:
            await anext(events)
            services.stopping.set()
            async with asyncio.timeout(2):
                rest = await all_of(events)

    assert rest == []
    assert urlsplit(address).port


async def owner_writes(owner: Database, query: str, *args: Any) -> None:
    async with owner.transaction() as tx:
        await tx.fetch(query, *args)


async def _first(lines: AsyncIterator[str], count: int, wanted: str) -> AsyncIterator[str]:
    async for line in lines:
        if line == wanted:
            yield line
            count -= 1
        if not count:
            return
