import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from string import ascii_letters, digits, punctuation
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rushes.domain.media import Bucket
from rushes.storage.signing import signed_path
from rushes.storage.store import Storage
from tests.factories import stream
from tests.web.people import SECRET
from tests.web.raw import status_of

CONTENT = bytes(range(256)) * 8
KEY = "user/job/output.mp4"
SOON = timedelta(minutes=5)
VISIBLE = ascii_letters + digits + punctuation


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A stored file and whoever asks for it."""

    client: httpx.AsyncClient

    def address(self, *, key: str = KEY, lifetime: timedelta = SOON, file_name: str | None = None) -> str:
        """A signed address of the file."""
        return signed_path(
            SECRET,
            bucket=Bucket.OUTPUTS,
            key=key,
            expires_at=datetime.now(UTC) + lifetime,
            file_name=file_name,
        )

    async def get(self, *, method: str = "GET", **headers: str) -> httpx.Response:
        """The answer to a request with some headers."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.request(method, self.address(), headers=named)


def parts_of(body: bytes, boundary: str) -> list[Message]:
    head = f"Content-Type: multipart/byteranges; boundary={boundary}\r\n\r\n".encode()
    return cast("list[Message]", message_from_bytes(head + body).get_payload())


@pytest.fixture
def database_url(shared_database_url: str) -> str:
    """One for all: a stored file is read without it."""
    return shared_database_url


@pytest.fixture
async def stored(client: httpx.AsyncClient, storage: Storage) -> AsyncIterator[Stored]:
    await storage.write(Bucket.OUTPUTS, KEY, stream(CONTENT))
    return Stored(client=client)


async def test_a_file_comes_whole(stored: Stored) -> None:
    answer = await stored.get()

    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["content-length"] == str(len(CONTENT))
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["content-disposition"] == "inline"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["cache-control"].startswith("private, max-age=")


@pytest.mark.parametrize(
    ("header", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=100-199", 100, 200),
        ("bytes=2000-", 2000, 2048),
        ("bytes=-48", 2000, 2048),
        ("bytes=-5000", 0, 2048),
        ("bytes=2000-9999", 2000, 2048),
    ],
)
async def test_a_range_comes_alone(stored: Stored, header: str, start: int, end: int) -> None:
    answer = await stored.get(Range=header)

    assert (answer.status_code, answer.content) == (206, CONTENT[start:end])
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/2048"
    assert answer.headers["content-length"] == str(end - start)


@pytest.mark.parametrize("header", ["bytes=2048-", "bytes=9999-10000", "bytes=-0"])
async def test_a_range_after_the_end_is_not_satisfiable(stored: Stored, header: str) -> None:
    answer = await stored.get(Range=header)

    assert answer.status_code == 416
    assert answer.headers["content-range"] == "bytes */2048"


@pytest.mark.parametrize("header", ["bytes=9-3", "bytes=-", "bytes=a-b", "seconds=0-1"])
async def test_what_is_no_range_is_passed_over(stored: Stored, header: str) -> None:
    answer = await stored.get(Range=header)

    assert (answer.status_code, answer.content) == (200, CONTENT)


async def test_several_ranges_come_one_after_the_other(stored: Stored) -> None:
    answer = await stored.get(Range="bytes=0-1, 2040-, -1")

    kind, _, boundary = answer.headers["content-type"].partition("; boundary=")
    first, second, third = parts_of(answer.content, boundary)
    assert (answer.status_code, kind) == (206, "multipart/byteranges")
    assert answer.headers["content-length"] == str(len(answer.content))
    assert (first["content-range"], first.get_payload(decode=True)) == ("bytes 0-1/2048", CONTENT[:2])
    assert (second["content-range"], second.get_payload(decode=True)) == (
        "bytes 2040-2047/2048",
        CONTENT[-8:],
    )
    assert (third["content-type"], third.get_payload(decode=True)) == ("video/mp4", CONTENT[-1:])


async def test_of_several_ranges_those_that_exist_come(stored: Stored) -> None:
    one = await stored.get(Range="bytes=5-6,4000-")
    none = await stored.get(Range="bytes=2048-,4000-")

    assert (one.status_code, one.content, one.headers["content-range"]) == (
        206,
        CONTENT[5:7],
        "bytes 5-6/2048",
    )
    assert none.status_code == 416


@pytest.mark.parametrize(
    "header", ["bytes=0-,0-,0-", "bytes=" + ",".join(f"{n}-{n}" for n in range(17)), "bytes=0-1,9-3"]
)
async def test_too_many_ranges_are_answered_with_the_whole(stored: Stored, header: str) -> None:
    answer = await stored.get(Range=header)

    assert (answer.status_code, answer.content) == (200, CONTENT)


async def test_head_tells_the_same_without_the_bytes(stored: Stored) -> None:
    whole, part = await stored.get(method="HEAD"), await stored.get(method="HEAD", Range="bytes=0-9")

    assert (whole.status_code, whole.content, whole.headers["content-length"]) == (200, b"", "2048")
    assert (part.status_code, part.content, part.headers["content-length"]) == (206, b"", "10")


