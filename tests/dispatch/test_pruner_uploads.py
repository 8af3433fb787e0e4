from datetime import timedelta
from pathlib import Path

import pytest

from rushes.actions.assets import accept, discard
from rushes.actions.uploads import Announced, begin_upload, complete_upload
from rushes.db.pool import Database
from rushes.dispatch.pruner import prune
from rushes.domain.accounts import Viewer
from rushes.domain.media import Asset, AssetRole, MediaLimits, Probe
from rushes.domain.retention import Retention
from rushes.storage.store import Storage
from tests.factories import PNG, claim_check, fetch_value, stream

RETENTION = Retention()
LIMITS = MediaLimits()
PICTURE = Probe(media_type="image/png", width=64, height=48)
AGE = "UPDATE assets SET created_at = created_at - $1::interval, upload_until = upload_until - $1::interval"


@pytest.fixture
async def upload(web: Database, storage: Storage, viewer: Viewer) -> Asset:
    """A picture that was announced, and sent."""
    announced = Announced(role=AssetRole.REFERENCE, size=len(PNG))
    asset = await begin_upload(web, viewer, announced, limits=LIMITS)
    await send(storage, asset)
    return asset


async def send(storage: Storage, upload: Asset) -> None:
    await storage.write(upload.bucket, upload.key, stream(PNG))


async def let_pass(owner: Database, time: timedelta) -> None:
    async with owner.transaction() as tx:
        await tx.execute(AGE, time)


async def names_in(storage: Storage, upload: Asset) -> set[str]:
    keys = await storage.list_keys(upload.bucket, f"{upload.user_id}/{upload.id}")
    return {key.rpartition("/")[2] for key in keys}


async def test_upload_that_is_not_completed_within_a_day_is_removed(
    owner: Database, work: Database, storage: Storage, upload: Asset
) -> None:
    await let_pass(owner, timedelta(hours=23))
    await prune(work, storage, RETENTION)
    before = await names_in(storage, upload)

    await let_pass(owner, timedelta(hours=2))
    await prune(work, storage, RETENTION)

    assert (before, await names_in(storage, upload)) == ({"upload"}, set())
    assert await fetch_value(owner, "SELECT status FROM assets") == "deleted"


async def test_what_is_sent_after_completion_is_removed_and_the_file_stays(
    owner: Database, web: Database, work: Database, storage: Storage, viewer: Viewer, upload: Asset
) -> None:
    await complete_upload(web, storage, viewer, asset_id=upload.id, limits=LIMITS)
    await accept(work, *await claim_check(work), PICTURE, sha256="0" * 64)
    await send(storage, upload)

    await prune(work, storage, RETENTION)
    before = await names_in(storage, upload)
    await let_pass(owner, timedelta(hours=25))
    await prune(work, storage, RETENTION)

    assert before == {"reference.png", "upload"}
    assert await names_in(storage, upload) == {"reference.png"}
    assert await fetch_value(owner, "SELECT upload_until FROM assets") is None


async def test_what_is_sent_after_deletion_is_removed(
    owner: Database, web: Database, work: Database, storage: Storage, viewer: Viewer, upload: Asset
) -> None:
    await discard(web, storage, viewer, asset_id=upload.id)
    await prune(work, storage, RETENTION)
    await send(storage, upload)

    await let_pass(owner, timedelta(hours=25))
    await prune(work, storage, RETENTION)

    assert await names_in(storage, upload) == set()


async def test_file_that_a_lost_completion_moved_is_removed(
    owner: Database, work: Database, storage: Storage, upload: Asset, tmp_path: Path
) -> None:
    await storage.move(upload.bucket, upload.key, f"{upload.user_id}/{upload.id}/reference.png")

    await let_pass(owner, timedelta(hours=25))
    await prune(work, storage, RETENTION)

    assert await names_in(storage, upload) == set()
