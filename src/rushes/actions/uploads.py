"""Uploads that go to the store directly: begun here, sent by the client, completed here."""

from contextlib import aclosing
from dataclasses import dataclass
from uuid import UUID

from uuid_utils.compat import uuid7

from rushes.actions.assets import MAX_FILE_NAME, input_key, require_space, require_type
from rushes.db import media
from rushes.db.pool import Database
from rushes.domain.accounts import Viewer
from rushes.domain.ids import AssetId, UserId
from rushes.domain.media import (
    INPUT_BUCKETS,
    INPUT_TYPES,
    Asset,
    AssetRole,
    AssetStatus,
    MediaLimits,
    kind_of,
)
from rushes.domain.sniffing import HEAD_BYTES
from rushes.errors import Conflict, FieldProblem, Missing, TooLarge, UnsupportedMedia
from rushes.storage.signing import UPLOAD_LIFETIME
from rushes.storage.store import UNKNOWN_TYPE, Storage

ARRIVING = "upload"
"""What a file is called in its folder until it is completed; no other name can be sent to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """A file that its owner is going to send: `size` in bytes; its type may be left to be seen."""

    role: AssetRole
    size: int
    file_name: str | None = None
    media_type: str | None = None


async def begin_upload(
    database: Database, viewer: Viewer, announced: Announced, *, limits: MediaLimits
) -> Asset:
    """Note a file that its owner will send to the store within `UPLOAD_LIFETIME`.

    Raises:
        UnsupportedMedia: The type is none that the role takes.
        TooLarge: It is longer than allowed.
        StorageFull: The account may not keep so much more.
    """
    _require_allowed(announced, limits)
    asset_id = AssetId(uuid7())
    async with database.transaction(viewer=viewer.user_id) as tx:
        await require_space(tx, viewer, size=announced.size, limits=limits)
        await media.insert_upload(
            tx,
            asset_id=asset_id,
            user_id=viewer.user_id,
            role=announced.role,
            bucket=INPUT_BUCKETS[announced.role],
            key=f"{viewer.user_id}/{asset_id}/{ARRIVING}",
            media_type=announced.media_type or UNKNOWN_TYPE,
            file_name=announced.file_name and announced.file_name[:MAX_FILE_NAME],
        )
        return await media.announce_upload(
            tx, asset_id=asset_id, size=announced.size, lifetime=UPLOAD_LIFETIME
        )


async def complete_upload(
    database: Database, storage: Storage, viewer: Viewer, *, asset_id: UUID, limits: MediaLimits
) -> Asset:
    """Take over a file that lies in the store; it then waits to be checked by a worker.

    A repeat returns the file as it stands. What is refused here is given up and removed.

    Raises:
        Missing: The viewer has no such file.
        Conflict: It is not there, or not all of it; send the rest and complete it again.
        UnsupportedMedia: Its first bytes are not of a type that the role takes.
        TooLarge: It is longer than was announced, or than is allowed.
    """
    asset = await _find(database, viewer.user_id, asset_id)
    if asset.status is not AssetStatus.UPLOADING:
        return asset
    if not asset.key.endswith(f"/{ARRIVING}"):
        raise Conflict("The file is still arriving.")
    try:
        media_type = await _require_arrived(storage, asset, limits)
        key = input_key(asset.user_id, asset.id, asset.role, media_type)
        # From here on the address that it was sent to leads to nothing that counts.
        await storage.move(asset.bucket, asset.key, key)
    except Missing as error:
        current = await _find(database, viewer.user_id, asset_id)
        if current.status is AssetStatus.UPLOADING:
            raise Conflict("Nothing has been sent to the upload's address yet.") from error
        return current
    except (TooLarge, UnsupportedMedia):
        await _give_up(database, storage, asset)
        raise
    async with database.transaction(viewer=viewer.user_id) as tx:
        finished = await media.finish_direct_upload(
            tx, asset_id=asset.id, user_id=asset.user_id, key=key, media_type=media_type
        )
    # Another request may have been faster.
    return finished or await _find(database, viewer.user_id, asset_id)


def _require_allowed(announced: Announced, limits: MediaLimits) -> None:
    types = INPUT_TYPES[announced.role]
    if announced.media_type is not None and announced.media_type not in types:
        message = f"{announced.role} takes one of {', '.join(types)}."
        raise UnsupportedMedia(message, fields=(FieldProblem(field="media_type", message=message),))
    known = types if announced.media_type is None else (announced.media_type,)
    most = max(limits.bytes_of(kind_of(media_type)) for media_type in known)
    if announced.size > most:
        raise _too_large("bytes", most)


async def _require_arrived(storage: Storage, asset: Asset, limits: MediaLimits) -> str:
    """Return the type of a file of which all is there."""
    announced = asset.bytes or 0
    size = (await storage.head(asset.bucket, asset.key)).size
    if size < announced:
        raise Conflict(f"Only {size} of {announced} bytes have arrived.")
    head = b""
    async with aclosing(storage.read(asset.bucket, asset.key, start=0, end=min(size, HEAD_BYTES))) as chunks:
        async for chunk in chunks:
            head += chunk
    media_type = require_type(head, asset.role)
    most = limits.bytes_of(kind_of(media_type))
    if size > min(announced, most):
        raise _too_large("file", min(announced, most))
    return media_type


async def _give_up(database: Database, storage: Storage, asset: Asset) -> None:
    # Its row stays, for the client can send it again while its address is good; the pruner removes that.
    async with database.transaction(viewer=asset.user_id) as tx:
        await media.delete_asset(tx, asset_id=asset.id, user_id=asset.user_id)
    await storage.delete(asset.bucket, asset.key)


async def _find(database: Database, user_id: UserId, asset_id: UUID) -> Asset:
    async with database.transaction(viewer=user_id) as tx:
        asset = await media.get_asset(tx, asset_id=asset_id, user_id=user_id)
    if asset is None:
        raise Missing("There is no such asset.")
    return asset


def _too_large(field: str, most: int) -> TooLarge:
    message = f"The file is larger than the {most} bytes that are allowed."
    return TooLarge(message, fields=(FieldProblem(field=field, message=message),))
