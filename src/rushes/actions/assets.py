"""Uploading a file: its type is read from its first bytes, its size counted as it arrives."""

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import PurePosixPath
from uuid import UUID

from uuid_utils.compat import uuid7

from rushes.actions.admission import judge_waiting
from rushes.db import accounts, media
from rushes.db.pool import Database, Tx
from rushes.domain.accounts import Viewer
from rushes.domain.ids import AssetId, Lease, UserId
from rushes.domain.media import (
    EXTENSIONS,
    INPUT_BUCKETS,
    INPUT_TYPES,
    Asset,
    AssetRole,
    MediaLimits,
    Probe,
    kind_of,
    output_name,
)
from rushes.domain.posters import POSTER_TYPE
from rushes.domain.recognition import recognise
from rushes.domain.sniffing import HEAD_BYTES
from rushes.errors import (
    Conflict,
    FieldProblem,
    MediaRejected,
    Missing,
    StorageFull,
    TooLarge,
    UnsupportedMedia,
)
from rushes.storage.store import Storage

CHECK_TIME = timedelta(seconds=180)
"""How long a check is one worker's: more than its fetch and its measuring take, or others would repeat it."""

MAX_FILE_NAME = 255
"""Longer names are cut, in characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file on its way in: its role, the name that its owner gave it, its bytes."""

    role: AssetRole
    file_name: str | None
    chunks: AsyncIterator[bytes]


async def store_upload(
    database: Database, storage: Storage, viewer: Viewer, upload: Upload, *, limits: MediaLimits
) -> Asset:
    """Store a file as it arrives; it then waits to be checked by a worker.

    Raises:
        UnsupportedMedia: Its first bytes are not of a type that the role takes; nothing is kept.
        MediaRejected: It is empty; nothing is kept.
        TooLarge: It is longer than allowed; nothing is kept.
        StorageFull: The account's files fill what it may keep.
        Conflict: It took so long that it was given up; nothing is kept.
    """
    head, chunks = await _peek(upload.chunks)
    media_type = require_type(head, upload.role)
    asset_id = AssetId(uuid7())
    bucket = INPUT_BUCKETS[upload.role]
    key = input_key(viewer.user_id, asset_id, upload.role, media_type)
    async with database.transaction(viewer=viewer.user_id) as tx:
        await require_space(tx, viewer, size=1, limits=limits)
        await media.insert_upload(
            tx,
            asset_id=asset_id,
            user_id=viewer.user_id,
            role=upload.role,
            bucket=bucket,
            key=key,
            media_type=media_type,
            file_name=upload.file_name and upload.file_name[:MAX_FILE_NAME],
        )
    try:
        limit = limits.bytes_of(kind_of(media_type))
        digest = await storage.write(bucket, key, _limited(chunks, limit))
    except BaseException:
        async with database.transaction(viewer=viewer.user_id) as tx:
            await media.drop_upload(tx, asset_id=asset_id)
        await storage.delete(bucket, key)
        raise
    async with database.transaction(viewer=viewer.user_id) as tx:
        asset = await media.finish_upload(tx, asset_id=asset_id, size=digest.bytes, sha256=digest.sha256)
    if asset is None:
        await storage.delete(bucket, key)
        raise Conflict("The upload took so long that it was given up.")
    return asset


async def discard(database: Database, storage: Storage, viewer: Viewer, *, asset_id: UUID) -> None:
    """Delete one of the viewer's uploads.

    Raises:
        Missing: He has no such file.
        Conflict: A job uses it.
    """
    async with database.transaction(viewer=viewer.user_id) as tx:
        # Every submission takes this lock as well: so no job can begin to use the file meanwhile.
        await accounts.lock_user(tx, user_id=viewer.user_id)
        if await media.get_asset(tx, asset_id=asset_id, user_id=viewer.user_id) is None:
            raise Missing("There is no such asset.")
        if await media.is_asset_used(tx, asset_id=asset_id):
            raise Conflict("A job uses this file.")
        deleted = await media.delete_asset(tx, asset_id=asset_id, user_id=viewer.user_id)
    if deleted is None:
        raise Conflict("The file is still arriving.")
    for key in filter(None, (deleted.key, deleted.poster_key)):
        await storage.delete(deleted.bucket, key)


