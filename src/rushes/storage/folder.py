"""What a local folder needs beyond an object store: lasting writes, reads at one go, files that grow."""

import asyncio
import fcntl
import os
import re
import time
from collections.abc import AsyncGenerator, AsyncIterator, Generator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

from rushes.domain.media import Bucket
from rushes.errors import Conflict

READ_CHUNK_BYTES = 1024 * 1024

_UNFINISHED = re.compile(r"#\d+$")
"""How the backend of local folders names a file until it is whole; no object can have such a name."""


def sync(path: Path, root: Path) -> None:
    """Wait until a file, and each folder from `root` down to it that may be new, is on the disk.

    The backend renames a finished file into place without waiting for the disk. A job is completed only once
    its output would outlive a loss of power.
    """
    for each in (path, *path.parents):
        descriptor = os.open(each, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if each == root:
            return


async def read_span(path: Path, *, start: int, end: int) -> AsyncGenerator[bytes]:
    """Yield the bytes from `start` up to, not including, `end`.

    The file is opened once: whoever has begun to read it gets it to its end, even if it is deleted or
    replaced meanwhile.
    """
    with path.open("rb") as file:  # not in a thread: one that is cancelled would leave it open
        file.seek(start)
        left = end - start
        while left and (chunk := await asyncio.to_thread(file.read, min(left, READ_CHUNK_BYTES))):
            left -= len(chunk)
            yield chunk


async def append(path: Path, chunks: AsyncIterator[bytes], *, offset: int) -> int:
    """Add to a file that has `offset` bytes, which is made if it is missing; return its new size in bytes.

    What had arrived when the source breaks off stays: the next call goes on from there.

    Raises:
        Conflict: It has another size, or somebody else is adding to it.
    """
    with _opened_alone(path) as descriptor:
        size = os.fstat(descriptor).st_size
        if size != offset:
            raise Conflict(f"The next byte is number {size}, not {offset}.")
        async for chunk in chunks:
            await asyncio.to_thread(_write_all, descriptor, chunk)
            size += len(chunk)
        await asyncio.to_thread(os.fsync, descriptor)
        return size


def remove_unfinished(root: Path, *, age: timedelta) -> int:
    """Remove what writes left behind that were cut off longer than `age` ago; return how many."""
    before, removed = time.time() - age.total_seconds(), 0
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
def _opened_alone(path: Path) -> Generator[int]:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict("Another request is sending this file.") from error
        yield descriptor
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, chunk: bytes) -> None:
    left = memoryview(chunk)
    while left:
        left = left[os.write(descriptor, left) :]
