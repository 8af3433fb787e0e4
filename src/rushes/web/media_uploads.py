"""Taking files at signed addresses, for stores that clients cannot send to themselves.

Source of the requests that go on where the last one broke off: the tus resumable upload protocol 1.0, its
HEAD and PATCH.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request
from starlette.responses import Response

from rushes.domain.media import Bucket
from rushes.errors import Conflict, Invalid, Missing, TooLarge
from rushes.storage.signing import check_signed_upload_path
from rushes.storage.store import Storage
from rushes.web.addresses import asked_address, read_number, require_place
from rushes.web.deps import Wired
from rushes.web.errors import documented
from rushes.web.media import Moment, Signature
from rushes.web.openapi import OPEN

PREFIX = "/media/upload"

router = APIRouter(prefix=PREFIX, tags=["media"])

_PATH = "/{bucket}/{key:path}"

_BODY: dict[str, Any] = OPEN | {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
_OFFSET: dict[str, Any] = {
    "headers": {"Upload-Offset": {"description": "How many bytes are there.", "schema": {"type": "integer"}}}
}
_NEVER_KEPT = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a signed address lets somebody put a file of `size` bytes."""

    storage: Storage
    bucket: Bucket
    key: str
    size: int

    async def offset(self) -> int:
        """Return how many bytes are there."""
        try:
            return (await self.storage.head(self.bucket, self.key)).size
        except Missing:
            return 0


async def _place(
    bucket: str,
    key: str,
    request: Request,
    services: Wired,
    expires: Moment = "",
    size: Annotated[str, Query(alias="bytes", description="The size of the file.")] = "",
    signature: Signature = "",  # noqa: ARG001 — it is part of the address, which is compared as a whole
) -> Place:
    check_signed_upload_path(
        services.secret,
        asked_address(request),
        bucket=bucket,
        key=key,
        expires=read_number(expires),
        size=read_number(size),
        now=datetime.now(UTC),
    )
    place = require_place(bucket, key)
    return Place(storage=services.storage, bucket=place, key=key, size=int(size))


Signed = Annotated[Place, Depends(_place)]
Offset = Annotated[
    int, Header(alias="Upload-Offset", ge=0, le=2**40, description="How many bytes were sent before.")
]


@router.put(
    _PATH,
    status_code=204,
    response_class=Response,
    responses=documented(403, 404, 410, 413),
    openapi_extra=_BODY,
)
async def send(place: Signed, request: Request) -> Response:
    """Send the file as a whole. The address comes signed from `POST /api/v1/assets/uploads`."""
    await place.storage.write(place.bucket, place.key, _exactly(request.stream(), place.size))
    return Response(status_code=204, headers=_NEVER_KEPT)


@router.head(_PATH, response_class=Response, include_in_schema=False)
async def tell(place: Signed) -> Response:
    """Tell how much of the file is there."""
    headers = {"Upload-Offset": str(await place.offset()), "Upload-Length": str(place.size)}
    return Response(headers=_NEVER_KEPT | headers)


@router.patch(
    _PATH,
    status_code=204,
    response_class=Response,
    responses={204: {"description": "It is stored.", **_OFFSET}, **documented(403, 404, 409, 410, 413)},
    openapi_extra=_BODY,
)
async def go_on(place: Signed, request: Request, upload_offset: Offset) -> Response:
    """Send the next part of the file; if the connection breaks, what had arrived stays.

    `HEAD` of the same address answers with `Upload-Offset`, where to go on.
    """
    if upload_offset > place.size:
        raise Conflict(f"The file has no more than {place.size} bytes.")
    chunks = _at_most(request.stream(), place.size - upload_offset)
    offset = await place.storage.append(place.bucket, place.key, chunks, offset=upload_offset)
    return Response(status_code=204, headers=_NEVER_KEPT | {"Upload-Offset": str(offset)})


async def _at_most(chunks: AsyncIterator[bytes], size: int) -> AsyncGenerator[bytes]:
    left = size
    async for chunk in chunks:
        left -= len(chunk)
        if left < 0:
            raise TooLarge("The file is longer than was announced.")
        yield chunk


async def _exactly(chunks: AsyncIterator[bytes], size: int) -> AsyncGenerator[bytes]:
    left = size
    async for chunk in _at_most(chunks, size):
        left -= len(chunk)
        yield chunk
    if left:
        raise Invalid(f"The file is {left} bytes shorter than was announced.")
