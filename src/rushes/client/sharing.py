"""Showing everybody what a job made: the link, and what it leads to."""

from datetime import datetime
from urllib.parse import quote

from rushes.client.documents import Document
from rushes.client.jobs import JobRef, id_of
from rushes.client.server import Server, nothing


class Link(Document):
    """A link that is in force: whoever has its `url` sees what a job made."""

    short_id: str
    url: str
    created_at: datetime


class Shared(Document):
    """What a link leads to; the addresses of its files are good for as long as the link is in force."""

    short_id: str
    media_type: str
    video_url: str | None = None
    image_url: str | None = None
    poster_url: str | None = None
    duration_seconds: float | None = None
    width: int
    height: int
    file_size_bytes: int
    created_at: datetime


async def share(server: Server, job: JobRef) -> Link:
    """Let everybody who has the link see what a completed job made; to share it again is the same link.

    Raises:
        Missing: There is no such job.
        Conflict: It is not completed, or a review withholds what it made.
    """
    request = server.request("POST", f"/jobs/{id_of(job)}/share", is_repeatable=True)
    return await server.ask(request, Link.model_validate_json)


async def revoke_share(server: Server, job: JobRef) -> None:
    """Take the link to a job back.

    Raises:
        Missing: There is no such job, or it is not shared.
    """
    await server.ask(server.request("DELETE", f"/jobs/{id_of(job)}/share"), nothing)


async def shared(server: Server, short_id: str) -> Shared:
    """Return what a link leads to, whoever asks; `short_id` is what the link ends in.

    Raises:
        Missing: There never was such a link.
        Refused: It was taken back.
    """
    request = server.request("GET", f"/shares/{quote(short_id, safe='')}")
    return await server.ask(request, Shared.model_validate_json)
