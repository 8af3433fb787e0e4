"""The object store: buckets of files, over a local folder or any store that obstore speaks to."""

import asyncio
import hashlib
import os
import re
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, MemoryStore

from rushes.domain.media import Bucket
from rushes.errors import Missing, Unavailable

READ_CHUNK_BYTES = 1024 * 1024

_UNFINISHED = re.compile(r"#\d+$")
"""How the backend of local folders names a file until it is whole; no object can have such a name."""

Backend = LocalStore | MemoryStore

_listing: Any = obstore  # a listing may also be in Arrow's format, whose types are not installed


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """What the store says of an object: its size in bytes, its version tag, its age."""

    size: int
    etag: str
    modified_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """The size in bytes and hex SHA-256 of what was written."""

    bytes: int
    sha256: str


class Storage:
    """The three buckets. A write is seen whole or not at all, and lasts once it has returned."""

    def __init__(self, backends: Mapping[Bucket, Backend], *, folder: Path | None = None) -> None:
        """Take one backend for each bucket, and the folder that they lie in if they are local."""
        self._backends = backends
        self._folder = folder

    async def write(self, bucket: Bucket, key: str, chunks: AsyncIterator[bytes]) -> Digest:
        """Store a stream; if it raises, its error passes through and nothing is left behind.

        Raises:
            Unavailable: The store did not take it.
        """
        stream = _Hashed(chunks)
        try:
            with _translated(key):
                await obstore.put_async(self._backends[bucket], key, stream.read())
                if self._folder is not None:
                    await asyncio.to_thread(_sync, self._folder / bucket / key, self._folder)
        except Exception:
            if stream.error is not None:
                raise stream.error from None
            raise
        return Digest(bytes=stream.size, sha256=stream.sha256.hexdigest())

    async def write_file(self, bucket: Bucket, key: str, path: Path) -> Digest:
        """Store a local file."""
        return await self.write(bucket, key, _read_file(path))

    async def head(self, bucket: Bucket, key: str) -> StoredFile:
        """Describe an object.

        Raises:
            Missing: There is none.
        """
        with _translated(key):
            found = await obstore.head_async(self._backends[bucket], key)
        return StoredFile(size=found["size"], etag=found["e_tag"] or "", modified_at=found["last_modified"])

    async def read(self, bucket: Bucket, key: str, *, start: int, end: int) -> AsyncGenerator[bytes]:
        """Yield the bytes from `start` up to, not including, `end`."""
        position = start
        while position < end:
            stop = min(end, position + READ_CHUNK_BYTES)
            with _translated(key):
                part = await obstore.get_range_async(self._backends[bucket], key, start=position, end=stop)
            yield bytes(part)
            position = stop

    async def fetch(self, bucket: Bucket, key: str, path: Path) -> None:
        """Copy an object to a new local file.

        Raises:
            Missing: There is no such object.
        """
        size = (await self.head(bucket, key)).size
        with path.open("xb") as file:
            async for chunk in self.read(bucket, key, start=0, end=size):
                file.write(chunk)

    async def delete(self, bucket: Bucket, key: str) -> None:
        """Remove an object; it is no error if there is none."""
        try:
            with _translated(key):
                await obstore.delete_async(self._backends[bucket], key)
        except Missing:
            return

    async def list_keys(self, bucket: Bucket, folder: str) -> list[str]:
        """Return the keys of the objects in a folder and in those below it, in no order."""
        with _translated(folder):
            pages = _listing.list(self._backends[bucket], prefix=folder)
            return [found["path"] async for page in pages for found in page]

    async def remove_unfinished(self, *, age: timedelta) -> int:
        """Remove what writes left behind that were cut off longer than `age` ago; return how many.

        Only local folders keep such leftovers among their files, where no listing shows them.
        """
        if self._folder is None:
            return 0
        with _translated("#"):
            return await asyncio.to_thread(
                _remove_unfinished, self._folder, time.time() - age.total_seconds()
            )


def local_storage(folder: Path) -> Storage:
    """Return the store that keeps its buckets as folders under `folder`."""
    return Storage({bucket: LocalStore(folder / bucket, mkdir=True) for bucket in Bucket}, folder=folder)


def memory_storage() -> Storage:
    """Return a store that forgets everything with the process, for tests and benchmarks."""
    return Storage({bucket: MemoryStore() for bucket in Bucket})


class _Hashed:
    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self.sha256 = hashlib.sha256()
        self.size = 0
        self.error: Exception | None = None

    async def read(self) -> AsyncGenerator[bytes]:
        # obstore wraps what its source raises; the caller wants the error itself.
        try:
            async for chunk in self._chunks:
                self.sha256.update(chunk)
                self.size += len(chunk)
                yield chunk
        except Exception as error:
            self.error = error
            raise


async def _read_file(path: Path) -> AsyncGenerator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(READ_CHUNK_BYTES):
            yield chunk


def _sync(path: Path, root: Path) -> None:
    # The backend renames a finished file into place without waiting for the disk. A job is completed only
    # once its output would outlive a loss of power: the file, and each folder that may be new.
    for each in (path, *path.parents):
        descriptor = os.open(each, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if each == root:
            return


def _remove_unfinished(root: Path, before: float) -> int:
    removed = 0
    for bucket in Bucket:
        for folder, _, names in os.walk(root / bucket):
            for path in (Path(folder, name) for name in names if _UNFINISHED.search(name)):
                # Its writer may end it at this moment.
                with suppress(FileNotFoundError):
                    if path.stat().st_mtime < before:
                        path.unlink()
                        removed += 1
    return removed


@contextmanager
def _translated(key: str) -> Any:
    try:
        yield
    except FileNotFoundError as error:
        raise Missing(f"There is no file {key}.") from error
    except (BaseError, OSError) as error:
        raise Unavailable(f"The object store failed: {error}") from error
