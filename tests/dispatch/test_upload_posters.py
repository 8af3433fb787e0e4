"""The still of an upload: made by its check, and gone when it goes."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image
from structlog.testing import capture_logs

from rushes.actions.assets import Upload, accept, discard, store_upload
from rushes.actions.delete import delete_job
from rushes.actions.uploads import Announced, begin_upload, complete_upload
from rushes.db import media
from rushes.db.pool import Database
from rushes.dispatch.checker import check_next
from rushes.dispatch.config import WorkerConfig
from rushes.dispatch.pruner import prune
from rushes.domain.accounts import Viewer
from rushes.domain.jobs import JobStatus
from rushes.domain.media import Asset, AssetRole, AssetStatus, MediaLimits, Probe
from rushes.domain.retention import Retention
from rushes.engines.base import Examined
from rushes.engines.child.examiner import ChildExaminer
from rushes.storage.store import Storage
from tests.engines import hostile
from tests.factories import claim_check, fetch_value, make_bare_job, stream

LIMITS = MediaLimits()
RETENTION = Retention()
PICTURE = Probe(media_type="image/png", width=64, height=48)
LET_A_DAY_PASS = "UPDATE assets SET upload_until = upload_until - interval '25 hours'"
NAME_INPUT = "INSERT INTO job_inputs (job_id, role, asset_id) VALUES ($1, 'reference', $2)"


@dataclass
class Examiner:
    """Finds every file good, and a still of it; it does something meanwhile."""

    meanwhile: AsyncIterator[None] | None = None

    async def examine(self, path: Path, *, media_type: str, scratch: Path) -> Examined:
        poster = scratch / "poster.webp"
        poster.write_bytes(b"still")
        if self.meanwhile is not None:
            await anext(self.meanwhile)
        return Examined(probe=PICTURE, poster=poster)


@pytest.fixture
def config(scratch: Path) -> WorkerConfig:
    scratch.mkdir()
    return WorkerConfig(name="test", lanes=("cpu",), engines=(), scratch=scratch)


@pytest.fixture
def picture(tmp_path: Path) -> bytes:
    return hostile.picture(tmp_path / "a.png", size=(640, 360)).read_bytes()


async def upload(
    web: Database, storage: Storage, viewer: Viewer, content: bytes, role: AssetRole = AssetRole.REFERENCE
) -> Asset:
    asked = Upload(role=role, file_name=None, chunks=stream(content))
    return await store_upload(web, storage, viewer, asked, limits=LIMITS)


async def send_directly(web: Database, storage: Storage, viewer: Viewer, content: bytes) -> Asset:
    announced = Announced(role=AssetRole.REFERENCE, size=len(content))
    sent = await begin_upload(web, viewer, announced, limits=LIMITS)
    await storage.write(sent.bucket, sent.key, stream(content))
    return await complete_upload(web, storage, viewer, asset_id=sent.id, limits=LIMITS)


async def names_beside(storage: Storage, asset: Asset) -> set[str]:
    keys = await storage.list_keys(asset.bucket, f"{asset.user_id}/{asset.id}")
    return {key.rpartition("/")[2] for key in keys}


async def read(owner: Database, asset: Asset) -> Asset:
    async with owner.transaction() as tx:
        found = await media.get_asset(tx, asset_id=asset.id, user_id=asset.user_id)
    assert found is not None
    return found


async def execute(owner: Database, statement: str, *args: object) -> None:
    async with owner.transaction() as tx:
        await tx.execute(statement, *args)


async def test_check_stores_a_small_still_beside_the_picture(
    owner: Database,
    web: Database,
    work: Database,
    storage: Storage,
    viewer: Viewer,
    config: WorkerConfig,
    picture: bytes,
    tmp_path: Path,
) -> None:
    sent = await upload(web, storage, viewer, picture)

    await check_next(work, storage, ChildExaminer(), config)

    checked = await read(owner, sent)
    key = f"{viewer.user_id}/{sent.id}/poster.webp"
    assert checked.poster_key == key
    assert checked.probe is not None
    assert checked.probe.thumbhash is not None
    with Image.open(tmp_path / "storage" / "images" / key) as still:
        assert (still.format, still.size) == ("WEBP", (512, 288))


async def test_check_stores_a_still_of_a_film(
    owner: Database,
    web: Database,
    work: Database,
    storage: Storage,
    viewer: Viewer,
    config: WorkerConfig,
    tmp_path: Path,
) -> None:
    film = hostile.turned_video(tmp_path / "a.mp4").read_bytes()
    sent = await upload(web, storage, viewer, film, AssetRole.MOTION)

    await check_next(work, storage, ChildExaminer(), config)

    assert (await read(owner, sent)).status is AssetStatus.READY
    with Image.open(tmp_path / "storage" / "videos" / f"{viewer.user_id}/{sent.id}/poster.webp") as still:
        assert still.size == (48, 64)


async def test_file_is_good_when_the_store_does_not_take_its_still(
    owner: Database,
    web: Database,
    work: Database,
    storage: Storage,
    viewer: Viewer,
    config: WorkerConfig,
    picture: bytes,
    tmp_path: Path,
) -> None:
    sent = await upload(web, storage, viewer, picture)
    in_the_way = tmp_path / "storage" / "images" / f"{viewer.user_id}/{sent.id}/poster.webp"
    (in_the_way / "folder").mkdir(parents=True)

    with capture_logs() as logs:
        await check_next(work, storage, Examiner(), config)

    checked = await read(owner, sent)
    assert (checked.status, checked.poster_key) == (AssetStatus.READY, None)
    assert "asset.poster_not_stored" in [log["event"] for log in logs]


async def test_check_that_lost_its_file_takes_its_still_away(
    owner: Database,
    web: Database,
    work: Database,
    storage: Storage,
    viewer: Viewer,
    config: WorkerConfig,
    picture: bytes,
) -> None:
    sent = await upload(web, storage, viewer, picture)

    async def delete() -> AsyncIterator[None]:
        await discard(web, storage, viewer, asset_id=sent.id)
        yield

    await check_next(work, storage, Examiner(delete()), config)

    assert await names_beside(storage, sent) == set()


async def test_check_that_was_overtaken_leaves_the_still_of_the_other(
    owner: Database,
    web: Database,
    work: Database,
    storage: Storage,
    viewer: Viewer,
    config: WorkerConfig,
    picture: bytes,
) -> None:
    sent = await upload(web, storage, viewer, picture)

    async def overtake() -> AsyncIterator[None]:
        await execute(owner, "UPDATE assets SET lease_until = now() - interval '1 second'")
        await check_next(work, storage, Examiner(), config)
        yield

    await check_next(work, storage, Examiner(overtake()), config)

    kept = (await read(owner, sent)).poster_key
    assert kept == f"{viewer.user_id}/{sent.id}/poster-2.webp"
    assert await names_beside(storage, sent) == {"reference.png", "poster-2.webp"}


async def test_still_goes_with_an_upload_that_is_deleted(
    web: Database, work: Database, storage: Storage, viewer: Viewer, config: WorkerConfig, picture: bytes
) -> None:
    sent = await upload(web, storage, viewer, picture)
    await check_next(work, storage, Examiner(), config)
    before = await names_beside(storage, sent)

    await discard(web, storage, viewer, asset_id=sent.id)

    assert (before, await names_beside(storage, sent)) == ({"reference.png", "poster.webp"}, set())


async def test_stills_go_with_the_input_of_a_deleted_job_even_that_of_a_broken_check(
    owner: Database,
    web: Database,
    work: Database,
    storage: Storage,
    viewer: Viewer,
    config: WorkerConfig,
    picture: bytes,
) -> None:
    sent, other = [await upload(web, storage, viewer, picture) for _ in range(2)]
    await check_next(work, storage, Examiner(), config)
    await storage.write(sent.bucket, f"{viewer.user_id}/{sent.id}/poster-2.webp", stream(b"still"))
    job_id = await make_bare_job(owner, viewer, JobStatus.COMPLETED)
    await execute(owner, NAME_INPUT, job_id, sent.id)

    await delete_job(web, viewer, job_id=job_id)
    await prune(work, storage, RETENTION)

    assert await names_beside(storage, sent) == set()
    assert await names_beside(storage, other) == {"reference.png", "poster.webp"}


async def test_still_of_a_direct_upload_outlasts_its_address(
    owner: Database,
    web: Database,
    work: Database,
    storage: Storage,
    viewer: Viewer,
    config: WorkerConfig,
    picture: bytes,
) -> None:
    sent = await send_directly(web, storage, viewer, picture)
    await check_next(work, storage, Examiner(), config)

    await execute(owner, LET_A_DAY_PASS)
    await prune(work, storage, RETENTION)

    assert await fetch_value(owner, "SELECT upload_until FROM assets") is None
    assert await names_beside(storage, sent) == {"reference.png", "poster.webp"}


async def test_nothing_is_removed_beside_a_direct_upload_while_it_is_checked(
    owner: Database,
    web: Database,
    work: Database,
    storage: Storage,
    viewer: Viewer,
    picture: bytes,
) -> None:
    sent = await send_directly(web, storage, viewer, picture)
    asset, lease = await claim_check(work)
    still = f"{viewer.user_id}/{sent.id}/poster.webp"
    await storage.write(sent.bucket, still, stream(b"still"))

    await execute(owner, LET_A_DAY_PASS)
    await prune(work, storage, RETENTION)

    assert await accept(work, asset, lease, PICTURE, sha256="0" * 64, poster_key=still)
    assert await names_beside(storage, sent) == {"reference.png", "poster.webp"}
