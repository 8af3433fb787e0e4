"""What a media file is: its role, its type, its measured properties and the limits on them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Self
from uuid import UUID

from rushes.domain.ids import AssetId, JobId, UserId
from rushes.domain.jobs import JobType
from rushes.errors import MediaRejected


class AssetRole(StrEnum):
    """What a file is for."""

    REFERENCE = "reference"
    MOTION = "motion"
    MASK = "mask"
    TEMPLATE = "template"
    DATA = "data"
    AUDIO = "audio"
    SUBTITLES = "subtitles"
    OUTPUT = "output"
    POSTER = "poster"
    PREVIEW = "preview"
    SPRITESHEET = "spritesheet"


class AssetStatus(StrEnum):
    """Where a file stands between its upload and its removal."""

    UPLOADING = "uploading"
    CHECKING = "checking"
    READY = "ready"
    REJECTED = "rejected"
    DELETED = "deleted"


class Bucket(StrEnum):
    """The three places of the object store, as the pages and paths name them."""

    IMAGES = "images"
    VIDEOS = "videos"
    OUTPUTS = "outputs"


class MediaKind(StrEnum):
    """The family that a media type belongs to."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    TEXT = "text"
    ARCHIVE = "archive"


EXTENSIONS: Mapping[str, str] = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/webm": "webm",
    "video/x-matroska": "mkv",
    "audio/wav": "wav",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/ogg": "ogg",
    "application/x-subrip": "srt",
    "text/vtt": "vtt",
    "text/plain": "txt",
    "application/json": "json",
    "application/zip": "zip",
}
"""The accepted media types and the extension that we give each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """Measured properties of a media file.

    `width` and `height` are pixels as displayed, 0 for what cannot be seen; `duration_seconds`, `fps` and
    `frames` are `None` for an image; `thumbhash` is the hash of Evan Wallace's ThumbHash in base64.
    """

    media_type: str
    width: int
    height: int
    duration_seconds: float | None = None
    fps: float | None = None
    frames: int | None = None
    codec: str | None = None
    thumbhash: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaLimits:
    """What an input may measure at the most.

    `stored_bytes` is what all files of an account may have together; 0 means no limit.
    """

    image_bytes: int = 25 * 1024 * 1024
    video_bytes: int = 2 * 1024 * 1024 * 1024
    audio_bytes: int = 200 * 1024 * 1024
    text_bytes: int = 2 * 1024 * 1024
    archive_bytes: int = 200 * 1024 * 1024
    pixels: int = 40_000_000
    side: int = 8192
    min_side: int = 16
    duration_seconds: float = 60.0
    frames: int = 60 * 60
    audio_seconds: float = 3600.0
    archive_files: int = 1000
    unpacked_bytes: int = 1024 * 1024 * 1024
    stored_bytes: int = 100 * 1024 * 1024 * 1024

    def bytes_of(self, kind: MediaKind) -> int:
        """Return the size limit of a family, in bytes."""
        match kind:
            case MediaKind.IMAGE:
                return self.image_bytes
            case MediaKind.VIDEO:
                return self.video_bytes
            case MediaKind.AUDIO:
                return self.audio_bytes
            case MediaKind.TEXT:
                return self.text_bytes
            case MediaKind.ARCHIVE:
                return self.archive_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One stored file: an upload or an output.

    `bytes` is its size and `sha256` its hex digest, both unknown while it arrives. `poster_key` is where a
    still of an upload lies in the same bucket; an output's is a file of its job.
    """

    id: AssetId
    user_id: UserId
    job_id: JobId | None
    role: AssetRole
    bucket: Bucket
    key: str
    poster_key: str | None
    media_type: str
    bytes: int | None
    sha256: str | None
    file_name: str | None
    status: AssetStatus
    probe: Probe | None
    error_code: str | None
    error_message: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredOutput:
    """A file that an attempt made, as it lies in the bucket for outputs."""

    asset_id: AssetId
    role: AssetRole
    key: str
    bytes: int
    sha256: str
    probe: Probe


