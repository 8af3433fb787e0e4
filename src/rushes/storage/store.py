"""The object store: buckets of files, over a local folder or any store that obstore speaks to."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any

import obstore
import structlog
from obstore.exceptions import BaseError
from obstore.store import AzureStore, GCSStore, LocalStore, MemoryStore, S3Store

from rushes.domain.media import EXTENSIONS, Bucket
from rushes.errors import Missing, Unavailable
from rushes.storage import folder as folders
from rushes.storage.folder import READ_CHUNK_BYTES
from rushes.storage.presigning import Presigner

UNKNOWN_TYPE = "application/octet-stream"

Backend = LocalStore | MemoryStore | S3Store | GCSStore | AzureStore

# An upload holds no more than some parts of itself in memory. S3 takes 10 000 parts of an object.
_PART_BYTES = 8 * 1024 * 1024
_PARTS_AT_ONCE = 2
_TYPES: Mapping[str, str] = {f".{extension}": type_ for type_, extension in EXTENSIONS.items()}

_listing: Any = obstore  # a listing may also be in Arrow's format, whose types are not installed
_log: Any = structlog.get_logger()


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
    """The three buckets. A write is seen whole or not at all, and lasts once it has returned.

    `presigner` signs addresses that the store itself honours; it is `None` for a store that can be reached by
    this process alone, as a local folder.
    """

    def __init__(
        self,
        backends: Mapping[Bucket, Backend],
        *,
        folder: Path | None = None,
        presigner: Presigner | None = None,
    ) -> None:
        """Take one backend for each bucket, and the folder that they lie in if they are local."""
        self._backends = backends
        self._folder = folder
        self.presigner = presigner

    async def write(self, bucket: Bucket, key: str, chunks: AsyncIterator[bytes]) -> Digest:
        """Store a stream; if it raises, its error passes through and nothing is left behind.

        Raises:
            Unavailable: The store did not take it.
        """
        stream = _Hashed(chunks)
        try:
            with _translated(bucket, key):
                await obstore.put_async(
                    self._backends[bucket],
                    key,
                    stream.read(),
                    attributes=self._attributes(key),
                    chunk_size=_PART_BYTES,
                    max_concurrency=_PARTS_AT_ONCE,
                )
                if self._folder is not None:
                    await asyncio.to_thread(folders.sync, self._folder / bucket / key, self._folder)
        except Exception:
            if stream.error is not None:
                raise stream.error from None
            raise
        return stream.digest()

    async def write_file(self, bucket: Bucket, key: str, path: Path) -> Digest:
        """Store a local file."""
        return await self.write(bucket, key, _read_file(path))

    async def head(self, bucket: Bucket, key: str) -> StoredFile:
        """Describe an object.

        Raises:
            Missing: There is none.
        """
        with _translated(bucket, key):
            found = await obstore.head_async(self._backends[bucket], key)
        return StoredFile(size=found["size"], etag=found["e_tag"] or "", modified_at=found["last_modified"])

    async def read(self, bucket: Bucket, key: str, *, start: int, end: int) -> AsyncGenerator[bytes]:
        """Yield the bytes from `start` up to, not including, `end`."""
        if self._folder is not None and start < end:
            with _translated(bucket, key):
                async for chunk in folders.read_span(self._folder / bucket / key, start=start, end=end):
                    yield chunk
            return
        position = start
        while position < end:
            stop = min(end, position + READ_CHUNK_BYTES)
            with _translated(bucket, key):
                part = await obstore.get_range_async(self._backends[bucket], key, start=position, end=stop)
            yield bytes(part)
            position = stop

    async def fetch(self, bucket: Bucket, key: str, path: Path) -> Digest:
        """Copy an object to a new local file; return what was copied.

        Raises:
            Missing: There is no such object.
        """
        size = (await self.head(bucket, key)).size
        copied = _Hashed(self.read(bucket, key, start=0, end=size))
        with path.open("xb") as file:
            async for chunk in copied.read():
                file.write(chunk)
        return copied.digest()

    async def append(self, bucket: Bucket, key: str, chunks: AsyncIterator[bytes], *, offset: int) -> int:
        """Add to an object of a local folder that has `offset` bytes so far; return its new size in bytes.

        If the source breaks off, what had arrived stays. The object is made with its first byte.

        Raises:
            Conflict: It has another size, or somebody else is adding to it.
            Unavailable: The store did not take it, or is no local folder.
        """
        if self._folder is None:
            raise Unavailable("This store takes a file only as a whole.")
        stream = _Hashed(chunks)
        try:
            with _translated(bucket, key):
                return await folders.append(self._folder / bucket / key, stream.read(), offset=offset)
        except Exception:
            if stream.error is not None:
                raise stream.error from None
            raise

    async def move(self, bucket: Bucket, key: str, new_key: str) -> None:
        """Give an object another name within its bucket; what had this name is replaced.

        Raises:
            Missing: There is no such object.
        """
        with _translated(bucket, key):
            await obstore.copy_async(self._backends[bucket], key, new_key)
            await obstore.delete_async(self._backends[bucket], key)
            if self._folder is not None:
                await asyncio.to_thread(folders.sync, self._folder / bucket / new_key, self._folder)

    async def delete(self, bucket: Bucket, key: str) -> None:
        """Remove an object; it is no error if there is none."""
        try:
            with _translated(bucket, key):
                await obstore.delete_async(self._backends[bucket], key)
        except Missing:
            return

    async def list_keys(self, bucket: Bucket, folder: str) -> list[str]:
        """Return the keys of the objects in a folder and in those below it, in no order."""
        with _translated(bucket, folder):
            pages = _listing.list(self._backends[bucket], prefix=folder)
            return [found["path"] async for page in pages for found in page]

    async def remove_unfinished(self, *, age: timedelta) -> int:
        """Remove what writes left behind that were cut off longer than `age` ago; return how many.

        Only local folders keep such leftovers among their files, where no listing shows them.
        """
        if self._folder is None:
            return 0
        with _translated(None, "#"):
            return await asyncio.to_thread(folders.remove_unfinished, self._folder, age=age)

    def _attributes(self, key: str) -> dict[Any, str] | None:
        # Only stores that hand objects out by themselves keep a type with each.
        return None if self.presigner is None else {"Content-Type": media_type_of(key)}


def local_storage(folder: Path) -> Storage:
    """Return the store that keeps its buckets as folders under `folder`."""
    return Storage({bucket: LocalStore(folder / bucket, mkdir=True) for bucket in Bucket}, folder=folder)


def memory_storage() -> Storage:
    """Return a store that forgets everything with the process, for tests and benchmarks."""
    return Storage({bucket: MemoryStore() for bucket in Bucket})


def media_type_of(key: str) -> str:
    """Return the media type that an object's name stands for."""
    return _TYPES.get(PurePosixPath(key).suffix, UNKNOWN_TYPE)


class _Hashed:
    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self._sha256 = hashlib.sha256()
        self._size = 0
        self.error: Exception | None = None

    async def read(self) -> AsyncGenerator[bytes]:
        # obstore wraps what its source raises; the caller wants the error itself.
        try:
            async for chunk in self._chunks:
                self._sha256.update(chunk)
                self._size += len(chunk)
                yield chunk
        except Exception as error:
            self.error = error
            raise

    def digest(self) -> Digest:
        return Digest(bytes=self._size, sha256=self._sha256.hexdigest())


async def _read_file(path: Path) -> AsyncGenerator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(READ_CHUNK_BYTES):
            yield chunk


@contextmanager
def _translated(bucket: Bucket | None, key: str) -> Generator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise Missing(f"There is no file {key}.") from error
    except (BaseError, OSError) as error:
        # What a store says of a failure is for its operator: it names hosts, folders and accounts.
        reason = str(error).partition("\n")[0]
        _log.warning("storage.failed", bucket=bucket, key=key, error=reason)
        raise Unavailable("The object store is away or refuses.") from error
