"""The library: what completed jobs made, as their owners keep it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rushes.db.pool import Tx
from rushes.db.queries import columns, load
from rushes.domain.ids import AssetId, JobId, UserId, VideoId

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


async def insert_videos(tx: Tx, videos: Sequence[NewVideo]) -> None:
    """Enter the videos that jobs made into their owners' libraries."""
    await _queries.insert_videos(tx, rows=[columns(video) for video in videos])
