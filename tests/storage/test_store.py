import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from rushes.domain.media import Bucket
from rushes.errors import Missing, Unavailable
from rushes.storage.store import READ_CHUNK_BYTES, Storage, local_storage, memory_storage
from tests.factories import stream
from tests.s3 import fresh_s3_storage

KEYS = [
    "a.png",
    "user/asset/reference.png",
    "with space/two  spaces.png",
    "ünïcode/日本/😀.mp4",
    "100%/%20.png",
]
LARGE = 20 * 1024 * 1024
"""More than one part of an upload in parts."""


@pytest.fixture(params=["local", "memory", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    match request.param:
        case "local":
            return local_storage(tmp_path / "store")
        case "s3":
            return fresh_s3_storage(request.getfixturevalue("s3_url"))
        case _:
            return memory_storage()


async def read_all(storage: Storage, key: str) -> bytes:
    size = (await storage.head(Bucket.IMAGES, key)).size
    return b"".join([part async for part in storage.read(Bucket.IMAGES, key, start=0, end=size)])


async def large(size: int) -> AsyncIterator[bytes]:
    for start in range(0, size, 1_000_000):
        yield bytes([start % 251]) * min(1_000_000, size - start)


async def failing(size: int) -> AsyncIterator[bytes]:
    async for chunk in large(size):
        yield chunk
    raise LookupError("the source broke")


def holds_a_file(folder: Path) -> bool:
    return any(path.is_file() for path in folder.rglob("*"))


async def until_empty(folder: Path) -> None:
    async with asyncio.timeout(10):
        while await asyncio.to_thread(holds_a_file, folder):
            pass


@pytest.mark.parametrize("key", KEYS)
async def test_what_was_written_can_be_read(storage: Storage, key: str) -> None:
    digest = await storage.write(Bucket.IMAGES, key, stream(b"one ", b"two"))

    assert await read_all(storage, key) == b"one two"
    assert (digest.bytes, digest.sha256) == (7, hashlib.sha256(b"one two").hexdigest())


async def test_nothing_can_be_written(storage: Storage) -> None:
    digest = await storage.write(Bucket.IMAGES, "empty", stream())

    assert digest.bytes == 0
    assert await read_all(storage, "empty") == b""


async def test_large_object_is_whole(storage: Storage) -> None:
    digest = await storage.write(Bucket.IMAGES, "large", large(LARGE))

    assert digest.bytes == (await storage.head(Bucket.IMAGES, "large")).size == LARGE
    assert hashlib.sha256(await read_all(storage, "large")).hexdigest() == digest.sha256


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (0, 1),
        (5, 5),
        (3, READ_CHUNK_BYTES),
        (READ_CHUNK_BYTES - 1, READ_CHUNK_BYTES + 1),
        (1, 2 * READ_CHUNK_BYTES + 5),
    ],
)
async def test_range_is_read(storage: Storage, start: int, end: int) -> None:
    content = bytes(range(251)) * 10_000
    await storage.write(Bucket.IMAGES, "ranged", stream(content))

    parts = [part async for part in storage.read(Bucket.IMAGES, "ranged", start=start, end=end)]

    assert b"".join(parts) == content[start:end]
    assert all(len(part) <= READ_CHUNK_BYTES for part in parts)


async def test_second_write_replaces_the_first(storage: Storage) -> None:
    await storage.write(Bucket.IMAGES, "key", stream(b"a longer first"))

    await storage.write(Bucket.IMAGES, "key", stream(b"second"))

    assert await read_all(storage, "key") == b"second"


async def test_change_is_seen_by_the_tag(storage: Storage) -> None:
    await storage.write(Bucket.IMAGES, "key", stream(b"first"))
    before = await storage.head(Bucket.IMAGES, "key")

    await storage.write(Bucket.IMAGES, "key", stream(b"second!"))

    assert (await storage.head(Bucket.IMAGES, "key")).etag != before.etag


