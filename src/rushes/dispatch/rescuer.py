"""Taking jobs back from workers that fell silent, and ending those whose deadline has passed."""

from datetime import timedelta
from typing import Any

import structlog

from rushes.actions import cancel, settle
from rushes.db import lifecycle, queue, workers
from rushes.db.lifecycle import OverdueJob
from rushes.db.pool import Database
from rushes.domain.endings import Lapsed
from rushes.errors import Unavailable

BATCH = 100
GONE_AFTER = timedelta(seconds=60)

_log: Any = structlog.get_logger()


async def rescue(database: Database) -> None:
    """End every attempt whose lease has run out; any number of rescuers may do so at once."""
    async with database.transaction() as tx:
        await workers.mark_gone(tx, silence=GONE_AFTER)
        lapsed = await queue.list_lapsed(tx, count=BATCH)
    for one in lapsed:
        await _rescue(database, one)


async def cancel_overdue(database: Database) -> None:
    """Cancel every job whose owner set a time for that, which has passed."""
    async with database.autocommit() as tx:
        overdue = await lifecycle.list_overdue(tx, count=BATCH)
    for one in overdue:
        await _cancel_overdue(database, one)


async def _cancel_overdue(database: Database, overdue: OverdueJob) -> None:
    try:
        cancelled = await cancel.cancel_overdue(database, overdue)
    except Unavailable:
        raise
    except Exception:  # noqa: BLE001 - one job that cannot be cancelled must not hold up the others
        _log.exception("overdue.failed", job_id=str(overdue.job_id))
        return
    if cancelled:
        _log.info("job.overdue", job_id=str(overdue.job_id))


async def _rescue(database: Database, lapsed: Lapsed) -> None:
    try:
        job = await settle.rescue(database, lapsed)
    except Unavailable:
        raise
    except Exception:  # noqa: BLE001 - one job that cannot be rescued must not hold up the others
        _log.exception("rescue.failed", job_id=str(lapsed.job_id))
        return
    if job is not None:
        _log.warning("attempt.lost", job_id=str(job.id), lease=str(lapsed.lease), status=job.status)
