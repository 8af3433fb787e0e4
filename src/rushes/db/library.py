"""The library: what completed jobs made, as their owners keep it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from rushes.db.patterns import containing
from rushes.db.pool import Tx
from rushes.db.queries import columns, load
from rushes.domain.ids import AssetId, ImageId, JobId, UserId, VideoId
from rushes.domain.jobs import Destination, Orientation
from rushes.domain.library import LibraryEntry
from rushes.domain.media import MediaKind

_queries = load("library")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVideo:
    """What is entered into the library when a job completes."""

    id: VideoId
    user_id: UserId
    job_id: JobId
    asset_id: AssetId
    thumbnail_asset_id: AssetId | None
    preview_asset_id: AssetId | None
    prompt: str | None
    orientation: str
    model_used: str
    duration_seconds: float
    metadata: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewImage:
    """What is entered into the library when a job has made a picture."""

    id: ImageId
    user_id: UserId
    job_id: JobId
    asset_id: AssetId
    thumbnail_asset_id: AssetId | None
    prompt: str | None
    orientation: str
    model_used: str
    metadata: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryFilter:
    """What is looked for in a library; `text` in prompts, without regard to case. `None` is no condition."""

    destination: Destination = Destination.LIBRARY
    starred: bool | None = None
    project_id: UUID | None = None
    model: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in the list of a library something stands."""

    created_at: datetime
    id: UUID


async def insert_videos(tx: Tx, videos: Sequence[NewVideo]) -> None:
    """Enter the videos that jobs made into their owners' libraries."""
    await _queries.insert_videos(tx, rows=[columns(video) for video in videos])


async def insert_images(tx: Tx, images: Sequence[NewImage]) -> None:
    """Enter the pictures that jobs made into their owners' libraries."""
    await _queries.insert_images(tx, rows=[columns(image) for image in images])


async def list_entries(
    tx: Tx,
    kind: MediaKind,
    wanted: LibraryFilter,
    *,
    user_id: UserId,
    before_time: datetime,
    before_id: UUID,
    count: int,
) -> list[LibraryEntry]:
    """Return a page of the films or pictures in the viewer's library, newest first."""
    query = _queries.list_videos if kind is MediaKind.VIDEO else _queries.list_images
    rows = query(
        tx,
        user_id=user_id,
        **_conditions(wanted),
        before_time=before_time,
        before_id=before_id,
        count=count,
    )
    return [_entry(row) async for row in rows]


async def list_newer(
    tx: Tx,
    kinds: Collection[MediaKind],
    wanted: LibraryFilter,
    *,
    user_id: UserId,
    after_time: datetime,
    after_id: UUID,
    count: int,
) -> list[Place]:
    """Return where in the viewer's library stands what is newer than a place in it, the nearest first."""
    rows = _queries.list_newer(
        tx,
        user_id=user_id,
        kinds=sorted(kinds),
        **_conditions(wanted),
        after_time=after_time,
        after_id=after_id,
        count=count,
    )
    return [Place(created_at=row["created_at"], id=row["id"]) async for row in rows]


async def list_used_models(tx: Tx, *, user_id: UserId) -> dict[str, str]:
    """Return the titles, by their slugs, of the models that made what the viewer keeps."""
    return {row["slug"]: row["title"] async for row in _queries.list_used_models(tx, user_id=user_id)}


async def get_entry(tx: Tx, kind: MediaKind, *, entry_id: UUID, user_id: UserId) -> LibraryEntry | None:
    """Return one film or picture of the viewer."""
    query = _queries.get_video if kind is MediaKind.VIDEO else _queries.get_image
    row = await query(tx, id=entry_id, user_id=user_id)
    return row and _entry(row)


def _conditions(wanted: LibraryFilter) -> dict[str, Any]:
    return {
        "destination": wanted.destination,
        "starred": wanted.starred,
        "project_id": wanted.project_id,
        "model": wanted.model,
        "pattern": containing(wanted.text),
    }


def _entry(row: Any) -> LibraryEntry:
    values: dict[str, Any] = {field.name: row[field.name] for field in fields(LibraryEntry)}
    values["orientation"] = Orientation(values["orientation"])
    values["destination"] = Destination(values["destination"])
    return LibraryEntry(**values)
