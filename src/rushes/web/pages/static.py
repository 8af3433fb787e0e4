"""Stylesheets and scripts, under an address that changes with their content."""

import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from rushes.errors import Missing

router = APIRouter(include_in_schema=False)

_FOLDER = Path(__file__).parent.parent / "static"
_FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticFiles:
    """The files by their path, and a digest of them all."""

    files: Mapping[str, bytes]
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
        path.relative_to(_FOLDER).as_posix(): path.read_bytes()
        for path in sorted(_FOLDER.rglob("*"))
        if path.is_file()
    }
    digest = hashlib.sha256()
    for path, content in files.items():
        digest.update(path.encode() + b"\0" + content)
    return StaticFiles(files=files, version=digest.hexdigest()[:12])


@router.get("/static/{version}/{path:path}")
async def serve(version: str, path: str, request: Request) -> Response:
    """Return a file; one of an earlier version is answered with its present address."""
    static: StaticFiles = request.app.state.templates.static
    content = static.files.get(path)
    if content is None:
        raise Missing("There is no such file.")
    if version != static.version:
        return RedirectResponse(static.url(path), 302, headers={"Cache-Control": "no-store"})
    media_type = mimetypes.guess_type(path)[0] or "application/octet-stream"
    return Response(content, media_type=media_type, headers={"Cache-Control": _FOREVER})


@router.get("/favicon.ico")
async def favicon(request: Request) -> Response:
    """Point browsers that ask here to the icon that the pages name."""
    return RedirectResponse(request.app.state.templates.static.url("favicon.svg"), 302)
