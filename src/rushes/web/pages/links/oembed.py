"""What another site needs to show a link's film or picture in a page of its own (oEmbed 1.0, oembed.com)."""

from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Query, Request
from markupsafe import Markup
from starlette.responses import JSONResponse, Response

from rushes.domain.media import AssetRole
from rushes.errors import Missing
from rushes.web.api.shares import ShareDocument, origin_of
from rushes.web.deps import Limits, Wired
from rushes.web.pages.links.share import find_linked, title_of

router = APIRouter(include_in_schema=False)

_PREFIX = "/v/"
_NOT_IMPLEMENTED = 501

Bound = Annotated[int | None, Query(ge=1, le=100_000)]

_PLAYER = Markup('<video controls playsinline width="{}" height="{}" src="{}"{}></video>')
_POSTER = Markup(' poster="{}"')


@router.get("/oembed")
async def show(
    url: str,
    request: Request,
    services: Wired,
    rate_limits: Limits,
    maxwidth: Bound = None,
    maxheight: Bound = None,
    format: str = "json",  # noqa: A002  # the standard calls it so
) -> Response:
    """Describe what a link of this site leads to."""
    if format != "json":
        return Response(status_code=_NOT_IMPLEMENTED)
    short_id = _read(url, origin_of(request))
    share = await find_linked(services, rate_limits, request, short_id)
    document = ShareDocument.of(short_id, share, origin=origin_of(request))
    width, height = _fit(document, maxwidth, maxheight)
    said: dict[str, Any] = {
        "version": "1.0",
        "title": title_of(share),
        "provider_name": "Rushes",
        "provider_url": origin_of(request),
        "width": width,
        "height": height,
    }
    if document.image_url is not None:
        return JSONResponse(said | {"type": "photo", "url": document.image_url})
    poster = Markup()
    if AssetRole.POSTER in share.files:
        file = share.files[AssetRole.POSTER]
        poster = _POSTER.format(document.poster_url)
        said |= {"thumbnail_url": document.poster_url}
        said |= {"thumbnail_width": file.width, "thumbnail_height": file.height}
    return JSONResponse(
        said | {"type": "video", "html": _PLAYER.format(width, height, document.video_url, poster)}
    )


def _read(url: str, origin: str) -> str:
    """Return the end of a link of this site.

    Raises:
        Missing: It is the address of something else.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        raise Missing("There is no such link.") from None
    # Behind a proxy that ends TLS the link is https, and this request may not be.
    if parts.netloc != urlsplit(origin).netloc or not parts.path.startswith(_PREFIX):
        raise Missing("There is no such link.")
    return parts.path.removeprefix(_PREFIX)


def _fit(document: ShareDocument, most_width: int | None, most_height: int | None) -> tuple[int, int]:
    """Return the size that is shown: true to aspect, and within what the other site has room for."""
    scale = min(
        1.0,
        (most_width or document.width) / document.width,
        (most_height or document.height) / document.height,
    )
    return max(1, round(document.width * scale)), max(1, round(document.height * scale))
