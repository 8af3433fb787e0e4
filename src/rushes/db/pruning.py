"""What the pruner removes: rows past their time a batch at a time, and the files that are to go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from rushes.db.pool import Tx
from rushes.db.queries import load
from rushes.domain.ids import AssetId, JobId, Lease, UserId
from rushes.domain.media import Bucket

_queries = load("pruning")


@dataclass(frozen=True, slots=True, kw_only=True)
class PrunedEvents:
    """How many events a batch removed, and the id after which the next begins; `None` if it was the last."""

    count: int
    next_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletedFile:
    """A deleted file whose object may still be stored.

    `folder` is an upload's own, where stills of it lie as well; `None` for what a job made.
    """

    id: AssetId
    bucket: Bucket
    key: str
    folder: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedUpload:
    """A direct upload that is over; `kept` are the keys of what is to stay of it."""

    id: AssetId
    user_id: UserId
    bucket: Bucket
    kept: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LostAttempt:
    """An attempt whose worker fell silent, and may have left files that nothing points to."""

    lease: Lease
    job_id: JobId
    user_id: UserId
    number: int


async def prune_events(tx: Tx, *, age: timedelta, after_id: int, count: int) -> PrunedEvents:
    """Look at the next `count` events, and remove the old ones but for the last of an active job.

    Events are walked by their id, which rises with time: so each turn begins at the oldest, ends at the first
    young one, and needs no other order. Whoever follows an active job can go on from any event he has seen.
    """
    row = await _queries.prune_events(tx, age=age, after_id=after_id, count=count)
    return PrunedEvents(count=row["pruned"], next_id=row["next_id"])


async def prune_idempotency_keys(tx: Tx, *, age: timedelta, count: int) -> int:
    """Remove old keys of submissions; return how many."""
    return await _queries.prune_idempotency_keys(tx, age=age, count=count)


async def prune_sessions(tx: Tx, *, age: timedelta, count: int) -> int:
    """Remove sessions that expired longer than `age` ago; return how many."""
    return await _queries.prune_sessions(tx, age=age, count=count)


async def prune_deliveries(tx: Tx, *, age: timedelta, count: int) -> int:
    """Remove old webhook deliveries that arrived or were given up; return how many."""
    return await _queries.prune_deliveries(tx, age=age, count=count)


async def prune_reports(tx: Tx, *, age: timedelta, count: int) -> int:
    """Remove old reports of providers; return how many."""
    return await _queries.prune_reports(tx, age=age, count=count)


async def prune_workers(tx: Tx, *, age: timedelta, count: int) -> int:
    """Remove workers that have been gone for `age`; return how many."""
    return await _queries.prune_workers(tx, age=age, count=count)


async def prune_progress(tx: Tx, *, age: timedelta, count: int) -> int:
    """Remove what attempts said that no longer hold their job; return how many."""
    return await _queries.prune_progress(tx, age=age, count=count)


async def give_up_uploads(tx: Tx, *, age: timedelta, count: int) -> int:
    """Mark as deleted the uploads that began `age` ago and never ended; return how many."""
    return await _queries.give_up_uploads(tx, age=age, count=count)


async def list_deleted_files(tx: Tx, *, except_ids: Sequence[AssetId], count: int) -> list[DeletedFile]:
    """Return files whose objects are to be removed, the longest deleted first."""
    rows = _queries.list_deleted_files(tx, except_ids=list(except_ids), count=count)
    return [
        DeletedFile(id=AssetId(row["id"]), bucket=Bucket(row["bucket"]), key=row["key"], folder=row["folder"])
        async for row in rows
    ]


async def mark_purged(tx: Tx, *, asset_ids: Sequence[AssetId]) -> int:
    """Note that the objects of deleted files are gone; return how many were not noted before."""
    return await _queries.mark_purged(tx, asset_ids=list(asset_ids))


async def list_ended_uploads(
    tx: Tx, *, age: timedelta, except_ids: Sequence[AssetId], count: int
) -> list[EndedUpload]:
    """Return direct uploads whose addresses ended longer than `age` ago, the longest ended first."""
    rows = _queries.list_ended_uploads(tx, age=age, except_ids=list(except_ids), count=count)
    return [
        EndedUpload(
            id=AssetId(row["id"]),
            user_id=UserId(row["user_id"]),
            bucket=Bucket(row["bucket"]),
            kept=frozenset(row["kept"]),
        )
        async for row in rows
    ]


async def mark_upload_ended(tx: Tx, *, asset_ids: Sequence[AssetId]) -> int:
    """Note that nothing of some direct uploads is left but the files themselves; return of how many."""
    return await _queries.mark_upload_ended(tx, asset_ids=list(asset_ids))


async def list_lost_attempts(
    tx: Tx, *, age: timedelta, except_leases: Sequence[Lease], count: int
) -> list[LostAttempt]:
    """Return attempts lost longer than `age` ago that nobody cleared up after, the longest lost first."""
    rows = _queries.list_lost_attempts(tx, age=age, except_leases=list(except_leases), count=count)
    return [
        LostAttempt(
            lease=Lease(row["lease"]),
            job_id=JobId(row["job_id"]),
            user_id=UserId(row["user_id"]),
            number=row["number"],
        )
        async for row in rows
    ]


async def list_known_keys(tx: Tx, *, bucket: Bucket, keys: Sequence[str]) -> set[str]:
    """Return those of some keys that belong to a file in the database, deleted ones included."""
    return {row["key"] async for row in _queries.list_known_keys(tx, bucket=bucket, keys=list(keys))}


async def mark_swept(tx: Tx, *, leases: Sequence[Lease]) -> int:
    """Note that lost attempts were cleared up after; return how many were not noted before."""
    return await _queries.mark_swept(tx, leases=list(leases))
