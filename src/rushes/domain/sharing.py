"""What a link shows to whoever has it: the film and its poster, and nothing about who made it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from rushes.domain.media import AssetRole, Bucket


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedFile:
    """One file behind a link.

    `bucket` and `key` name its owner, and are for the server alone. `duration_seconds` is `None` for a
    picture.
    """

    bucket: Bucket
    key: str
    media_type: str
    bytes: int
    width: int
    height: int
    duration_seconds: float | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A link to what a job made; it has an output unless it `is_revoked`."""

    is_revoked: bool
    files: Mapping[AssetRole, SharedFile]