@pytest.mark.parametrize("size", [0, 1000, LARGE])
async def test_failing_source_leaves_nothing(storage: Storage, size: int) -> None:
    with pytest.raises(LookupError, match="the source broke"):
        await storage.write(Bucket.IMAGES, "key", failing(size))

    with pytest.raises(Missing):
        await storage.head(Bucket.IMAGES, "key")


@pytest.mark.parametrize("size", [0, 1000, LARGE])
async def test_failing_source_leaves_the_old_object(storage: Storage, size: int) -> None:
    await storage.write(Bucket.IMAGES, "key", stream(b"old"))

    with pytest.raises(LookupError):
        await storage.write(Bucket.IMAGES, "key", failing(size))

    assert await read_all(storage, "key") == b"old"


async def test_object_is_not_seen_before_it_is_whole(storage: Storage) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def stepped() -> AsyncIterator[bytes]:
        async for chunk in large(LARGE):
            yield chunk
        begun.set()
        await go_on.wait()
        yield b"end"

    writing = asyncio.create_task(storage.write(Bucket.IMAGES, "key", stepped()))
    await begun.wait()

    with pytest.raises(Missing):
        await storage.head(Bucket.IMAGES, "key")
    go_on.set()

    assert (await writing).bytes == LARGE + 3


async def test_failed_write_leaves_no_file(tmp_path: Path) -> None:
    storage = local_storage(tmp_path)

    with pytest.raises(LookupError):
        await storage.write(Bucket.IMAGES, "a/b/key", failing(LARGE))

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


async def test_cancelled_write_leaves_no_file(tmp_path: Path) -> None:
    storage, begun = local_storage(tmp_path), asyncio.Event()

    async def stuck() -> AsyncIterator[bytes]:
        async for chunk in large(LARGE):
            yield chunk
        begun.set()
        await asyncio.Event().wait()

    writing = asyncio.create_task(storage.write(Bucket.IMAGES, "key", stuck()))
    await begun.wait()
    writing.cancel()

    with pytest.raises(asyncio.CancelledError):
        await writing
    await until_empty(tmp_path)


async def test_write_file_stores_a_file(storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "film").write_bytes(b"film")

    digest = await storage.write_file(Bucket.IMAGES, "key", tmp_path / "film")

    assert digest.bytes == 4
    assert await read_all(storage, "key") == b"film"


async def test_fetch_copies_an_object_to_a_new_file(storage: Storage, tmp_path: Path) -> None:
    await storage.write(Bucket.IMAGES, "key", stream(b"content"))

    copied = await storage.fetch(Bucket.IMAGES, "key", tmp_path / "copy")

    assert (tmp_path / "copy").read_bytes() == b"content"
    assert (copied.bytes, copied.sha256) == (7, hashlib.sha256(b"content").hexdigest())


async def test_moved_object_has_its_new_name_alone(storage: Storage) -> None:
    await storage.write(Bucket.IMAGES, "a/upload", stream(b"content"))

    await storage.move(Bucket.IMAGES, "a/upload", "a/reference.png")

    assert await read_all(storage, "a/reference.png") == b"content"
    assert await storage.list_keys(Bucket.IMAGES, "a") == ["a/reference.png"]


async def test_nothing_cannot_be_moved(storage: Storage) -> None:
    with pytest.raises(Missing):
        await storage.move(Bucket.IMAGES, "key", "other")


async def test_fetch_overwrites_no_file(storage: Storage, tmp_path: Path) -> None:
    await storage.write(Bucket.IMAGES, "key", stream(b"content"))
    (tmp_path / "copy").write_bytes(b"mine")

    with pytest.raises(FileExistsError):
        await storage.fetch(Bucket.IMAGES, "key", tmp_path / "copy")

    assert (tmp_path / "copy").read_bytes() == b"mine"


async def test_fetch_of_nothing_leaves_no_file(storage: Storage, tmp_path: Path) -> None:
    with pytest.raises(Missing):
        await storage.fetch(Bucket.IMAGES, "key", tmp_path / "copy")

    assert not (tmp_path / "copy").exists()


