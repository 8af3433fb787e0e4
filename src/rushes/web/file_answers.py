"""Answering with a stored file, or with the parts of it that were asked for (RFC 9110, 13 to 15)."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

import structlog
from fastapi import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from rushes.domain.media import Bucket
from rushes.errors import Missing, Unavailable
from rushes.storage.store import Storage, StoredFile
from rushes.web.ranges import ByteRange, Unsatisfiable, http_date, is_current, is_known, wanted_ranges

_log: Any = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOnOffer:
    """A stored file that somebody may read; `headers` go with it whole, in part, or not at all."""

    storage: Storage
    bucket: Bucket
    key: str
    stored: StoredFile
    media_type: str
    headers: dict[str, str]

    @property
    def etag(self) -> str:
        """The version, as HTTP writes it."""
        return f'"{self.stored.etag.strip(chr(34))}"'

    def read(self, byte_range: ByteRange) -> AsyncGenerator[bytes]:
        """Yield a part of the file."""
        return self.storage.read(self.bucket, self.key, start=byte_range.start, end=byte_range.end)


async def answer_file(request: Request, file: FileOnOffer) -> Response:
    """Return the file, its wanted parts, or that the client has it already.

    Raises:
        Missing: It was deleted at this moment.
    """
    asked, etag, modified_at = request.headers, file.etag, file.stored.modified_at
    headers = file.headers | {
        "Accept-Ranges": "bytes",
        "ETag": etag,
        "Last-Modified": http_date(modified_at),
    }
    if is_known(
        asked.get("if-none-match"), asked.get("if-modified-since"), etag=etag, modified_at=modified_at
    ):
        return Response(status_code=304, headers=headers)
    current = is_current(asked.get("if-range"), etag=etag, modified_at=modified_at)
    try:
        ranges = wanted_ranges(asked.get("range") if current else None, size=file.stored.size)
    except Unsatisfiable:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{file.stored.size}"})
    sent = _sent(file, ranges)
    headers |= sent.headers | {"Content-Length": str(sent.length)}
    status = 206 if ranges else 200
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers)
    return FileStream(await begun(sent.chunks), status, headers=headers)


class FileStream(StreamingResponse):
    """A stream that may lose its file on the way: the connection is closed then, which tells the client."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, as far as it can be read."""
        try:
            await super().__call__(scope, receive, send)
        except (Missing, Unavailable) as error:
            _log.warning("media.cut_off", path=scope["path"], error=error.message)


async def begun(chunks: AsyncGenerator[bytes]) -> AsyncIterator[bytes]:
    """Yield what a source does, of which the first part is there already.

    Raises:
        Missing: The file is not there; before the answer has begun, this can still be said.
    """
    first = await anext(chunks, b"")

    async def all_of_it() -> AsyncGenerator[bytes]:
        async with aclosing(chunks):
            yield first
            async for chunk in chunks:
                yield chunk

    return all_of_it()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    headers: dict[str, str]
    length: int
    chunks: AsyncGenerator[bytes]


def _sent(file: FileOnOffer, ranges: Sequence[ByteRange]) -> _Sent:
    size, type_ = file.stored.size, file.media_type
    match ranges:
        case []:
            whole = ByteRange(start=0, end=size)
            return _Sent(headers={"Content-Type": type_}, length=size, chunks=file.read(whole))
        case [byte_range]:
            headers = {"Content-Type": type_, "Content-Range": _content_range(byte_range, size)}
            return _Sent(headers=headers, length=byte_range.length, chunks=file.read(byte_range))
        case _:
            return _several(file, ranges)


def _several(file: FileOnOffer, ranges: Sequence[ByteRange]) -> _Sent:
    """Return parts one after the other, each under a heading of its own (RFC 9110, 14.6)."""
    boundary = token_hex(16)
    headings = [
        f"--{boundary}\r\nContent-Type: {file.media_type}\r\n"
        f"Content-Range: {_content_range(byte_range, file.stored.size)}\r\n\r\n".encode()
        for byte_range in ranges
    ]
    end = f"--{boundary}--\r\n".encode()

    async def chunks() -> AsyncGenerator[bytes]:
        for heading, byte_range in zip(headings, ranges, strict=True):
            yield heading
            async with aclosing(file.read(byte_range)) as part:
                async for chunk in part:
                    yield chunk
            yield b"\r\n"
        yield end

    length = sum(len(heading) for heading in headings) + len(end)
    length += sum(byte_range.length + len(b"\r\n") for byte_range in ranges)
    return _Sent(
        headers={"Content-Type": f"multipart/byteranges; boundary={boundary}"},
        length=length,
        chunks=chunks(),
    )


def _content_range(byte_range: ByteRange, size: int) -> str:
    return f"bytes {byte_range.start}-{byte_range.end - 1}/{size}"
