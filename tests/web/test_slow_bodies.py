"""Clients that begin a body and do not go on with it, on real sockets."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from rushes.db.pool import Database
from rushes.web.services import Services
from tests.factories import fetch_value
from tests.web.people import API, make_person, make_queued_job
from tests.web.site import served
from tests.web.uploads import PNG, stored

PATIENCE = timedelta(milliseconds=200)
UPLOAD = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n' + PNG + bytes(8000)


@pytest.fixture
def hasty(services: Services) -> Services:
    """The services of a server that waits for bodies only shortly, and says often that a stream lives."""
    return replace(services, body_patience=PATIENCE, keep_alive=PATIENCE)


async def answer_to_a_part(address: str, path: str, *, token: str, kind: str, part: bytes) -> str:
    """All that the server says to a body that was announced and begun, until it closes the connection."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: rushes.test\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: {kind}\r\nContent-Length: 40000\r\n\r\n"
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(address).port)
    writer.write(head.encode() + part)
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer.decode()


async def comments_of(answer: httpx.Response, count: int) -> list[str]:
    """The first comments of a stream: the server sends one for each time that it is patient with bodies."""
    comments: list[str] = []
    async for line in answer.aiter_lines():
        comments += [line[:1]] if line.startswith(":") else []
        if len(comments) == count:
            break
    return comments


@pytest.mark.parametrize(
    ("path", "code"),
    [(f"{API}/projects", '"code":"body_timeout"'), ("/v1/images/generations", "body_timeout")],
)
async def test_a_document_that_stops_is_given_up(
    hasty: Services, owner: Database, path: str, code: str
) -> None:
    async with asyncio.timeout(30), served(hasty) as address, httpx.AsyncClient() as client:
        ada = await make_person(owner, client)
        answer = await answer_to_a_part(
            address, path, token=ada.token, kind="application/json", part=b'{"name": "'
        )

    head, _, body = answer.partition("\r\n\r\n")
    assert head.startswith("HTTP/1.1 408 ")
    assert "connection: close" in head.lower()
    assert code in body


async def test_an_upload_that_stops_is_given_up_and_leaves_nothing(
    hasty: Services, owner: Database, folder: Path
) -> None:
    async with asyncio.timeout(30), served(hasty) as address, httpx.AsyncClient() as client:
        ada = await make_person(owner, client)
        answer = await answer_to_a_part(
            address,
            f"{API}/assets?role=reference",
            token=ada.token,
            kind="multipart/form-data; boundary=b",
            part=UPLOAD,
        )

    assert answer.startswith("HTTP/1.1 408 ")
    assert stored(folder) == []
    assert await fetch_value(owner, "SELECT count(*) FROM assets") == 0


async def test_a_stream_goes_on_for_longer_than_a_body_may_pause(hasty: Services, owner: Database) -> None:
    async with asyncio.timeout(30), served(hasty) as address, httpx.AsyncClient(base_url=address) as client:
        ada = await make_person(owner, client)
        job = await make_queued_job(owner, ada)
        async with client.stream("GET", f"{API}/jobs/{job.id}/events", headers=ada.bearer) as answer:
            comments = await comments_of(answer, 3)

    assert comments == [":"] * 3