async def test_deleted_object_is_missing(storage: Storage) -> None:
    await storage.write(Bucket.IMAGES, "key", stream(b"content"))

    await storage.delete(Bucket.IMAGES, "key")

    with pytest.raises(Missing):
        await storage.head(Bucket.IMAGES, "key")


async def test_delete_of_nothing_is_no_error(storage: Storage) -> None:
    await storage.delete(Bucket.IMAGES, "key")


async def test_read_of_nothing_is_missing(storage: Storage) -> None:
    with pytest.raises(Missing):
        await anext(storage.read(Bucket.IMAGES, "key", start=0, end=1))


async def test_buckets_are_apart(storage: Storage) -> None:
    await storage.write(Bucket.IMAGES, "key", stream(b"content"))

    with pytest.raises(Missing):
        await storage.head(Bucket.VIDEOS, "key")


@pytest.mark.parametrize("key", ["../videos/key", "a/../../key", "a/./key"])
async def test_key_stays_in_its_bucket(storage: Storage, key: str) -> None:
    with pytest.raises(ValueError, match="illegal"):
        await storage.write(Bucket.IMAGES, key, stream(b"content"))


async def test_objects_outlive_the_store(tmp_path: Path) -> None:
    await local_storage(tmp_path).write(Bucket.IMAGES, "key", stream(b"content"))

    assert await read_all(local_storage(tmp_path), "key") == b"content"


async def test_full_or_closed_folder_is_unavailable(tmp_path: Path) -> None:
    storage = local_storage(tmp_path)
    (tmp_path / "images" / "user").write_bytes(b"a file where a folder must be")

    with pytest.raises(Unavailable):
        await storage.write(Bucket.IMAGES, "user/key", stream(b"content"))


async def test_listing_names_what_is_in_a_folder_and_below(storage: Storage) -> None:
    await storage.write(Bucket.OUTPUTS, "user/job/output.mp4", stream(b"1"))
    await storage.write(Bucket.OUTPUTS, "user/job/below/poster.png", stream(b"2"))
    await storage.write(Bucket.OUTPUTS, "user/job-2/output.mp4", stream(b"3"))
    await storage.write(Bucket.IMAGES, "user/job/output.mp4", stream(b"4"))

    keys = await storage.list_keys(Bucket.OUTPUTS, "user/job")

    assert sorted(keys) == ["user/job/below/poster.png", "user/job/output.mp4"]


async def test_listing_is_complete(storage: Storage) -> None:
    written = {f"folder/{number}" for number in range(120)}
    await asyncio.gather(*(storage.write(Bucket.OUTPUTS, key, stream(b"")) for key in written))

    keys = await storage.list_keys(Bucket.OUTPUTS, "folder")

    assert sorted(keys) == sorted(written)


async def test_listing_of_nothing_is_empty(storage: Storage) -> None:
    assert await storage.list_keys(Bucket.OUTPUTS, "nobody/nothing") == []


async def test_old_leftover_of_a_write_is_removed(tmp_path: Path) -> None:
    storage = local_storage(tmp_path)
    await storage.write(Bucket.VIDEOS, "user/one#two.mp4", stream(b"whole"))
    old, young = tmp_path / "videos/user/film.mp4#1", tmp_path / "videos/user/film.mp4#2"
    old.write_bytes(b"half")
    young.write_bytes(b"half")
    os.utime(tmp_path / "videos/user/one#two.mp4", (0, 0))
    os.utime(old, (0, 0))

    removed = await storage.remove_unfinished(age=timedelta(days=1))

    assert removed == 1
    assert {path.name for path in tmp_path.rglob("*.mp4*")} == {"one#two.mp4", "film.mp4#2"}


async def test_store_without_folders_has_no_leftovers() -> None:
    assert await memory_storage().remove_unfinished(age=timedelta(0)) == 0
