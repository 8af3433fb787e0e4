"""The certificates by which others verify the content credentials of this instance's outputs."""

import asyncio

import structlog
from fastapi import APIRouter
from starlette.responses import Response

from rushes.errors import Missing, SettingsError
from rushes.web.deps import Wired
from rushes.web.services import Services

ADDRESS = "/.well-known/rushes/ca.pem"

router = APIRouter(include_in_schema=False)

_log = structlog.stdlib.get_logger(__name__)


@router.get(ADDRESS)
async def download(services: Wired) -> Response:
    """Hand the certificates out, in PEM (RFC 7468)."""
    text = await read_certificates(services)
    if text is None:
        raise Missing("This server keeps no certificates of content credentials.")
    headers = {"Content-Disposition": 'attachment; filename="rushes-ca.pem"', "Cache-Control": "no-cache"}
    return Response(text, media_type="application/x-pem-file", headers=headers)


async def read_certificates(services: Services) -> str | None:
    """Return the certificates, in PEM; `None` if this server keeps none, or cannot read them."""
    try:
        text = await asyncio.to_thread(services.read_anchors)
    except (OSError, SettingsError) as error:
        _log.warning("certificates.unreadable", error=str(error))
        return None
    return text or None
