"""Telling the database what running attempts say of themselves, several times a second at the most."""

from rushes.db import queue
from rushes.db.pool import Database
from rushes.dispatch.running import Running


async def save(database: Database, running: Running) -> None:
    """Save what was said since the last time, all attempts in one statement."""
    said: list[queue.Said] = []
    for one in running.attempts.values():
        if one.said is not None:
            said.append(one.said)
            one.said = None
    if said:
        async with database.transaction() as tx:
            await queue.save_progress(tx, said=said)
