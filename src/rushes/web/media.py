"""Handing out stored files to whoever has a signed address."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from starlette.responses import Response, StreamingResponse

from rushes.domain.media import EXTENSIONS, Bucket
from rushes.errors import Missing, SignatureInvalid
from rushes.storage.signing import check_signature
from rushes.storage.store import StoredFile
from rushes.web.deps import Wired
from rushes.web.errors import documented
from rushes.web.openapi import OPEN
from rushes.web.ranges import Span, Unsatisfiable, http_date, is_current, is_known, wanted_span
from rushes.web.services import Services

router = APIRouter(prefix="/media", tags=["media"])

_TYPES: Mapping[str, str] = {f".{extension}": type_ for type_, extension in EXTENSIONS.items()}
_MOMENT = re.compile(r"[1-9][0-9]{0,11}")
_UNSAFE = re.compile(r'[^\w .()\[\]-]|[\r\n"\\]')

_ANSWERS: dict[int | str, dict[str, Any]] = documented(403, 404, 410) | {
    200: {
        "description": "The file.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    },
    206: {"description": "The bytes that `Range` names."},
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
    expires: Annotated[str, Query()] = "",
    signature: Annotated[str, Query()] = "",
    download: Annotated[str | None, Query(description="Save it under this name.")] = None,
) -> Response:
    """Return a stored file, or the part of it that `Range` names. Addresses come signed from the API."""
    place = _require_signed(
        services, bucket=bucket, key=key, expires=expires, signature=signature, download=download
    )
    file = await services.storage.head(place, key)
    headers = _headers(file, key=key, expires=int(expires), download=download)
    return _respond(request, services, file, place, key, headers)


def _require_signed(
    services: Services, *, bucket: str, key: str, expires: str, signature: str, download: str | None
) -> Bucket:
    # Strictly as it was written: else other texts of the same number would be as good.
    if not _MOMENT.fullmatch(expires):
        raise SignatureInvalid
    check_signature(
        services.secret,
        bucket=bucket,
        key=key,
        expires=int(expires),
        file_name=download,
        signature=signature,
        now=datetime.now(UTC),
    )
    if bucket not in set(Bucket) or "\0" in key or {"..", "."} & set(PurePosixPath(key).parts):
        raise Missing("There is no such file.")
    return Bucket(bucket)


def _headers(file: StoredFile, *, key: str, expires: int, download: str | None) -> dict[str, str]:
    left = max(0, expires - int(datetime.now(UTC).timestamp()))
    return {
        "Accept-Ranges": "bytes",
        "ETag": _etag(file),
        "Last-Modified": http_date(file.modified_at),
        "Content-Type": _TYPES.get(PurePosixPath(key).suffix, "application/octet-stream"),
        "Content-Disposition": _disposition(download),
        "Cache-Control": f"private, max-age={left}",
        # The signature is the right to read it: a front end of another origin may show it as well.
        "Cross-Origin-Resource-Policy": "cross-origin",
    }


def _respond(
    request: Request, services: Services, file: StoredFile, bucket: Bucket, key: str, headers: dict[str, str]
) -> Response:
    asked, etag = request.headers, headers["ETag"]
    if is_known(
        asked.get("if-none-match"), asked.get("if-modified-since"), etag=etag, modified_at=file.modified_at
    ):
        return Response(status_code=304, headers=headers)
    current = is_current(asked.get("if-range"), etag=etag, modified_at=file.modified_at)
    try:
        span = wanted_span(asked.get("range") if current else None, size=file.size)
    except Unsatisfiable:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{file.size}"})
    sent = span or Span(start=0, end=file.size)
    headers["Content-Length"] = str(sent.end - sent.start)
    if span:
        headers["Content-Range"] = f"bytes {span.start}-{span.end - 1}/{file.size}"
    status = 206 if span else 200
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers)
    chunks = services.storage.read(bucket, key, start=sent.start, end=sent.end)
    return StreamingResponse(chunks, status, headers=headers)


def _etag(file: StoredFile) -> str:
    return f'"{file.etag.strip(chr(34))}"'


def _disposition(download: str | None) -> str:
    """Return how to show or save a file (RFC 6266), with a name that no header can be broken with."""
    if download is None:
        return "inline"
    name = _UNSAFE.sub("_", PurePosixPath(download.replace("\\", "/")).name).strip(". ") or "file"
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