async def test_a_known_version_is_not_sent_again(stored: Stored) -> None:
    first = await stored.get()

    by_tag = await stored.get(If_None_Match=f'"x", W/{first.headers["etag"]}')
    by_time = await stored.get(If_Modified_Since=first.headers["last-modified"])
    other = await stored.get(If_None_Match='"x"', If_Modified_Since=first.headers["last-modified"])

    assert (by_tag.status_code, by_time.status_code, other.status_code) == (304, 304, 200)
    assert by_tag.headers["etag"] == first.headers["etag"]


@pytest.mark.parametrize("moment", ["yesterday", f"Mon, 01 Jan {10**20} 00:00:00 GMT"])
async def test_what_is_no_moment_is_passed_over(stored: Stored, moment: str) -> None:
    answer = await stored.get(If_Modified_Since=moment)

    assert answer.status_code == 200


async def test_a_range_of_an_older_version_is_answered_with_the_whole(stored: Stored) -> None:
    etag = (await stored.get()).headers["etag"]

    same = await stored.get(Range="bytes=0-9", If_Range=etag)
    older = await stored.get(Range="bytes=0-9", If_Range='"older"')

    assert (same.status_code, older.status_code) == (206, 200)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/outputs/", "/images/"),
        ("output.mp4", "output.mp3"),
        ("/job/", "/job/%2e%2e/job/"),
        ("expires=1", "expires=2"),
        ("expires=", "expires=0"),
        ("expires=", "expires=%2B"),
        ("signature=", "signature=0"),
        ("signature=", "signed="),
        ("?expires", "?download=a.mp4&expires"),
        ("output.mp4", "output.mp4%00"),
        ("output.mp4", ""),
    ],
)
async def test_a_changed_address_is_refused(stored: Stored, old: str, new: str) -> None:
    changed = stored.address().replace(old, new, 1)

    answer = await stored.client.get(changed)

    assert answer.status_code == 403
    assert answer.json()["code"] == "signature_invalid"


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
def test_no_character_can_be_changed(app: FastAPI, stored: Stored, data: st.DataObject) -> None:
    address = stored.address(file_name=data.draw(st.sampled_from([None, "my film.mp4", "Füchse & Co?.mp4"])))
    at = data.draw(st.integers(len("/media/"), len(address) - 1))
    new = data.draw(st.sampled_from(VISIBLE.replace(address[at], "")))

    # One loop for each example: what is asked here waits for nothing.
    status = asyncio.run(status_of(app, "GET", f"{address[:at]}{new}{address[at + 1 :]}"))

    assert status == 403


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("output.mp4", "output.mp4/"),
        ("output.mp4", "./output.mp4"),
        ("/job/", "/job/../job/"),
        ("/job/", "/%2e%2e/user/job/"),
        ("/job/", "/%252e%252e/job/"),
        ("/job/", "%2fjob/"),
        ("/job/", "\\job\\"),
        ("/job/", "//job/"),
        ("output.mp4", "%6futput.mp4"),
        ("output.mp4", "output.mp4%00"),
        ("output.mp4", "output.mp4%ff"),
        ("outputs", "OUTPUTS"),
        ("outputs", "images/../outputs"),
        ("signature=", "signature=&signature="),
        ("?", "?utm_source=x&"),
        ("?", "?bytes=2048&"),
    ],
)
async def test_another_way_to_write_an_address_is_refused(
    app: FastAPI, stored: Stored, old: str, new: str
) -> None:
    changed = stored.address().replace(old, new, 1)

    assert await status_of(app, "GET", changed) == 403


async def test_an_old_address_is_gone(stored: Stored) -> None:
    answer = await stored.client.get(stored.address(lifetime=-timedelta(seconds=2)))

    assert answer.status_code == 410
    assert answer.json()["code"] == "signature_expired"


@pytest.mark.parametrize(
    "key", ["user/job/nothing.mp4", "user/job", "../secret", "a/../../secret", "a/./b", "/etc/passwd", "a\0b"]
)
async def test_what_is_no_file_is_missing_however_it_is_signed(
    app: FastAPI, stored: Stored, key: str
) -> None:
    assert await status_of(app, "GET", stored.address(key=key)) == 404


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("fox.mp4", "attachment; filename=\"fox.mp4\"; filename*=UTF-8''fox.mp4"),
        ("Füchse.mp4", "attachment; filename=\"F_chse.mp4\"; filename*=UTF-8''F%C3%BCchse.mp4"),
        ("../../etc/passwd", "attachment; filename=\"passwd\"; filename*=UTF-8''passwd"),
        (
            'a"\r\nSet-Cookie: x',
            "attachment; filename=\"a___Set-Cookie_ x\"; filename*=UTF-8''a___Set-Cookie_%20x",
        ),
        ("...", "attachment; filename=\"file\"; filename*=UTF-8''file"),
    ],
)
async def test_a_download_has_a_name_that_breaks_no_header(stored: Stored, name: str, header: str) -> None:
    answer = await stored.client.get(stored.address(file_name=name))

    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == header
    assert "set-cookie" not in answer.headers


async def test_an_unknown_extension_is_sent_as_bytes(stored: Stored, storage: Storage) -> None:
    await storage.write(Bucket.OUTPUTS, "page.html", stream(b"<script>"))

    answer: Any = await stored.client.get(stored.address(key="page.html"))

    assert answer.headers["content-type"] == "application/octet-stream"
