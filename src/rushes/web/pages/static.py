"""Stylesheets and scripts, shortened and compressed, under an address that changes with their content."""

import gzip
import hashlib
import mimetypes
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import rcssmin
import rjsmin
from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from rushes.errors import Missing

router = APIRouter(include_in_schema=False)

_FOLDER = Path(__file__).parent.parent / "static"
_FOREVER = "public, max-age=31536000, immutable"

_css: Any = rcssmin  # neither library has types
_js: Any = rjsmin
_SHORTENERS: Mapping[str, Callable[[str], str]] = {".css": _css.cssmin, ".js": _js.jsmin}
"""What takes the comments and the blanks out of a file that is written for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticFile:
    """A file as it is sent: plain, and compressed with gzip."""

    plain: bytes
    compressed: bytes

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a file and shorten it, if it is of a kind that can be."""
        plain = path.read_bytes()
        if (shorten := _SHORTENERS.get(path.suffix)) is not None:
            plain = shorten(plain.decode()).encode()
        return cls(plain=plain, compressed=gzip.compress(plain, mtime=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticFiles:
    """The files by their path, and a digest of them all."""

    files: Mapping[str, StaticFile]
    version: str

    def url(self, path: str) -> str:
        """Return the address of a file.

        Raises:
            KeyError: There is no such file; a template that names it is wrong.
        """
        self.files[path]
        return f"/static/{self.version}/{path}"


def load_static() -> StaticFiles:
    """Read all files; they are few and small."""
    files = {
        path.relative_to(_FOLDER).as_posix(): StaticFile.read(path)
        for path in sorted(_FOLDER.rglob("*"))
        if path.is_file()
    }
    digest = hashlib.sha256()
    for path, file in files.items():
        digest.update(path.encode() + b"\0" + file.plain)
    return StaticFiles(files=files, version=digest.hexdigest()[:12])


@router.get("/static/{version}/{path:path}")
async def serve(version: str, path: str, request: Request) -> Response:
    """Return a file; one of an earlier version is answered with its present address."""
    static: StaticFiles = request.app.state.templates.static
    file = static.files.get(path)
    if file is None:
        raise Missing("There is no such file.")
    if version != static.version:
        return RedirectResponse(static.url(path), 302, headers={"Cache-Control": "no-store"})
    media_type = mimetypes.guess_type(path)[0] or "application/octet-stream"
    headers = {"Cache-Control": _FOREVER, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(file.compressed, media_type=media_type, headers=headers)
    return Response(file.plain, media_type=media_type, headers=headers)


@router.get("/favicon.ico")
async def favicon(request: Request) -> Response:
    """Point browsers that ask here to the icon that the pages name."""
    return RedirectResponse(request.app.state.templates.static.url("favicon.svg"), 302)
