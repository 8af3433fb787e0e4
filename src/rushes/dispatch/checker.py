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
from rushes.domain.media import Asset
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
        probe = await examiner.probe(path, media_type=asset.media_type, scratch=folder)
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
        await assets.accept(database, asset, lease, probe, sha256=copied.sha256)
        _log.info("asset.ready", asset_id=str(asset.id))
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def _release(database: Database, asset: Asset, lease: Lease) -> None:
    with suppress(Unavailable):
        async with database.autocommit() as tx:
            await media.release_check(tx, asset_id=asset.id, lease=lease)
