"""The chores of the whole fleet: whichever worker comes first does each, once an interval."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Any

import structlog

from rushes.db import speeds, waiting
from rushes.db.chores import take_chore
from rushes.db.pool import Database, Tx
from rushes.domain.waiting import AGEING_INTERVAL, marks_interval
from rushes.errors import Unavailable

SPEEDS_INTERVAL = timedelta(minutes=1)

_log: Any = structlog.get_logger()


async def do_chores(database: Database, *, ageing_interval: timedelta = AGEING_INTERVAL) -> None:
    """Do the chores that are due; any number of workers may do so at once, and each chore is done by one.

    Raises:
        Unavailable: The database is away.
    """
    age = partial(waiting.age_jobs, interval=ageing_interval)
    await _do(database, "age_jobs", ageing_interval, age)
    await _do(database, "refresh_speeds", SPEEDS_INTERVAL, speeds.refresh_speeds)
    async with database.transaction() as tx:
        depth = await waiting.count_marked(tx)
    await _do(database, "refresh_marks", marks_interval(depth), waiting.refresh_marks)


async def _do(
    database: Database, name: str, interval: timedelta, chore: Callable[[Tx], Awaitable[Any]]
) -> None:
    try:
        async with database.transaction() as tx:
            if await take_chore(tx, name=name, interval=interval):
                await chore(tx)
    except Unavailable:
        raise
    except Exception:  # noqa: BLE001 - one chore that cannot be done must not hold up the others
        _log.exception("chore.failed", chore=name)
