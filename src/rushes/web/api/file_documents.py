"""The files of a job as the API shows them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, Field

from rushes.domain.jobs import Job
from rushes.domain.media import Asset, AssetRole, AssetStatus, JobFile, MediaKind, kind_of
from rushes.domain.posters import poster_of
from rushes.domain.spritesheets import grid_of
from rushes.storage.signing import DOWNLOAD_LIFETIME, TILE_LIFETIME
from rushes.web.addresses import Signer, download_name

Files = Mapping[AssetRole, Asset]


class InputDocument(BaseModel):
    """The files that a job was made from."""

    reference: Annotated[UUID | None, Field(description="The asset of the reference image.")]
    motion: Annotated[UUID | None, Field(description="The asset of the motion video.")]
    mask: Annotated[UUID | None, Field(description="The asset of the mask of the reference image.")]
    template: Annotated[UUID | None, Field(description="The asset of the template.")]
    data: Annotated[UUID | None, Field(description="The asset of the data that fills the template.")]
    audio: Annotated[UUID | None, Field(description="The asset of the sound.")]
    subtitles: Annotated[UUID | None, Field(description="The asset of the subtitles.")]
    ref_image_gcs_path: Annotated[
        str | None, Field(description="Bucket and key.", examples=["images/…/reference.png"])
    ]
    motion_video_gcs_path: Annotated[
        str | None, Field(description="Bucket and key.", examples=["videos/…/motion.mp4"])
    ]
    template_path: Annotated[str | None, Field(description="Bucket and key of the template.")]
    data_path: Annotated[str | None, Field(description="Bucket and key of the data.")]


_INPUT_FIELDS = tuple(InputDocument.model_fields)
_INPUTS: Mapping[str, tuple[str, str | None]] = {
    AssetRole.REFERENCE: ("reference", "ref_image_gcs_path"),
    AssetRole.MOTION: ("motion", "motion_video_gcs_path"),
    AssetRole.MASK: ("mask", None),
    AssetRole.TEMPLATE: ("template", "template_path"),
    AssetRole.DATA: ("data", "data_path"),
    AssetRole.AUDIO: ("audio", None),
    AssetRole.SUBTITLES: ("subtitles", None),
}
"""The fields of each file's id and path."""


class OutputDocument(BaseModel):
    """What a completed job made."""

    url: Annotated[str, Field(description="A signed address; every answer signs anew.")]
    url_expires_at: Annotated[datetime, Field(description="Seven days after this answer.")]
    video_url: Annotated[str | None, Field(description="The same as `url`; null for a picture.")]
    video_url_expires_at: Annotated[datetime | None, Field(description="Null for a picture.")]
    media_type: Annotated[str, Field(description="What it is.", examples=["video/mp4"])]
    gcs_path: Annotated[str, Field(description="Bucket and key.", examples=["outputs/…/output.mp4"])]
    duration_seconds: Annotated[float, Field(description="0 for a picture.")]
    file_size_bytes: int


class Thumbnail(BaseModel):
    """One file of a job to look at."""

    url: str
    media_type: str
    width: int | None
    height: int | None
    duration_seconds: float | None
    thumbhash: str | None


class Spritesheet(Thumbnail):
    """Frames evenly from a video in one picture, to show what lies at a place in it.

    Of n tiles in reading order, the i-th (from 0) shows the video at i/n of its time. All rows are full,
    and all tiles of one size.
    """

    columns: Annotated[int, Field(description="Tiles in a row.", examples=[5])]
    rows: Annotated[int, Field(description="Rows of tiles.", examples=[4])]


