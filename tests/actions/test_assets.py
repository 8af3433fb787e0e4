import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from rushes.actions.assets import Upload, accept, discard, reject, store_upload
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.media import Asset, AssetRole, AssetStatus, Bucket, MediaLimits, Probe
from rushes.errors import Conflict, MediaRejected, Missing, TooLarge, UnsupportedMedia
from rushes.storage.store import Storage, local_storage, memory_storage
from tests.factories import (
    PNG,
    claim_check,
    fetch_value,
    make_asset,
    make_job,
    make_viewer,
    stream,
)

LIMITS = MediaLimits(image_bytes=2000)
PICTURE = Probe(media_type="image/png", width=640, height=480, thumbhash="abc")


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return local_storage(tmp_path)


def objects(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


async def upload(
    web: Database,
    storage: Storage,
    viewer: Viewer,
    chunks: AsyncIterator[bytes],
    *,
    role: AssetRole = AssetRole.REFERENCE,
    file_name: str | None = "cat.png",
) -> Asset:
    asked = Upload(role=role, file_name=file_name, chunks=chunks)
    return await store_upload(web, storage, viewer, asked, limits=LIMITS)


async def breaking_off(start: bytes) -> AsyncIterator[bytes]:
    yield start
    raise ConnectionResetError("the client went away")


async def test_upload_is_stored_and_waits_for_its_check(
    owner: Database, web: Database, storage: Storage
) -> None:
    viewer = await make_viewer(owner)

    asset = await upload(web, storage, viewer, stream(PNG[:5], PNG[5:100], PNG[100:]))

    stored = b"".join(
        [part async for part in storage.read(asset.bucket, asset.key, start=0, end=asset.bytes or 0)]
    )
    assert stored == PNG
    assert (asset.status, asset.bucket) == (AssetStatus.CHECKING, Bucket.IMAGES)
    assert (asset.bytes, asset.sha256) == (len(PNG), hashlib.sha256(PNG).hexdigest())
    assert (asset.media_type, asset.file_name) == ("image/png", "cat.png")


async def test_name_of_the_file_decides_nothing(owner: Database, web: Database, storage: Storage) -> None:
    viewer = await make_viewer(owner)

    asset = await upload(web, storage, viewer, stream(PNG), file_name="../../etc/passwd.mp4")

    assert asset.key == f"{viewer.user_id}/{asset.id}/reference.png"


async def test_long_name_is_cut(owner: Database, web: Database, storage: Storage) -> None:
    asset = await upload(web, storage, await make_viewer(owner), stream(PNG), file_name="x" * 300)

    assert asset.file_name == "x" * 255


@pytest.mark.parametrize(
    ("chunks", "role", "error"),
    [
        ((), AssetRole.REFERENCE, MediaRejected),
        ((b"", b""), AssetRole.REFERENCE, MediaRejected),
        ((b"<svg/>",), AssetRole.REFERENCE, UnsupportedMedia),
        ((PNG,), AssetRole.MOTION, UnsupportedMedia),
        ((PNG, b"x" * 2000), AssetRole.REFERENCE, TooLarge),
        ((PNG + b"x" * 2000,), AssetRole.REFERENCE, TooLarge),
    ],
)
async def test_unwanted_file_leaves_nothing(
    owner: Database,
    web: Database,
    storage: Storage,
    tmp_path: Path,
    chunks: tuple[bytes, ...],
    role: AssetRole,
    error: type[Exception],
) -> None:
    viewer = await make_viewer(owner)

    with pytest.raises(error):
        await upload(web, storage, viewer, stream(*chunks), role=role)

    assert await fetch_value(owner, "SELECT count(*) FROM assets") == 0
    assert objects(tmp_path) == []


async def test_file_of_exactly_the_limit_is_taken(owner: Database, web: Database, storage: Storage) -> None:
    asset = await upload(web, storage, await make_viewer(owner), stream(PNG.ljust(2000, b"x")))

    assert asset.bytes == 2000


@pytest.mark.parametrize("start", [PNG[:4], PNG, PNG * 2])
async def test_broken_off_upload_leaves_nothing(
    owner: Database, web: Database, storage: Storage, tmp_path: Path, start: bytes
) -> None:
    viewer = await make_viewer(owner)

    with pytest.raises(ConnectionResetError):
        await upload(web, storage, viewer, breaking_off(start))

    assert await fetch_value(owner, "SELECT count(*) FROM assets") == 0
    assert objects(tmp_path) == []


async def test_accepted_file_keeps_what_was_measured(owner: Database, web: Database, work: Database) -> None:
    viewer = await make_viewer(owner)
    storage = memory_storage()
    uploaded = await upload(web, storage, viewer, stream(PNG))

    await accept(work, *await claim_check(work), PICTURE)

    async with owner.transaction() as tx:
        (row,) = await tx.fetch("SELECT * FROM assets WHERE id = $1", uploaded.id)
    assert (row["status"], row["width"], row["height"], row["thumbhash"]) == ("ready", 640, 480, "abc")
    assert row["lease"] is None


async def test_rejected_file_loses_its_bytes_and_keeps_its_reason(
    owner: Database, web: Database, work: Database
) -> None:
    storage = memory_storage()
    asset = await upload(web, storage, await make_viewer(owner), stream(PNG))

    await reject(work, storage, *await claim_check(work), error_code="media_rejected", message="Too small.")

    with pytest.raises(Missing):
        await storage.head(asset.bucket, asset.key)
    reason = "SELECT status || ': ' || error_message FROM assets"
    assert await fetch_value(owner, reason) == "rejected: Too small."


async def test_rejection_without_the_lease_keeps_the_bytes(
    owner: Database, web: Database, work: Database
) -> None:
    storage = memory_storage()
    asset = await upload(web, storage, await make_viewer(owner), stream(PNG))
    checked, lease = await claim_check(work)
    await accept(work, checked, lease, PICTURE)

    await reject(work, storage, checked, lease, error_code="media_rejected", message="Too late.")

    assert (await storage.head(asset.bucket, asset.key)).size == len(PNG)
    assert await fetch_value(owner, "SELECT status FROM assets") == "ready"


async def test_discarded_file_is_gone(owner: Database, web: Database) -> None:
    storage, viewer = memory_storage(), await make_viewer(owner)
    asset = await upload(web, storage, viewer, stream(PNG))

    await discard(web, storage, viewer, asset_id=asset.id)

    with pytest.raises(Missing):
        await storage.head(asset.bucket, asset.key)
    assert await fetch_value(owner, "SELECT status FROM assets") == "deleted"


async def test_used_file_is_not_discarded(owner: Database, web: Database) -> None:
    viewer = await make_viewer(owner)
    film = await make_asset(owner, viewer)
    await make_job(web, viewer, inputs={AssetRole.MOTION: film})

    with pytest.raises(Conflict):
        await discard(web, memory_storage(), viewer, asset_id=film)

    assert await fetch_value(owner, "SELECT status FROM assets WHERE id = $1", film) == "ready"


async def test_file_of_another_is_not_discarded(owner: Database, web: Database) -> None:
    film = await make_asset(owner, await make_viewer(owner))

    with pytest.raises(Missing):
        await discard(web, memory_storage(), await make_viewer(owner), asset_id=film)

    assert await fetch_value(owner, "SELECT status FROM assets") == "ready"
