"""Handing out stored files to whoever has a signed address."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from rushes.storage.signing import check_signed_path
from rushes.storage.store import media_type_of
from rushes.web.addresses import asked_address, disposition, read_number, require_place
from rushes.web.deps import Wired
from rushes.web.errors import documented
from rushes.web.file_answers import FileOnOffer, answer_file
from rushes.web.openapi import OPEN

router = APIRouter(prefix="/media", tags=["media"])

Moment = Annotated[str, Query(description="The last moment, in Unix seconds.")]
Signature = Annotated[str, Query(description="The proof that all of the address was written here.")]

_ANSWERS: dict[int | str, dict[str, Any]] = documented(403, 404, 410) | {
    200: {
        "description": "The file.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    },
    206: {"description": "The bytes that `Range` names; several ranges come as `multipart/byteranges`."},
    304: {"description": "The client has this version."},
    416: {"description": "`Range` begins after the end of the file."},
}


@router.head("/{bucket}/{key:path}", include_in_schema=False)
@router.get("/{bucket}/{key:path}", response_class=Response, responses=_ANSWERS, openapi_extra=OPEN)
async def read(
    bucket: str,
    key: str,
    request: Request,
    services: Wired,
    expires: Moment = "",
    signature: Signature = "",  # noqa: ARG001 — it is part of the address, which is compared as a whole
    download: Annotated[str | None, Query(description="Save it under this name.")] = None,
) -> Response:
    """Return a stored file, or the parts of it that `Range` names. Addresses come signed from the API."""
    check_signed_path(
        services.secret,
        asked_address(request),
        bucket=bucket,
        key=key,
        expires=read_number(expires),
        file_name=download,
        now=datetime.now(UTC),
    )
    place = require_place(bucket, key)
    left = max(0, int(expires) - int(datetime.now(UTC).timestamp()))
    file = FileOnOffer(
        storage=services.storage,
        bucket=place,
        key=key,
        stored=await services.storage.head(place, key),
        media_type=media_type_of(key),
        headers={
            "Content-Disposition": disposition(download),
            "Cache-Control": f"private, max-age={left}",
            # The signature is the right to read it: a front end of another origin may show it as well.
            "Cross-Origin-Resource-Policy": "cross-origin",
        },
    )
    return await answer_file(request, file)
