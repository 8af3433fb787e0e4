"""Which other sites' pages may use the API (WHATWG Fetch, 3.2): with a token, never with a cookie."""

from collections.abc import Sequence

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_ASKED = ("Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID", "Range", "Upload-Offset")
_TOLD = ("Content-Disposition", "Idempotent-Replayed", "Retry-After", "Upload-Offset", "X-Request-ID")
_PREFLIGHT_SECONDS = 600


def let_in(app: FastAPI, origins: Sequence[str]) -> None:
    """Let pages of these sites read our answers; without any, browsers keep all others out."""
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=_METHODS,
            allow_headers=_ASKED,
            expose_headers=_TOLD,
            max_age=_PREFLIGHT_SECONDS,
        )
