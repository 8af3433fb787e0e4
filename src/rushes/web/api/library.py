"""The library: the films and pictures that jobs made."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from rushes.actions.change import change_job
from rushes.actions.delete import delete_job
from rushes.db import library, media
from rushes.db.library import LibraryFilter
from rushes.db.pool import Tx
from rushes.domain.accounts import Viewer
from rushes.domain.jobs import Destination, Orientation
from rushes.domain.library import LibraryEntry
from rushes.domain.media import AssetRole, MediaKind
from rushes.errors import Missing
from rushes.storage.signing import DOWNLOAD_LIFETIME, TILE_LIFETIME
from rushes.web.addresses import Signer
from rushes.web.api.cursors import cut_page, read_cursor
from rushes.web.api.file_documents import Files
from rushes.web.api.job_changes import Choices
from rushes.web.api.job_filters import PageQuery, Search
from rushes.web.deps import Reading, SignedIn, Visit, Wired
from rushes.web.errors import documented
from rushes.web.services import Services

router = APIRouter(tags=["library"])

_FILE = "A signed address; null if the file is gone. Every answer signs anew, for seven days."
_STILL = "A signed address of a still picture, for an hour; null if there is none."
_CLIP = "A signed address of a short mute clip, for an hour; null if there is none."


class LibraryQuery(PageQuery):
    """What of a library is asked for."""

    starred: Annotated[bool | None, Field(description="Only those with a star, or only those without.")] = (
        None
    )
    project: Annotated[UUID | None, Field(description="Of this project.")] = None
    q: Annotated[
        Search | None,
        Field(description="Whose prompt contains this, in upper or lower case.", examples=["fox"]),
    ] = None
    destination: Annotated[
        Destination, Field(description="What is kept in the library, or in the workspace alone.")
    ] = Destination.LIBRARY

    def filter(self) -> LibraryFilter:
        """Return what the store takes."""
        return LibraryFilter(
            destination=self.destination, starred=self.starred, project_id=self.project, text=self.q
        )


class LibraryEntryDocument(BaseModel):
    """What a job made, as its owner keeps it."""

    id: UUID
    user_id: UUID
    job_id: Annotated[UUID, Field(description="The job that made it.")]
    prompt: str | None
    orientation: Orientation
    model_used: Annotated[str, Field(examples=["motion"])]
    thumbnail_url: Annotated[str | None, Field(description=_STILL)]
    status: Annotated[str, Field(examples=["completed"])]
    metadata: Annotated[dict[str, Any], Field(description="What its engine noted about it.")]
    width: Annotated[int | None, Field(description="Pixels as displayed.")]
    height: int | None
    file_size_bytes: int | None
    media_type: Annotated[str | None, Field(examples=["video/mp4"])]
    starred: bool
    rating: Annotated[int | None, Field(ge=1, le=5)]
    project_id: UUID | None
    destination: Destination
    short_id: Annotated[str | None, Field(description="What a link to it ends in.")]
    created_at: datetime
    updated_at: datetime


class VideoDocument(LibraryEntryDocument):
    """A film that a job made."""

    video_url: Annotated[str | None, Field(description=_FILE)]
    preview_url: Annotated[str | None, Field(description=_CLIP)]
    duration: Annotated[float, Field(description="Seconds.")]

    @classmethod
    def of(cls, entry: LibraryEntry, files: Files, signer: Signer) -> Self:
        """Show a film to its owner."""
        return cls(
            **_shared(entry, files, signer),
            video_url=_output_url(files, signer),
            preview_url=_url(files, AssetRole.PREVIEW, signer),
            duration=entry.duration_seconds or 0.0,
        )


class ImageDocument(LibraryEntryDocument):
    """A picture that a job made."""

    image_url: Annotated[str | None, Field(description=_FILE)]

    @classmethod
    def of(cls, entry: LibraryEntry, files: Files, signer: Signer) -> Self:
        """Show a picture to its owner."""
        return cls(**_shared(entry, files, signer), image_url=_output_url(files, signer))


class VideoPage(BaseModel):
    """A page of films, newest first."""

    videos: list[VideoDocument]
    next_cursor: Annotated[str | None, Field(description="`cursor` of the next page; null on the last.")]


class ImagePage(BaseModel):
    """A page of pictures, newest first."""

    images: list[ImageDocument]
    next_cursor: Annotated[str | None, Field(description="`cursor` of the next page; null on the last.")]


@router.get("/videos", responses=documented(401))
async def list_videos(request: Request, visit: Reading, query: Annotated[LibraryQuery, Query()]) -> VideoPage:
    """Return a page of the films in the viewer's library, newest first."""
    page, next_cursor = await _find_page(visit, MediaKind.VIDEO, query)
    signer = Signer.of(request)
    return VideoPage(
        videos=[VideoDocument.of(entry, files, signer) for entry, files in page], next_cursor=next_cursor
    )


@router.get("/videos/{video_id}", responses=documented(401, 404))
async def show_video(video_id: UUID, request: Request, visit: Reading) -> VideoDocument:
    """Return one of the viewer's films; its address is signed anew each time."""
    entry, files = await _find(visit.tx, visit.viewer, MediaKind.VIDEO, video_id)
    return VideoDocument.of(entry, files, Signer.of(request))


