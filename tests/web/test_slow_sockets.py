"""A WebSocket whose client stops reading is closed, and loses nothing by that."""

import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from rushes.db.pool import Database
from rushes.web.services import Services
from tests.web.people import Person, make_person, make_queued_job
from tests.web.site import served
from tests.web.test_live_access import BIG_EVENTS, owner_writes
from tests.web.test_sockets import hear, socket_of, tell
from tests.web.test_user_events import stream_of

CUT_OFF = 1006
TOO_SLOW = 1013


@pytest.fixture
async def eve(services: Services, owner: Database) -> AsyncIterator[Person]:
    """Somebody who is signed in on a real server."""
    async with served(services) as address, httpx.AsyncClient(base_url=address, timeout=60) as client:
        yield await make_person(owner, client)


@asynccontextmanager
async def deaf_socket(person: Person) -> AsyncIterator[ClientConnection]:
    """A socket with little room, whose client takes no more from the network than it is asked for."""
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect((person.client.base_url.host, person.client.base_url.port))
        connection.setblocking(False)
        async with socket_of(
            person, person.bearer, sock=connection, max_queue=1, compression=None, ping_interval=None
        ) as deaf:
            yield deaf


async def read_all(deaf: ClientConnection) -> list[dict[str, Any]]:
    """Every message until the server closes."""
    heard: list[dict[str, Any]] = []
    with suppress(ConnectionClosed):
        while True:
            heard.append(json.loads(await deaf.recv()))
    return heard


async def test_a_client_that_stops_reading_is_closed_and_resumes(eve: Person, owner: Database) -> None:
    job = await make_queued_job(owner, eve)

    async with deaf_socket(eve) as deaf, stream_of(eve) as beside:
        await tell(deaf, subscribe="all")
        subscribed, snapshot = await hear(deaf), await hear(deaf)
        await anext(beside)
        for _ in range(4):
            await owner_writes(owner, BIG_EVENTS, str(job.id), str(eve.viewer.user_id), 250)
            # Who reads has heard it: then the other was sent it too, as far as there was room.
            assert [(await anext(beside)).data["number"] for _ in range(250)] == list(range(1, 251))
        first = await read_all(deaf)
    async with socket_of(eve, eve.bearer) as again:
        await tell(again, subscribe="all", last_event_id=(first or [snapshot])[-1]["id"])
        await hear(again)
        await hear(again)
        rest = [await hear(again) for _ in range(1000 - len(first))]

    assert (subscribed["type"], snapshot["type"]) == ("subscribed", "snapshot")
    assert deaf.close_code in {TOO_SLOW, CUT_OFF}
    assert 0 < len(first) < 1000
    assert [message["data"]["number"] for message in first + rest] == list(range(1, 251)) * 4
