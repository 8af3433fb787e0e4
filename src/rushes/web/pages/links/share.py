"""The page of a link: what a job made, for everybody who has the link."""

import re
from typing import Annotated

import fastapi
from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from rushes.actions import share as sharing
from rushes.db import links
from rushes.db.pool import Tx
from rushes.domain.ids import JobId
from rushes.domain.sharing import Making, Share
from rushes.errors import Missing, ShareRevoked, Unauthenticated
from rushes.web import certificates
from rushes.web.api.shares import ShareDocument, find_shared, origin_of
from rushes.web.certificates import read_certificates
from rushes.web.credentials import enter, read_credential
from rushes.web.deps import Limits, SignedIn, Wired
from rushes.web.durations import in_words
from rushes.web.limiting import RateLimits
from rushes.web.pages.rendering import render
from rushes.web.services import Services

router = APIRouter(prefix="/v/{short_id}", include_in_schema=False)

_SHORT_ID = re.compile(r"[0-9a-z]{8}", re.ASCII)


@router.get("")
async def show(short_id: str, request: Request, services: Wired, rate_limits: Limits) -> Response:
    """Show the film or the picture; or say, kindly, that there is nothing to see."""
    try:
        share = await find_linked(services, rate_limits, request, short_id)
    except (Missing, ShareRevoked) as error:
        gone = isinstance(error, ShareRevoked)
        return render(request, "share_gone.html", status=410 if gone else 404, is_gone=gone)
    async with services.database.transaction() as tx:
        making = await links.describe_share(tx, short_id=short_id)
        own_job = await _own_job(tx, request, services, short_id)
    if making is None:
        # It was taken back between the two questions.
        return render(request, "share_gone.html", status=410, is_gone=True)
    return render(
        request,
        "share.html",
        origin=origin_of(request),
        share=ShareDocument.of(short_id, share, origin=""),
        title=title_of(share),
        making=making,
        maker=maker_of(making),
        length=_length(share),
        certificates=certificates.ADDRESS if await read_certificates(services) else None,
        own_job=own_job,
    )


@router.post("/listing")
async def list_or_hide(
    short_id: str, services: Wired, viewer: SignedIn, listed: Annotated[bool, fastapi.Form()]
) -> Response:
    """Let search engines list the page, or ask them to leave it out."""
    require_short_id(short_id)
    await sharing.list_link(services.database, viewer, short_id=short_id, listed=listed)
    return RedirectResponse(f"/v/{short_id}", 303)


async def find_linked(services: Services, rate_limits: RateLimits, request: Request, short_id: str) -> Share:
    """Return what the link at the end of an address leads to, whoever asks.

    Raises:
        Missing: There never was such a link.
        ShareRevoked: It was taken back, or what it leads to must not be seen.
        Limited: Whoever asks has just tried many links that do not exist.
    """
    require_short_id(short_id)
    return await find_shared(services, rate_limits, request, short_id)


def require_short_id(short_id: str) -> None:
    """Check that an address could be that of a link.

    Raises:
        Missing: There can be no such link.
    """
    if not _SHORT_ID.fullmatch(short_id):
        raise Missing("There is no such link.")


def title_of(share: Share) -> str:
    """Return what the page is called; the prompt is its owner's own."""
    output = share.output
    return f"A {'film' if output.media_type.startswith('video/') else 'picture'} made with Rushes"


def maker_of(making: Making) -> str:
    """Return the model and in what manner it works, such as "Motion, warp (classical)"."""
    return f"{making.model}, {making.manner}" if making.manner else making.model


async def _own_job(tx: Tx, request: Request, services: Services, short_id: str) -> JobId | None:
    """Return the job behind the link, if it is the visitor's; nobody has to be signed in."""
    try:
        viewer = await enter(tx, read_credential(request, services.secret))
    except Unauthenticated:
        return None
    return await links.find_own_link(tx, short_id=short_id, user_id=viewer.user_id)


def _length(share: Share) -> str | None:
    seconds = share.output.duration_seconds
    return None if seconds is None else in_words(seconds)