class ThumbnailsDocument(BaseModel):
    """The files of a job to look at; those that it does not have yet are null."""

    reference: Thumbnail | None
    motion: Thumbnail | None
    reference_poster: Annotated[Thumbnail | None, Field(description="A still of the reference image.")]
    motion_poster: Annotated[Thumbnail | None, Field(description="A still of the motion video.")]
    output: Thumbnail | None
    poster: Annotated[Thumbnail | None, Field(description="A still of the output.")]
    preview: Annotated[Thumbnail | None, Field(description="A short mute clip of the output.")]
    spritesheet: Annotated[
        Spritesheet | None, Field(description="The output at a glance; null for a picture.")
    ]
    expires_at: Annotated[datetime, Field(description="When the addresses end, an hour after this answer.")]

    @classmethod
    def of(cls, files: Files, signer: Signer) -> Self:
        """Sign every file that can be looked at."""
        expires_at = (datetime.now(UTC) + TILE_LIFETIME).replace(microsecond=0)
        return cls(
            reference=_thumbnail(files.get(AssetRole.REFERENCE), signer),
            motion=_thumbnail(files.get(AssetRole.MOTION), signer),
            reference_poster=_poster(files.get(AssetRole.REFERENCE), signer),
            motion_poster=_poster(files.get(AssetRole.MOTION), signer),
            output=_thumbnail(files.get(AssetRole.OUTPUT), signer),
            poster=_thumbnail(files.get(AssetRole.POSTER), signer),
            preview=_thumbnail(files.get(AssetRole.PREVIEW), signer),
            spritesheet=_spritesheet(files.get(AssetRole.SPRITESHEET), signer),
            expires_at=expires_at,
        )


class DownloadDocument(BaseModel):
    """Where a completed job's output can be downloaded."""

    url: Annotated[str, Field(description="A signed address that saves the file.")]
    expires_at: Annotated[datetime, Field(description="Seven days after this answer.")]
    file_name: str
    media_type: str
    file_size_bytes: int
    duration_seconds: float

    @classmethod
    def of(cls, job: Job, output: Asset, signer: Signer) -> Self:
        """Sign the output as a download."""
        name = download_name(job, output)
        url, expires_at = signer.sign(output, lifetime=DOWNLOAD_LIFETIME, file_name=name)
        return cls(
            url=url,
            expires_at=expires_at,
            file_name=name,
            media_type=output.media_type,
            file_size_bytes=output.bytes or 0,
            duration_seconds=(output.probe and output.probe.duration_seconds) or 0.0,
        )


def input_values(files: Mapping[str, JobFile]) -> dict[str, Any]:
    """Return the fields of the `InputDocument` of a job's files."""
    values: dict[str, Any] = dict.fromkeys(_INPUT_FIELDS)
    for role in files.keys() & _INPUTS.keys():
        file, (id_field, path_field) = files[role], _INPUTS[role]
        values[id_field] = file.id
        if path_field is not None:
            values[path_field] = _path(file)
    return values


def output_values(output: JobFile, signer: Signer) -> dict[str, Any]:
    """Return the fields of the `OutputDocument` of what a completed job made, signed."""
    url, expires_at = signer.sign(output, lifetime=DOWNLOAD_LIFETIME)
    is_picture = kind_of(output.media_type) is MediaKind.IMAGE
    return {
        "url": url,
        "url_expires_at": expires_at,
        "video_url": None if is_picture else url,
        "video_url_expires_at": None if is_picture else expires_at,
        "media_type": output.media_type,
        "gcs_path": _path(output),
        "duration_seconds": output.duration_seconds or 0.0,
        "file_size_bytes": output.bytes or 0,
    }


def _thumbnail(asset: Asset | None, signer: Signer) -> Thumbnail | None:
    if asset is None or asset.status is not AssetStatus.READY:
        return None
    url, _ = signer.sign(asset, lifetime=TILE_LIFETIME)
    probe = asset.probe
    return Thumbnail(
        url=url,
        media_type=asset.media_type,
        width=probe and probe.width,
        height=probe and probe.height,
        duration_seconds=probe and probe.duration_seconds,
        thumbhash=probe and probe.thumbhash,
    )


def _poster(upload: Asset | None, signer: Signer) -> Thumbnail | None:
    return _thumbnail(upload and poster_of(upload), signer)


def _spritesheet(asset: Asset | None, signer: Signer) -> Spritesheet | None:
    sheet = _thumbnail(asset, signer)
    if asset is None or sheet is None:
        return None
    grid = grid_of((asset.probe and asset.probe.frames) or 1)
    return Spritesheet(**sheet.model_dump(), columns=grid.columns, rows=grid.rows)


def _path(file: JobFile) -> str:
    return f"{file.bucket}/{file.key}"
