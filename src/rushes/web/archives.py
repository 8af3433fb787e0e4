"""Answering with several stored files as one ZIP archive, which is made while it is sent."""

import asyncio
import zipfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rushes.domain.media import Bucket
from rushes.storage.store import Storage
from rushes.web.addresses import disposition
from rushes.web.file_answers import FileStream, begun

_LOOKS_AT_ONCE = 8
_FIRST_YEAR = 1980
"""Before it a ZIP archive has no dates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A stored file, and the name that it has in the archive; no two of an archive have the same."""

    name: str
    bucket: Bucket
    key: str
    made_at: datetime


async def answer_archive(storage: Storage, members: Sequence[Member], *, file_name: str) -> FileStream:
    """Return an archive of some files, to be saved under `file_name`.

    Films and pictures are compressed already, so they are stored as they are; no more than a part of one file
    is in memory.

    Raises:
        Missing: One of the files is not in the store.
    """
    slots = asyncio.Semaphore(_LOOKS_AT_ONCE)

    async def size_of(member: Member) -> int:
        async with slots:
            return (await storage.head(member.bucket, member.key)).size

    sizes = await asyncio.gather(*map(size_of, members))
    chunks = _archive(storage, members, sizes)
    headers = {"Content-Disposition": disposition(file_name), "Cache-Control": "no-store"}
    return FileStream(await begun(chunks), media_type="application/zip", headers=headers)


class _Outlet:
    """A file that can only be written to, and gives what was written to whoever takes it."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def write(self, content: bytes) -> int:
        self._written.append(bytes(content))
        return len(content)

    def flush(self) -> None:
        """Do nothing: whoever reads takes what is there."""

    def take(self) -> bytes:
        taken = b"".join(self._written)
        self._written.clear()
        return taken


async def _archive(
    storage: Storage, members: Sequence[Member], sizes: Sequence[int]
) -> AsyncGenerator[bytes]:
    outlet = _Outlet()
    target: Any = outlet  # the stub asks for more than is used of a file that cannot seek
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for member, size in zip(members, sizes, strict=True):
            entry = zipfile.ZipInfo(member.name, _time(member.made_at))
            # So that a file of more than 4 GiB gets the larger fields from the start.
            entry.file_size = size
            with archive.open(entry, "w") as file:
                async with aclosing(storage.read(member.bucket, member.key, start=0, end=size)) as content:
                    async for chunk in content:
                        file.write(chunk)
                        yield outlet.take()
    yield outlet.take()


def _time(moment: datetime) -> tuple[int, int, int, int, int, int]:
    utc = moment.astimezone(UTC)
    return max(utc.year, _FIRST_YEAR), utc.month, utc.day, utc.hour, utc.minute, utc.second
