"""Waiting for a worker to check an uploaded file."""

import asyncio

from rushes.db import media
from rushes.domain.media import Asset, AssetStatus
from rushes.errors import FieldProblem, MediaRejected, Missing
from rushes.web.live import Live
from rushes.web.services import Services

POLL_SECONDS = 1.0
"""A notification only wakes earlier; this is how late the truth can be without one."""


async def await_verdict(services: Services, live: Live, asset: Asset, *, field: str = "file") -> Asset:
    """Return the file once it was checked, or as it stands when `check_wait` is over.

    Raises:
        MediaRejected: It was refused; `field` is named as the wrong one.
        Missing: It was deleted meanwhile.
    """
    clock = asyncio.get_running_loop().time
    deadline = clock() + services.check_wait.total_seconds()
    with live.subscribe(asset.id) as subscription:
        while True:
            asset = await _read(services, asset)
            left = deadline - clock()
            if asset.status is not AssetStatus.CHECKING or left <= 0 or subscription.is_over:
                break
            await subscription.wait(seconds=min(left, POLL_SECONDS))
    if asset.status is AssetStatus.REJECTED:
        raise MediaRejected(
            asset.error_message,
            fields=(FieldProblem(field=field, message=asset.error_message or "The file cannot be used."),),
        )
    return asset


async def _read(services: Services, asset: Asset) -> Asset:
    async with services.database.transaction(viewer=asset.user_id) as tx:
        current = await media.get_asset(tx, asset_id=asset.id, user_id=asset.user_id)
    if current is None:
        raise Missing("There is no such asset.")
    return current
