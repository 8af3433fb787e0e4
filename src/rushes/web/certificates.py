"""The certificates by which others verify the content credentials of this instance's outputs."""

import asyncio

from fastapi import APIRouter
from starlette.responses import Response

from rushes.errors import Missing
from rushes.web.deps import Wired
from rushes.web.services import Services

ADDRESS = "/.well-known/rushes/ca.pem"

router = APIRouter(include_in_schema=False)


@router.get(ADDRESS)
async def download(services: Wired) -> Response:
    """Hand the certificates out, in PEM (RFC 7468)."""
    text = await read_certificates(services)
    if text is None:
        raise Missing("This server keeps no certificates of content credentials.")
    headers = {"Content-Disposition": 'attachment; filename="rushes-ca.pem"', "Cache-Control": "no-cache"}
    return Response(text, media_type="application/x-pem-file", headers=headers)


async def read_certificates(services: Services) -> str | None:
    """Return the certificates, in PEM; `None` if this server keeps none."""
    if services.anchors_file is None:
        return None
    try:
        return await asyncio.to_thread(services.anchors_file.read_text)
    except FileNotFoundError:
        return None
