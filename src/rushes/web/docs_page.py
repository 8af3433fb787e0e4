"""The page that shows the API to people: Swagger UI, every byte of it from here."""

import hashlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from rushes.errors import Missing
from rushes.web.middleware.security_headers import content_security_policy
from rushes.web.openapi import Document
from rushes.web.pages.static import StaticFiles

router = APIRouter(include_in_schema=False)

_PACKAGE = "fastapi_offline"
"""It ships the files of Swagger UI; of its code, nothing is imported: its page needs inline scripts."""

_TYPES = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript"}
# The icons of Swagger UI are in its stylesheet; scripts and styles stay as strict as on every page.
_POLICY = content_security_policy().replace("img-src 'self'", "img-src 'self' data:")
_FOREVER = "public, max-age=31536000, immutable"
_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Rushes API</title>
<link rel="icon" href="{icon}">
<link rel="stylesheet" href="/docs/{version}/swagger-ui.css">
<link rel="stylesheet" href="{style}">
</head>
<body>
<main id="api" data-document="/openapi.json"></main>
<noscript>This page needs JavaScript. The same is at <a href="/openapi.json">/openapi.json</a>.</noscript>
<script src="/docs/{version}/swagger-ui-bundle.js"></script>
<script src="{script}"></script>
</body>
</html>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SwaggerUi:
    """The files by their names, and a digest of them all."""

    files: Mapping[str, bytes]
    version: str


@router.api_route("/openapi.json", methods=["GET", "HEAD"])
async def document(request: Request) -> Response:
    """Return what the page shows, for programs."""
    described: Document = request.app.state.document
    return Response(await described.body(), media_type="application/json")


@router.get("/docs")
async def docs(request: Request) -> HTMLResponse:
    """Return the page."""
    static: StaticFiles = request.app.state.templates.static
    page = _PAGE.format(
        version=load_swagger_ui().version,
        icon=static.url("favicon.svg"),
        style=static.url("docs.css"),
        script=static.url("docs.js"),
    )
    return HTMLResponse(page, headers={"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"})


@router.get("/docs/{version}/{name}")
async def swagger_file(version: str, name: str) -> Response:
    """Return one of its files; its address changes with its content."""
    swagger = load_swagger_ui()
    content = swagger.files.get(name)
    if content is None or version != swagger.version:
        raise Missing("There is no such file.")
    return Response(content, media_type=_TYPES[name], headers={"Cache-Control": _FOREVER})


@cache
def load_swagger_ui() -> SwaggerUi:
    """Read the files of Swagger UI, once."""
    spec = importlib.util.find_spec(_PACKAGE)
    assert spec is not None, "it is among the dependencies"
    assert spec.submodule_search_locations is not None, "it is a package"
    folder = Path(spec.submodule_search_locations[0]) / "static"
    files = {name: (folder / name).read_bytes() for name in _TYPES}
    digest = hashlib.sha256(b"\0".join(files.values())).hexdigest()
    return SwaggerUi(files=files, version=digest[:12])
