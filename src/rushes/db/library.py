"""The library: what completed jobs made, as their owners keep it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from rushes.db.pool import Tx
from rushes.db.queries import load
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


async def insert_video(tx: Tx, video: NewVideo) -> None:
    """Enter the video that a job made into its owner's library."""
    await _queries.insert_video(tx, **asdict(video))
