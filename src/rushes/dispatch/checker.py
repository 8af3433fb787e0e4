"""Checking uploads: each is measured once, in the sandbox, before any job may use it."""

import asyncio
import shutil
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import structlog

from rushes.actions import assets
from rushes.db import media
from rushes.db.pool import Database
from rushes.dispatch.config import WorkerConfig
from rushes.domain.ids import Lease
from rushes.domain.media import Asset, Probe
from rushes.engines.base import Examiner
from rushes.errors import EngineError, MediaRejected, Missing, Unavailable
from rushes.storage.store import Storage

MAX_CHECKS = 3

_log: Any = structlog.get_logger()


async def check_next(database: Database, storage: Storage, examiner: Examiner, config: WorkerConfig) -> None:
    """Check files until none is waiting."""
    while True:
        async with database.transaction() as tx:
            claimed = await media.claim_checks(tx, count=config.check_slots, lease_time=assets.CHECK_TIME)
        if not claimed:
            return
        async with asyncio.TaskGroup() as group:
            for asset, lease, number in claimed:
                group.create_task(_check(database, storage, examiner, config, asset, lease, number=number))


async def _check(
    database: Database,
    storage: Storage,
    examiner: Examiner,
    config: WorkerConfig,
    asset: Asset,
    lease: Lease,
    *,
    number: int,
) -> None:
    folder = Path(mkdtemp(prefix="check-", dir=config.scratch))
    try:
        path = folder / asset.role
        copied = await storage.fetch(asset.bucket, asset.key, path)
        found = await examiner.examine(path, media_type=asset.media_type, scratch=folder)
        poster_key = await _store_poster(storage, asset, found.poster, check=number)
    except (MediaRejected, Missing) as error:
        await assets.reject(database, storage, asset, lease, error_code=error.code, message=error.message)
        _log.info("asset.rejected", asset_id=str(asset.id), code=error.code, reason=error.message)
    except EngineError as error:
        _log.warning("asset.check_failed", asset_id=str(asset.id), code=error.code, error=error.message)
        if number >= MAX_CHECKS:
            message = "The file could not be checked."
            await assets.reject(database, storage, asset, lease, error_code="check_failed", message=message)
    except Unavailable as error:
        _log.warning("asset.check_put_off", asset_id=str(asset.id), error=error.message)
        await _release(database, asset, lease)
    except asyncio.CancelledError:
        await _release(database, asset, lease)
        raise
    else:
        digest = copied.sha256
        await _accept(database, storage, asset, lease, found.probe, sha256=digest, poster_key=poster_key)
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def _store_poster(storage: Storage, asset: Asset, poster: Path | None, *, check: int) -> str | None:
    """Store the still of a file that was found good, and return its key; the file is good without it."""
    if poster is None:
        return None
    key = assets.poster_key(asset, check)
    try:
        await storage.write_file(asset.bucket, key, poster)
    except Unavailable as error:
        _log.warning("asset.poster_not_stored", asset_id=str(asset.id), error=error.message)
        return None
    return key


async def _accept(
    database: Database,
    storage: Storage,
    asset: Asset,
    lease: Lease,
    probe: Probe,
    *,
    sha256: str,
    poster_key: str | None,
) -> None:
    if await assets.accept(database, asset, lease, probe, sha256=sha256, poster_key=poster_key):
        _log.info("asset.ready", asset_id=str(asset.id))
    elif poster_key is not None:
        # Where this fails, it goes when the file does, with all that lies beside it.
        with suppress(Unavailable):
            await storage.delete(asset.bucket, poster_key)


async def _release(database: Database, asset: Asset, lease: Lease) -> None:
    with suppress(Unavailable):
        async with database.autocommit() as tx:
            await media.release_check(tx, asset_id=asset.id, lease=lease)