@router.patch("/videos/{video_id}", responses=documented(401, 404))
async def change_video(
    video_id: UUID, body: Choices, request: Request, services: Wired, viewer: SignedIn
) -> VideoDocument:
    """Give a film a star, a rating, a project or another place: the same as to change its job."""
    entry, files = await _change(services, viewer, MediaKind.VIDEO, video_id, body)
    return VideoDocument.of(entry, files, Signer.of(request))


@router.delete("/videos/{video_id}", status_code=204, responses=documented(401, 404, 409))
async def delete_video(video_id: UUID, services: Wired, viewer: SignedIn) -> None:
    """Delete a film together with its job, as `DELETE jobs/{job_id}` does; the charge stays."""
    await _delete(services, viewer, MediaKind.VIDEO, video_id)


@router.get("/images", responses=documented(401))
async def list_images(request: Request, visit: Reading, query: Annotated[LibraryQuery, Query()]) -> ImagePage:
    """Return a page of the pictures in the viewer's library, newest first."""
    page, next_cursor = await _find_page(visit, MediaKind.IMAGE, query)
    signer = Signer.of(request)
    return ImagePage(
        images=[ImageDocument.of(entry, files, signer) for entry, files in page], next_cursor=next_cursor
    )


@router.get("/images/{image_id}", responses=documented(401, 404))
async def show_image(image_id: UUID, request: Request, visit: Reading) -> ImageDocument:
    """Return one of the viewer's pictures; its address is signed anew each time."""
    entry, files = await _find(visit.tx, visit.viewer, MediaKind.IMAGE, image_id)
    return ImageDocument.of(entry, files, Signer.of(request))


@router.patch("/images/{image_id}", responses=documented(401, 404))
async def change_image(
    image_id: UUID, body: Choices, request: Request, services: Wired, viewer: SignedIn
) -> ImageDocument:
    """Give a picture a star, a rating, a project or another place: the same as to change its job."""
    entry, files = await _change(services, viewer, MediaKind.IMAGE, image_id, body)
    return ImageDocument.of(entry, files, Signer.of(request))


@router.delete("/images/{image_id}", status_code=204, responses=documented(401, 404, 409))
async def delete_image(image_id: UUID, services: Wired, viewer: SignedIn) -> None:
    """Delete a picture together with its job, as `DELETE jobs/{job_id}` does; the charge stays."""
    await _delete(services, viewer, MediaKind.IMAGE, image_id)


async def _find_page(
    visit: Visit, kind: MediaKind, query: LibraryQuery
) -> tuple[list[tuple[LibraryEntry, Files]], str | None]:
    start = read_cursor(query.cursor)
    found = await library.list_entries(
        visit.tx,
        kind,
        query.filter(),
        user_id=visit.viewer.user_id,
        before_time=start.time,
        before_id=start.id,
        count=query.limit + 1,
    )
    page, next_cursor = cut_page(found, limit=query.limit)
    files = await media.list_job_assets(visit.tx, job_ids=[entry.job_id for entry in page])
    return [(entry, files[entry.job_id]) for entry in page], next_cursor


async def _find(tx: Tx, viewer: Viewer, kind: MediaKind, entry_id: UUID) -> tuple[LibraryEntry, Files]:
    entry = await library.get_entry(tx, kind, entry_id=entry_id, user_id=viewer.user_id)
    if entry is None:
        raise Missing(f"There is no such {kind}.")
    files = await media.list_job_assets(tx, job_ids=[entry.job_id])
    return entry, files[entry.job_id]


async def _change(
    services: Services, viewer: Viewer, kind: MediaKind, entry_id: UUID, body: Choices
) -> tuple[LibraryEntry, Files]:
    async with services.database.transaction(viewer=viewer.user_id) as tx:
        entry, _ = await _find(tx, viewer, kind, entry_id)
    changes = body.model_dump(exclude_unset=True)
    await change_job(services.database, viewer, job_id=entry.job_id, changes=changes)
    async with services.database.transaction(viewer=viewer.user_id) as tx:
        return await _find(tx, viewer, kind, entry_id)


async def _delete(services: Services, viewer: Viewer, kind: MediaKind, entry_id: UUID) -> None:
    async with services.database.transaction(viewer=viewer.user_id) as tx:
        entry, _ = await _find(tx, viewer, kind, entry_id)
    await delete_job(services.database, viewer, job_id=entry.job_id)


def _shared(entry: LibraryEntry, files: Files, signer: Signer) -> dict[str, Any]:
    """Return the fields that films and pictures have in common."""
    output = files.get(AssetRole.OUTPUT)
    probe = output and output.probe
    # A word means the same here as in the domain: so what has the same name is the same value.
    same = {name: getattr(entry, name) for name in LibraryEntryDocument.model_fields if hasattr(entry, name)}
    return same | {
        "thumbnail_url": _url(files, AssetRole.POSTER, signer),
        "width": probe and probe.width,
        "height": probe and probe.height,
        "file_size_bytes": output and output.bytes,
        "media_type": output and output.media_type,
    }


def _output_url(files: Files, signer: Signer) -> str | None:
    output = files.get(AssetRole.OUTPUT)
    return None if output is None else signer.sign(output, lifetime=DOWNLOAD_LIFETIME)[0]


def _url(files: Files, role: AssetRole, signer: Signer) -> str | None:
    asset = files.get(role)
    return None if asset is None else signer.sign(asset, lifetime=TILE_LIFETIME)[0]
