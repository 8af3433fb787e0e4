"""Answers about files as typed values, and what all answers share."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from rushes.domain.media import AssetRole, AssetStatus


class Document(BaseModel):
    """An answer, or a part of one.

    Fields that a newer server adds are kept; what an older one does not say yet is `None` where that can be.
    """

    model_config = ConfigDict(frozen=True, extra="allow", protected_namespaces=())


class Asset(Document):
    """One stored file; what was measured is `None` until its `status` is `ready`.

    `thumbhash` is a blurred likeness in some bytes, base64.
    """

    id: UUID
    role: AssetRole
    status: AssetStatus
    file_name: str | None = None
    media_type: str
    bytes: int | None = None
    sha256: str | None = None
    width: int | None = None
    height: int | None = None
    duration_seconds: float | None = None
    fps: float | None = None
    frames: int | None = None
    codec: str | None = None
    thumbhash: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    created_at: datetime
    url: str | None = None
    url_expires_at: datetime | None = None
    poster_url: str | None = None


class JobInput(Document):
    """What a job is made from: the ids of its assets by role, and where some of them are stored."""

    reference: UUID | None = None
    motion: UUID | None = None
    mask: UUID | None = None
    template: UUID | None = None
    data: UUID | None = None
    audio: UUID | None = None
    subtitles: UUID | None = None
    ref_image_gcs_path: str | None = None
    motion_video_gcs_path: str | None = None
    template_path: str | None = None
    data_path: str | None = None


class JobOutput(Document):
    """What a completed job made; the address is signed and ends at `url_expires_at`.

    `gcs_path` is the bucket and the key that it is stored at.
    """

    url: str
    url_expires_at: datetime
    media_type: str
    gcs_path: str
    duration_seconds: float
    file_size_bytes: int


class Download(Document):
    """Where a completed job's output can be downloaded until `expires_at`."""

    url: str
    expires_at: datetime
    file_name: str
    media_type: str
    file_size_bytes: int
    duration_seconds: float


class Thumbnail(Document):
    """One file of a job to look at; `thumbhash` is a blurred likeness of it, base64."""

    url: str
    media_type: str
    width: int | None = None
    height: int | None = None
    duration_seconds: float | None = None
    thumbhash: str | None = None


class Spritesheet(Thumbnail):
    """A video at a glance: of n tiles in reading order, the i-th (from 0) shows it at i/n of its time."""

    columns: int
    rows: int


class Thumbnails(Document):
    """The files of a job to look at until `expires_at`; those that it does not have are `None`."""

    reference: Thumbnail | None = None
    motion: Thumbnail | None = None
    reference_poster: Thumbnail | None = None
    motion_poster: Thumbnail | None = None
    output: Thumbnail | None = None
    poster: Thumbnail | None = None
    preview: Thumbnail | None = None
    spritesheet: Spritesheet | None = None
    expires_at: datetime
