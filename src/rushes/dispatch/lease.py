"""Keeping the leases of running attempts, and stopping those that are lost or should be cancelled."""

import time

from rushes.db import queue
from rushes.db.pool import Database
from rushes.dispatch.running import Running, Stopped

STOP_TIME_SECONDS = 5.0
"""How long an engine may take to be gone; it is told this much before the lease ends."""

LOOKS_PER_LEASE = 15
"""How often in the time of a lease its end is looked for."""


async def renew(database: Database, running: Running) -> None:
    """Renew every lease in one statement; stop what lost its lease or should be cancelled."""
    held = dict(running.attempts)
    if not held:
        return
    asked_at = time.monotonic()
    attempts = [one.attempt for one in held.values()]
    async with database.transaction() as tx:
        renewed = await queue.renew_leases(tx, attempts=attempts, lease_time=running.lease_time)
    for lease, one in held.items():
        if lease not in renewed:
            one.stop(Stopped.LOST)
            continue
        one.held_until = asked_at + running.lease_time.total_seconds()
        if renewed[lease]:
            one.stop(Stopped.CANCELLED)


async def stop_expiring(running: Running) -> None:
    """Stop the attempts whose lease is about to end.

    Somebody else may run the job from then on: the engine must be gone by that moment. This asks nothing of
    the database, for a renewal that hangs is one of the reasons why a lease ends.
    """
    lease_seconds = running.lease_time.total_seconds()
    margin = min(STOP_TIME_SECONDS, lease_seconds / 3) + lease_seconds / LOOKS_PER_LEASE
    for one in running.attempts.values():
        if one.held_until - time.monotonic() < margin:
            one.stop(Stopped.LOST)
