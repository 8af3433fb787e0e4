"""Removing what is past its time: rows a batch at a time, then the files that nobody may read any more."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any, Protocol, TypeVar

import structlog

from rushes.db import pruning
from rushes.db.chores import take_chore
from rushes.db.pool import Database, Tx
from rushes.db.pruning import DeletedFile, EndedUpload, LostAttempt
from rushes.domain.media import AssetRole, Bucket, output_name
from rushes.domain.retention import Retention
from rushes.errors import DatabaseUnavailable, Unavailable
from rushes.storage.store import Storage

ROWS = 5_000
"""How many rows one transaction removes."""

FILES = 50
"""How many files, or attempts, are cleared up between two transactions."""

BATCHES = 200
"""How many batches of one kind a turn has at the most: what is left then is left to the next turn."""

_log: Any = structlog.get_logger()

_T = TypeVar("_T")


class _RemoveRows(Protocol):
    async def __call__(self, tx: Tx, *, age: timedelta, count: int) -> int: ...


async def prune(database: Database, storage: Storage, retention: Retention) -> None:
    """Remove everything that is past its time, or as much of it as one turn may.

    Any number of workers may do so at once: rows that one of them has locked are passed over by the others,
    and an object may be removed twice. What the store cannot remove now is put off to the next turn.

    Raises:
        DatabaseUnavailable: The database is away; what was removed stays so.
    """
    removed = {"events": await _prune_events(database, retention.events)}
    for name, remove, age, rows in _rows(retention):
        removed[name] = await _prune_rows(database, remove, age, rows)
    removed["files"] = await _purge(database, storage)
    removed["late_uploads"] = await _sweep_uploads(database, storage, retention.upload_addresses)
    removed["strays"] = await _sweep(database, storage, retention.lost_attempts)
    removed["unfinished_writes"] = await _remove_unfinished(database, storage, retention.unfinished_writes)
    if any(removed.values()):
        _log.info("pruner.pruned", **{name: count for name, count in removed.items() if count})


def _rows(retention: Retention) -> Sequence[tuple[str, _RemoveRows, timedelta, int]]:
    return (
        ("idempotency_keys", pruning.prune_idempotency_keys, retention.idempotency_keys, ROWS),
        ("sessions", pruning.prune_sessions, retention.sessions, ROWS),
        ("deliveries", pruning.prune_deliveries, retention.deliveries, ROWS),
        ("reports", pruning.prune_reports, retention.reports, ROWS),
        ("progress", pruning.prune_progress, retention.progress, ROWS),
        ("workers", pruning.prune_workers, retention.workers, ROWS),
        ("uploads", pruning.give_up_uploads, retention.uploads, ROWS),
    )


async def _prune_events(database: Database, age: timedelta) -> int:
    removed, after_id = 0, 0
    for _ in range(BATCHES):
        async with database.transaction() as tx:
            batch = await pruning.prune_events(tx, age=age, after_id=after_id, count=ROWS)
        removed += batch.count
        if batch.next_id is None:
            break
        after_id = batch.next_id
    return removed


async def _prune_rows(database: Database, remove: _RemoveRows, age: timedelta, rows: int) -> int:
    removed = 0
    for _ in range(BATCHES):
        async with database.transaction() as tx:
            count = await remove(tx, age=age, count=rows)
        removed += count
        if count < rows:
            break
    return removed


async def _purge(database: Database, storage: Storage) -> int:
    """Remove the objects of deleted files, and the stills of uploads with them; return how many files."""

    async def list_due(tx: Tx, put_off: Sequence[DeletedFile]) -> list[DeletedFile]:
        return await pruning.list_deleted_files(tx, except_ids=[file.id for file in put_off], count=FILES)

    async def remove(file: DeletedFile) -> int:
        beside = [] if file.folder is None else await storage.list_keys(file.bucket, file.folder)
        for key in {file.key, *beside}:
            await storage.delete(file.bucket, key)
        return 1

    async def mark(tx: Tx, files: Sequence[DeletedFile]) -> None:
        await pruning.mark_purged(tx, asset_ids=[file.id for file in files])

    return await _clear(database, list_due, remove, mark)


async def _sweep_uploads(database: Database, storage: Storage, age: timedelta) -> int:
    """Remove what was sent to the address of a direct upload after it was over; return how many objects."""

    async def list_due(tx: Tx, put_off: Sequence[EndedUpload]) -> list[EndedUpload]:
        except_ids = [upload.id for upload in put_off]
        return await pruning.list_ended_uploads(tx, age=age, except_ids=except_ids, count=FILES)

    async def remove(upload: EndedUpload) -> int:
        stored = await storage.list_keys(upload.bucket, f"{upload.user_id}/{upload.id}")
        late = [key for key in stored if key not in upload.kept]
        for key in late:
            await storage.delete(upload.bucket, key)
        return len(late)

    async def mark(tx: Tx, uploads: Sequence[EndedUpload]) -> None:
        await pruning.mark_upload_ended(tx, asset_ids=[upload.id for upload in uploads])

    return await _clear(database, list_due, remove, mark)


async def _sweep(database: Database, storage: Storage, age: timedelta) -> int:
    """Remove the objects that lost attempts stored and nothing points to; return how many."""

    async def list_due(tx: Tx, put_off: Sequence[LostAttempt]) -> list[LostAttempt]:
        leases = [attempt.lease for attempt in put_off]
        return await pruning.list_lost_attempts(tx, age=age, except_leases=leases, count=FILES)

    async def remove(attempt: LostAttempt) -> int:
        return await _sweep_one(database, storage, attempt)

    async def mark(tx: Tx, attempts: Sequence[LostAttempt]) -> None:
        await pruning.mark_swept(tx, leases=[attempt.lease for attempt in attempts])

    return await _clear(database, list_due, remove, mark)


async def _sweep_one(database: Database, storage: Storage, attempt: LostAttempt) -> int:
    # Nobody can begin to point to one of these meanwhile: the attempt has lost its lease, and its names are
    # its own.
    keys = await storage.list_keys(Bucket.OUTPUTS, f"{attempt.user_id}/{attempt.job_id}")
    stored = [key for key in keys if _is_name_of(attempt, key.rpartition("/")[2])]
    if not stored:
        return 0
    async with database.transaction() as tx:
        known = await pruning.list_known_keys(tx, bucket=Bucket.OUTPUTS, keys=stored)
    strays = [key for key in stored if key not in known]
    for key in strays:
        await storage.delete(Bucket.OUTPUTS, key)
    return len(strays)


def _is_name_of(attempt: LostAttempt, name: str) -> bool:
    """Tell whether an attempt gives this name to what it stores."""
    return name.partition(".")[0] in {output_name(role, attempt.number) for role in AssetRole}


async def _clear(
    database: Database,
    list_due: Callable[[Tx, Sequence[_T]], Awaitable[list[_T]]],
    remove: Callable[[_T], Awaitable[int]],
    mark: Callable[[Tx, Sequence[_T]], Awaitable[None]],
) -> int:
    """Remove the objects of what is due, and note it; what the store refuses is put off to the next turn.

    The store is never called within a transaction. So a pruner that dies in between, or two at once, remove
    an object twice, which changes nothing.
    """
    removed = 0
    put_off: list[_T] = []
    for _ in range(BATCHES):
        async with database.transaction() as tx:
            due = await list_due(tx, put_off)
        cleared: list[_T] = []
        for one in due:
            try:
                removed += await remove(one)
            except DatabaseUnavailable:
                raise
            except Unavailable as error:
                put_off.append(one)
                _log.warning("pruner.put_off", error=error.message)
            else:
                cleared.append(one)
        async with database.transaction() as tx:
            await mark(tx, cleared)
        # Where nothing of a batch could be removed, the store is away.
        if len(due) < FILES or not cleared:
            break
    return removed


async def _remove_unfinished(database: Database, storage: Storage, age: timedelta) -> int:
    # The whole fleet writes to one folder, and looking through it takes long.
    async with database.transaction() as tx:
        is_ours = await take_chore(tx, name="remove_unfinished_writes", interval=age)
    return await storage.remove_unfinished(age=age) if is_ours else 0
