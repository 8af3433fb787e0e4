"""A process that writes the first half of an object, says so, and then waits for ever."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from rushes.domain.media import Bucket
from rushes.storage.remote import S3Options, s3_storage
from rushes.storage.store import Storage, local_storage
from tests.s3 import KEY, REGION

PARTS = 4


def open_storage(kind: str, place: str, prefix: str) -> Storage:
    """The store in a folder, or the one on a server whose buckets begin with the prefix."""
    if kind == "local":
        return local_storage(Path(place))
    return s3_storage(names_of(prefix), S3Options(region=REGION, key=KEY, endpoint=place))


def names_of(prefix: str) -> dict[Bucket, str]:
    """What the buckets are called on a server."""
    return {bucket: f"{prefix}-{bucket}" for bucket in Bucket}


async def half() -> AsyncIterator[bytes]:
    """Some parts of an upload, and no end."""
    for _ in range(PARTS):
        yield bytes(8 * 2**20)
    sys.stdout.write("half\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    store = open_storage(*sys.argv[1:4])
    asyncio.run(store.write(Bucket.OUTPUTS, "a/film.mp4", half()))
