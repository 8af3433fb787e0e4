"""Links to what jobs made: giving them out, taking them back, and what whoever has one sees."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from rushes.actions import share as sharing
from rushes.db.job_changes import find_share
from rushes.domain.media import AssetRole
from rushes.domain.sharing import Share
from rushes.errors import Missing, ShareRevoked
from rushes.web.deps import Limits, SignedIn, Wired, limited
from rushes.web.errors import documented
from rushes.web.file_answers import FileOnOffer, answer_file
from rushes.web.limiting import Rate, RateLimits
from rushes.web.openapi import OPEN
from rushes.web.services import Services

router = APIRouter(tags=["shares"])

KEPT_SECONDS = 60
"""How long a browser may show a file again without asking: a link that was taken back ends no later."""

ShortId = Annotated[
    str, Path(pattern="^[0-9a-z]{8}$", description="The end of the link.", examples=["h3k9x2mq"])
]

_FILE_ANSWERS: dict[int | str, dict[str, Any]] = documented(404, 410, 429) | {
    200: {
        "description": "The file.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    },
    206: {"description": "The bytes that `Range` names."},
    304: {"description": "The client has this version."},
    416: {"description": "`Range` begins after the end of the file."},
}


class SharedRole(StrEnum):
    """The files that a link leads to."""

    OUTPUT = "output"
    POSTER = "poster"


class LinkDocument(BaseModel):
    """A link that is in force."""

    short_id: Annotated[str, Field(description="The same for every link to the job.", examples=["h3k9x2mq"])]
    url: Annotated[str, Field(description="The link.", examples=["https://rushes.example/v/h3k9x2mq"])]
    created_at: Annotated[datetime, Field(description="Since when it is in force.")]


class ShareDocument(BaseModel):
    """What a link leads to; it says nothing about whose it is."""

    short_id: str
    media_type: Annotated[str, Field(examples=["video/mp4"])]
    video_url: Annotated[str | None, Field(description="The film, as long as it is shared; or null.")]
    image_url: Annotated[str | None, Field(description="The picture, where a picture is shared; or null.")]
    poster_url: Annotated[str | None, Field(description="A still of the film.")]
    duration_seconds: Annotated[float | None, Field(description="Null for a picture.")]
    width: Annotated[int, Field(description="Pixels as displayed.")]
    height: int
    file_size_bytes: int
    created_at: Annotated[datetime, Field(description="When it was made.")]

    @classmethod
    def of(cls, short_id: str, share: Share, *, origin: str) -> Self:
        """Show what is shared to anybody."""
        output = share.files[AssetRole.OUTPUT]
        address = f"{origin}/api/v1/shares/{short_id}"
        is_video = output.media_type.startswith("video/")
        return cls(
            short_id=short_id,
            media_type=output.media_type,
            video_url=f"{address}/{SharedRole.OUTPUT}" if is_video else None,
            image_url=None if is_video else f"{address}/{SharedRole.OUTPUT}",
            poster_url=f"{address}/{SharedRole.POSTER}" if AssetRole.POSTER in share.files else None,
            duration_seconds=output.duration_seconds,
            width=output.width,
            height=output.height,
            file_size_bytes=output.bytes,
            created_at=output.created_at,
        )


@router.post(
    "/jobs/{job_id}/share", responses=documented(401, 404, 409, 429), dependencies=[limited(Rate.SUBMITS)]
)
async def share(job_id: UUID, request: Request, services: Wired, viewer: SignedIn) -> LinkDocument:
    """Let everybody who has the link see what a completed job made.

    To share it again after its link was taken back puts the same link in force again.
    """
    link = await sharing.share_job(services.database, viewer, job_id=job_id)
    return LinkDocument(
        short_id=link.short_id, url=f"{origin_of(request)}/v/{link.short_id}", created_at=link.created_at
    )


@router.delete("/jobs/{job_id}/share", status_code=204, responses=documented(401, 404))
async def revoke(job_id: UUID, services: Wired, viewer: SignedIn) -> None:
    """Take the link to a job back; whoever follows it learns that it is no longer shared."""
    await sharing.revoke_share(services.database, viewer, job_id=job_id)


@router.get("/shares/{short_id}", responses=documented(404, 410, 429), openapi_extra=OPEN)
async def show(short_id: ShortId, request: Request, services: Wired, rate_limits: Limits) -> ShareDocument:
    """Return what a link leads to, to anybody."""
    found = await find_shared(services, rate_limits, request, short_id)
    return ShareDocument.of(short_id, found, origin=origin_of(request))


@router.head("/shares/{short_id}/{role}", include_in_schema=False)
@router.get("/shares/{short_id}/{role}", response_class=Response, responses=_FILE_ANSWERS, openapi_extra=OPEN)
async def read(
    short_id: ShortId, role: SharedRole, request: Request, services: Wired, rate_limits: Limits
) -> Response:
    """Return a shared file, or the parts of it that `Range` names.

    The address is not that of the store, which names the owner, and ends with the link.
    """
    found = await find_shared(services, rate_limits, request, short_id)
    file = found.files.get(AssetRole(role))
    if file is None:
        raise Missing("There is no such file.")
    offer = FileOnOffer(
        storage=services.storage,
        bucket=file.bucket,
        key=file.key,
        stored=await services.storage.head(file.bucket, file.key),
        media_type=file.media_type,
        headers={
            "Content-Disposition": "inline",
            "Cache-Control": f"private, max-age={KEPT_SECONDS}",
            # Whoever has the link may read it: so may a page that shows it.
            "Cross-Origin-Resource-Policy": "cross-origin",
        },
    )
    return await answer_file(request, offer)


async def find_shared(services: Services, rate_limits: RateLimits, request: Request, short_id: str) -> Share:
    """Return what a link leads to, whoever asks.

    Raises:
        Missing: There never was such a link.
        ShareRevoked: It was taken back, or what it leads to must not be seen.
        Limited: Whoever asks has just tried many links that do not exist.
    """
    rate_limits.require_guesses_left(request)
    async with services.database.transaction() as tx:
        found = await find_share(tx, short_id=short_id)
    if found is None:
        rate_limits.count_guess(request)
        raise Missing("There is no such link.")
    if found.is_revoked or AssetRole.OUTPUT not in found.files:
        raise ShareRevoked
    return found


def origin_of(request: Request) -> str:
    """Return what stands before the path of an address at the host that the request was sent to."""
    return str(request.base_url).rstrip("/")
