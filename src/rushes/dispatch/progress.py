"""Telling the database what running attempts say of themselves, several times a second at the most."""

from datetime import timedelta

from rushes.db import queue, webhooks
from rushes.db.pool import Database
from rushes.dispatch.running import Running


async def save(database: Database, running: Running, *, webhook_interval: timedelta) -> None:
    """Save the progress that was told since the last time, all attempts in one transaction."""
    said: list[queue.Said] = []
    for one in running.attempts.values():
        if one.said is not None:
            said.append(one.said)
            one.said = None
    if said:
        async with database.transaction() as tx:
            await queue.save_progress(tx, said=said)
            await webhooks.save_progress_deliveries(
                tx, job_ids=[one.job_id for one in said], interval=webhook_interval
            )


async def save_notes(database: Database, running: Running) -> None:
    """Save logs and checkpoints as they are now: what a worker that dies leaves behind."""
    changed = [one for one in running.attempts.values() if not one.noted]
    notes = [
        queue.Note(
            job_id=one.attempt.job.id,
            lease=one.attempt.lease,
            log="".join(one.log),
            checkpoint=one.checkpoint,
        )
        for one in changed
    ]
    if not notes:
        return
    waiting = {one.attempt.lease: one.saved for one in changed}
    for one in changed:
        one.noted = True
    try:
        async with database.autocommit() as tx:
            held = await queue.save_notes(tx, notes=notes)
    except BaseException:
        for one in changed:
            one.noted = False
        raise
    for lease in held:
        saved = waiting[lease]
        if saved is not None and not saved.done():
            saved.set_result(None)