class JobFile(NamedTuple):
    """What a list of jobs shows of a file; a page has so many that they are made as tuples."""

    id: UUID
    bucket: str
    key: str
    media_type: str
    bytes: int | None
    duration_seconds: float | None

    @classmethod
    def of(cls, asset: Asset) -> Self:
        """Return what is shown of a stored file."""
        seconds = asset.probe and asset.probe.duration_seconds
        return cls(asset.id, asset.bucket, asset.key, asset.media_type, asset.bytes, seconds)


def kind_of(media_type: str) -> MediaKind:
    """Return the family of an accepted media type."""
    family = media_type.partition("/")[0]
    if family == "application":
        return MediaKind.ARCHIVE if media_type == "application/zip" else MediaKind.TEXT
    return MediaKind(family)


IMAGE_SECONDS = 1.0
"""What a picture counts as where outputs are priced and timed by their length."""

REQUIRED_INPUTS: Mapping[JobType, frozenset[AssetRole]] = {
    JobType.BASE: frozenset({AssetRole.REFERENCE, AssetRole.MOTION}),
}
"""Which files each job type is made from."""

OPTIONAL_INPUTS: Mapping[JobType, frozenset[AssetRole]] = {
    JobType.BASE: frozenset({AssetRole.MASK}),
    JobType.TEXT_TO_VIDEO: frozenset({AssetRole.REFERENCE}),
    JobType.IMAGE: frozenset({AssetRole.REFERENCE}),
    JobType.RENDER: frozenset({AssetRole.TEMPLATE, AssetRole.DATA}),
    JobType.SUBTITLES: frozenset({AssetRole.SUBTITLES}),
    JobType.AUDIO: frozenset({AssetRole.AUDIO}),
}
"""Which files each job type can be given besides."""

INPUT_TYPES: Mapping[AssetRole, Mapping[str, str]] = {
    AssetRole.REFERENCE: {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"},
    AssetRole.MOTION: {
        "video/mp4": "mp4",
        "video/quicktime": "mov",
        "video/webm": "webm",
        "video/x-matroska": "mkv",
    },
    AssetRole.MASK: {"image/png": "png", "image/webp": "webp"},
    AssetRole.TEMPLATE: {"application/zip": "zip"},
    AssetRole.DATA: {"application/json": "json"},
    AssetRole.AUDIO: {"audio/wav": "wav", "audio/mpeg": "mp3", "audio/mp4": "m4a", "audio/ogg": "ogg"},
    AssetRole.SUBTITLES: {"application/x-subrip": "srt", "text/vtt": "vtt", "text/plain": "txt"},
}
"""The media types that each role of an input takes, and the extension of each."""

INPUT_BUCKETS: Mapping[AssetRole, Bucket] = {
    role: Bucket.IMAGES if role in {AssetRole.REFERENCE, AssetRole.MASK} else Bucket.VIDEOS
    for role in INPUT_TYPES
}
"""Where the files of each role lie: pictures, and everything else."""


def require_within(probe: Probe, limits: MediaLimits) -> None:
    """Check measured properties against the limits.

    Raises:
        MediaRejected: A side, the pixels, the duration or the number of frames is outside them.
    """
    if min(probe.width, probe.height) < limits.min_side:
        raise MediaRejected(
            f"The picture is {probe.width}×{probe.height}; each side must have {limits.min_side} pixels "
            "or more."
        )
    if max(probe.width, probe.height) > limits.side or probe.width * probe.height > limits.pixels:
        raise MediaRejected(
            f"The picture is {probe.width}×{probe.height}; at most {limits.side} pixels a side "
            f"and {limits.pixels / 1e6:g} megapixels are allowed."
        )
    if probe.duration_seconds is not None and probe.duration_seconds > limits.duration_seconds:
        raise MediaRejected(
            f"The video lasts {probe.duration_seconds:.1f} s; at most {limits.duration_seconds:g} s "
            "are allowed."
        )
    if probe.frames is not None and probe.frames > limits.frames:
        raise MediaRejected(f"The video has {probe.frames} frames; at most {limits.frames} are allowed.")


def output_name(role: AssetRole, attempt: int) -> str:
    """Return what an attempt calls a file that it stores, without the extension.

    A worker that was given up may still be writing: each attempt has names of its own.
    """
    return str(role) if attempt == 1 else f"{role}-{attempt}"
