"""The chores of the whole fleet: whichever worker comes first does each, once an interval."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import structlog

from rushes.actions.admission import admit_held_up
from rushes.db import speeds, waiting
from rushes.db.chores import take_chore
from rushes.db.pool import Database
from rushes.domain.waiting import AGEING_INTERVAL, marks_interval
from rushes.errors import Unavailable

SPEEDS_INTERVAL = timedelta(minutes=1)
ADMISSION_INTERVAL = timedelta(seconds=30)

_log: Any = structlog.get_logger()


async def do_chores(database: Database, *, ageing_interval: timedelta = AGEING_INTERVAL) -> None:
    """Do the chores that are due; any number of workers may do so at once, and each chore is done by one.

    Raises:
        Unavailable: The database is away.
    """

    async def age() -> None:
        async with database.transaction() as tx:
            await waiting.age_jobs(tx, interval=ageing_interval)

    async def refresh_speeds() -> None:
        async with database.transaction() as tx:
            await speeds.refresh_speeds(tx)

    async def refresh_marks() -> None:
        async with database.transaction() as tx:
            await waiting.refresh_marks(tx)

    async with database.transaction() as tx:
        depth = await waiting.count_marked(tx)
    await _do(database, "age_jobs", ageing_interval, age)
    await _do(database, "admit_held_up", ADMISSION_INTERVAL, lambda: admit_held_up(database))
    await _do(database, "refresh_speeds", SPEEDS_INTERVAL, refresh_speeds)
    await _do(database, "refresh_marks", marks_interval(depth), refresh_marks)


async def _do(
    database: Database, name: str, interval: timedelta, chore: Callable[[], Awaitable[Any]]
) -> None:
    # Taken for itself: a chore that fails is due again an interval later, not at once.
    async with database.transaction() as tx:
        if not await take_chore(tx, name=name, interval=interval):
            return
    try:
        await chore()
    except Unavailable:
        raise
    except Exception:  # noqa: BLE001 - one chore that cannot be done must not hold up the others
        _log.exception("chore.failed", chore=name)