def input_key(user_id: UserId, asset_id: AssetId, role: AssetRole, media_type: str) -> str:
    """Return what an upload is called in its bucket."""
    # An upload exists before its job, and may serve several: its own id takes the job's place in the path.
    return f"{user_id}/{asset_id}/{role}.{INPUT_TYPES[role][media_type]}"


def poster_key(upload: Asset, check: int) -> str:
    """Return what a check, by its number, calls the still of an upload in the same bucket."""
    # A check that lost its lease may still be writing: each has a name of its own.
    name = f"{output_name(AssetRole.POSTER, check)}.{EXTENSIONS[POSTER_TYPE]}"
    return str(PurePosixPath(upload.key).with_name(name))


async def require_space(tx: Tx, viewer: Viewer, *, size: int, limits: MediaLimits) -> None:
    """Check that an account may keep so many bytes more; how long a file is that arrives, nobody knows yet.

    Raises:
        StorageFull: It may not.
    """
    if not limits.stored_bytes:
        return
    stored = await media.sum_stored(tx, user_id=viewer.user_id)
    if stored + size > limits.stored_bytes:
        raise StorageFull(
            f"The account keeps {_in_mib(stored)} of the {_in_mib(limits.stored_bytes)} that it may. "
            "Delete jobs, with what they made, or uploads that no job uses."
        )


def require_type(head: bytes, role: AssetRole) -> str:
    """Return the media type of a file by its first bytes.

    Raises:
        UnsupportedMedia: It is none that the role takes.
        MediaRejected: The file is empty.
    """
    if not head:
        raise MediaRejected(fields=(FieldProblem(field="file", message="The file is empty."),))
    media_type = recognise(head, role)
    if media_type is None:
        accepted = ", ".join(INPUT_TYPES[role].values())
        message = f"The file is of no type that is accepted as {role} ({accepted})."
        raise UnsupportedMedia(message, fields=(FieldProblem(field="file", message=message),))
    return media_type


async def accept(
    database: Database,
    asset: Asset,
    lease: Lease,
    probe: Probe,
    *,
    sha256: str | None = None,
    poster_key: str | None = None,
) -> bool:
    """Keep what was measured on a file, and go on with the jobs that waited for it.

    `sha256` is needed for one that was sent to the store directly, and was never seen before; `poster_key` is
    where a still of it lies. The answer is whether the check still had its lease.
    """
    async with database.transaction() as tx:
        user = await accounts.lock_user(tx, user_id=asset.user_id)
        accepted = await media.accept_asset(
            tx, asset_id=asset.id, lease=lease, probe=probe, sha256=sha256, poster_key=poster_key
        )
        if user is not None and accepted is not None:
            await judge_waiting(tx, user, asset.id)
    return accepted is not None


async def reject(
    database: Database, storage: Storage, asset: Asset, lease: Lease, *, error_code: str, message: str
) -> None:
    """Say why a file cannot be used, remove its bytes, and end the jobs that waited for it."""
    async with database.transaction() as tx:
        user = await accounts.lock_user(tx, user_id=asset.user_id)
        rejected = await media.reject_asset(
            tx, asset_id=asset.id, lease=lease, error_code=error_code, error_message=message
        )
        if user is not None and rejected is not None:
            await judge_waiting(tx, user, asset.id)
    if rejected is not None:
        await storage.delete(asset.bucket, asset.key)


def _in_mib(size: int) -> str:
    return f"{size / 1024**2:,.1f} MiB"


async def _peek(chunks: AsyncIterator[bytes]) -> tuple[bytes, AsyncIterator[bytes]]:
    head = b""
    async for chunk in chunks:
        head += chunk
        if len(head) >= HEAD_BYTES:
            break
    return head, _rejoined(head, chunks)


async def _rejoined(head: bytes, rest: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    yield head
    async for chunk in rest:
        yield chunk


async def _limited(chunks: AsyncIterator[bytes], limit: int) -> AsyncGenerator[bytes]:
    total = 0
    async for chunk in chunks:
        total += len(chunk)
        if total > limit:
            message = f"The file is larger than the {limit // 1024 // 1024} MiB that are allowed."
            raise TooLarge(message, fields=(FieldProblem(field="file", message=message),))
        yield chunk
