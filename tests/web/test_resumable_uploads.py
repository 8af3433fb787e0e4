import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI

from rushes.domain.media import Bucket
from rushes.storage.signing import signed_upload_path
from rushes.storage.store import Storage
from rushes.web.services import Services
from tests.factories import stream
from tests.web.people import SECRET, Person
from tests.web.raw import status_of
from tests.web.site import served
from tests.web.uploads import PNG, stored

KEY = "user/asset/upload"
SIZE = len(PNG)
SOON = timedelta(minutes=5)


@pytest.fixture
def database_url(shared_database_url: str) -> str:
    """One for all: what is sent to a signed address is taken without it."""
    return shared_database_url


def address(*, key: str = KEY, size: int = SIZE, lifetime: timedelta = SOON) -> str:
    expires_at = datetime.now(UTC) + lifetime
    return signed_upload_path(SECRET, bucket=Bucket.IMAGES, key=key, expires_at=expires_at, size=size)


async def send(client: httpx.AsyncClient, content: bytes, offset: int, **given: Any) -> httpx.Response:
    return await client.patch(address(**given), content=content, headers={"Upload-Offset": str(offset)})


async def test_file_is_sent_in_parts(client: httpx.AsyncClient, folder: Path) -> None:
    empty = await client.head(address())
    first = await send(client, PNG[:100], 0)
    told = await client.head(address())
    last = await send(client, PNG[100:], 100)

    assert (empty.status_code, empty.headers["upload-offset"]) == (200, "0")
    assert (first.status_code, first.headers["upload-offset"]) == (204, "100")
    assert (told.headers["upload-offset"], told.headers["upload-length"]) == ("100", str(SIZE))
    assert told.headers["cache-control"] == "no-store"
    assert (last.status_code, last.headers["upload-offset"]) == (204, str(SIZE))
    assert [path.read_bytes() for path in stored(folder)] == [PNG]


async def test_file_that_is_there_takes_nothing_more(client: httpx.AsyncClient, folder: Path) -> None:
    await send(client, PNG, 0)

    more = await send(client, b"!", SIZE)
    nothing = await send(client, b"", SIZE)

    assert (more.status_code, more.json()["code"]) == (413, "too_large")
    assert (nothing.status_code, nothing.headers["upload-offset"]) == (204, str(SIZE))
    assert [path.read_bytes() for path in stored(folder)] == [PNG]


@pytest.mark.parametrize("offset", [0, 99, 101, SIZE + 1])
async def test_part_for_another_place_is_a_conflict(
    client: httpx.AsyncClient, folder: Path, offset: int
) -> None:
    await send(client, PNG[:100], 0)

    answer = await send(client, b"!", offset)

    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert [path.read_bytes() for path in stored(folder)] == [PNG[:100]]


@pytest.mark.parametrize("headers", [{}, {"Upload-Offset": "x"}, {"Upload-Offset": "-1"}])
async def test_part_without_a_place_is_refused(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    answer = await client.patch(address(), content=b"!", headers=headers)

    assert answer.status_code == 422


async def test_file_is_sent_as_a_whole(client: httpx.AsyncClient, folder: Path) -> None:
    await send(client, PNG[:100], 0)

    answer = await client.put(address(), content=PNG)

    assert answer.status_code == 204
    assert [path.read_bytes() for path in stored(folder)] == [PNG]


@pytest.mark.parametrize(("content", "status"), [(PNG + b"!", 413), (PNG[:-1], 422), (b"", 422)])
async def test_file_of_another_size_leaves_nothing(
    client: httpx.AsyncClient, folder: Path, content: bytes, status: int
) -> None:
    answer = await client.put(address(), content=content)

    assert answer.status_code == status
    assert stored(folder) == []


@pytest.mark.parametrize("method", ["PUT", "PATCH", "HEAD"])
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/images/", "/outputs/"),
        ("/asset/", "/other/"),
        ("bytes=", "bytes=1"),
        ("expires=1", "expires=2"),
        ("signature=", "signature=0"),
        ("?", "?bytes=9&"),
        ("/upload?", "/x%2f%2e%2e/upload?"),
        ("/upload?", "/upload/?"),
    ],
)
async def test_changed_address_is_refused(
    client: httpx.AsyncClient, folder: Path, method: str, old: str, new: str
) -> None:
    changed = address().replace(old, new, 1)

    answer = await client.request(method, changed, content=PNG, headers={"Upload-Offset": "0"})

    assert answer.status_code == 403
    assert stored(folder) == []


@pytest.mark.parametrize("key", ["../secret", "a/./b", "a\0b"])
async def test_no_place_outside_the_bucket_can_be_sent_to(app: FastAPI, folder: Path, key: str) -> None:
    assert await status_of(app, "PUT", address(key=key), body=PNG) == 404
    assert stored(folder) == []


async def test_old_address_is_gone(client: httpx.AsyncClient) -> None:
    answer = await client.put(address(lifetime=-timedelta(seconds=2)), content=PNG)

    assert (answer.status_code, answer.json()["code"]) == (410, "signature_expired")


async def test_file_cannot_be_read_at_the_address_that_it_is_sent_to(
    client: httpx.AsyncClient, storage: Storage
) -> None:
    await storage.write(Bucket.IMAGES, KEY, stream(PNG))

    answer = await client.get(address())

    assert answer.status_code == 403


async def test_connection_that_breaks_keeps_what_had_arrived(services: Services, storage: Storage) -> None:
    path, big = address(size=5_000_000), b"x" * 3_000_000
    head = (
        f"PATCH {path} HTTP/1.1\r\nHost: rushes.test\r\nUpload-Offset: 0\r\nContent-Length: 5000000\r\n\r\n"
    )

    async with asyncio.timeout(30), served(services) as site, httpx.AsyncClient(base_url=site) as client:
        _, writer = await asyncio.open_connection("127.0.0.1", urlsplit(site).port)
        writer.write(head.encode() + big)
        while int((await client.head(path)).headers["upload-offset"]) < len(big):
            pass
        busy = await client.patch(path, content=b"y", headers={"Upload-Offset": str(len(big))})
        writer.transport.abort()
        while (
            rest := await client.patch(
                path, content=b"y" * 2_000_000, headers={"Upload-Offset": str(len(big))}
            )
        ).status_code == 409:
            pass

    assert busy.status_code == 409
    assert (rest.status_code, rest.headers["upload-offset"]) == (204, "5000000")
    assert (await storage.head(Bucket.IMAGES, KEY)).size == 5_000_000


async def test_addresses_begin_with_the_site(ada: Person, services: Services) -> None:
    answer = await ada.post("/assets/uploads", {"role": "reference", "bytes": 5})

    upload = answer.json()
    assert upload["url"].startswith("http://rushes.test/media/upload/images/")
    assert (upload["method"], upload["headers"], upload["resumable"]) == ("PUT", {}, True)
