"""The library: the films and pictures that jobs made."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import TypedDict, Unpack
from uuid import UUID

from pydantic import JsonValue

from rushes.client.documents import Document
from rushes.client.jobs import Choices
from rushes.client.paging import each
from rushes.client.server import Server, nothing
from rushes.client.wire import Params
from rushes.domain.jobs import Destination, Orientation


class LibraryEntry(Document):
    """What a job made, as its owner keeps it; sides are pixels, `metadata` is what its engine noted."""

    id: UUID
    user_id: UUID
    job_id: UUID
    prompt: str | None = None
    orientation: Orientation
    model_used: str
    thumbnail_url: str | None = None
    status: str
    metadata: Mapping[str, JsonValue]
    width: int | None = None
    height: int | None = None
    file_size_bytes: int | None = None
    media_type: str | None = None
    starred: bool
    rating: int | None = None
    project_id: UUID | None = None
    destination: Destination
    short_id: str | None = None
    created_at: datetime
    updated_at: datetime


class Video(LibraryEntry):
    """A film; `duration` is seconds, and the address is signed for seven days."""

    video_url: str | None = None
    preview_url: str | None = None
    duration: float


class Image(LibraryEntry):
    """A picture; the address is signed for seven days."""

    image_url: str | None = None


class LibraryFilter(TypedDict, total=False):
    """Which entries are meant: those that fit all of it; `query` is looked for in the prompts."""

    starred: bool
    project: UUID
    destination: Destination
    query: str


class _VideoPage(Document):
    videos: Sequence[Video]
    next_cursor: str | None = None


class _ImagePage(Document):
    images: Sequence[Image]
    next_cursor: str | None = None


async def videos(server: Server, **wanted: Unpack[LibraryFilter]) -> AsyncIterator[Video]:
    """Yield the films, newest first; pages are asked for as they are needed. See `LibraryFilter`."""

    async def page(cursor: str | None) -> tuple[Sequence[Video], str | None]:
        request = server.request("GET", "/videos", params=_conditions(wanted, cursor))
        found = await server.ask(request, _VideoPage.model_validate_json)
        return found.videos, found.next_cursor

    async for video in each(page):
        yield video


async def images(server: Server, **wanted: Unpack[LibraryFilter]) -> AsyncIterator[Image]:
    """Yield the pictures, newest first; pages are asked for as they are needed. See `LibraryFilter`."""

    async def page(cursor: str | None) -> tuple[Sequence[Image], str | None]:
        request = server.request("GET", "/images", params=_conditions(wanted, cursor))
        found = await server.ask(request, _ImagePage.model_validate_json)
        return found.images, found.next_cursor

    async for image in each(page):
        yield image


async def video(server: Server, video_id: UUID | str) -> Video:
    """Return a film, with fresh signed addresses.

    Raises:
        Missing: There is no such film.
    """
    request = server.request("GET", f"/videos/{UUID(str(video_id))}")
    return await server.ask(request, Video.model_validate_json)


async def change_video(server: Server, video_id: UUID | str, **choices: Unpack[Choices]) -> Video:
    """Give a film a star, a rating, a project or another place to be kept; see `Choices`.

    Raises:
        Missing: There is no such film.
    """
    path = f"/videos/{UUID(str(video_id))}"
    request = server.request("PATCH", path, document=choices, is_repeatable=True)
    return await server.ask(request, Video.model_validate_json)


async def delete_video(server: Server, video_id: UUID | str) -> None:
    """Delete a film together with its job.

    Raises:
        Missing: There is no such film.
        Conflict: A job works on it.
    """
    await server.ask(server.request("DELETE", f"/videos/{UUID(str(video_id))}"), nothing)


async def image(server: Server, image_id: UUID | str) -> Image:
    """Return a picture, with fresh signed addresses.

    Raises:
        Missing: There is no such picture.
    """
    request = server.request("GET", f"/images/{UUID(str(image_id))}")
    return await server.ask(request, Image.model_validate_json)


async def change_image(server: Server, image_id: UUID | str, **choices: Unpack[Choices]) -> Image:
    """Give a picture a star, a rating, a project or another place to be kept; see `Choices`.

    Raises:
        Missing: There is no such picture.
    """
    path = f"/images/{UUID(str(image_id))}"
    request = server.request("PATCH", path, document=choices, is_repeatable=True)
    return await server.ask(request, Image.model_validate_json)


async def delete_image(server: Server, image_id: UUID | str) -> None:
    """Delete a picture together with its job.

    Raises:
        Missing: There is no such picture.
        Conflict: A job works on it.
    """
    await server.ask(server.request("DELETE", f"/images/{UUID(str(image_id))}"), nothing)


def _conditions(wanted: LibraryFilter, cursor: str | None) -> Params:
    project = wanted.get("project")
    return {
        "starred": wanted.get("starred"),
        "project": None if project is None else str(project),
        "destination": wanted.get("destination"),
        "q": wanted.get("query"),
        "limit": 100,
        "cursor": cursor,
    }
