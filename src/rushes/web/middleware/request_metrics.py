"""Counts requests and how long they took, by route."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rushes.web.instruments import HttpInstruments

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "other"
UNMATCHED = "unmatched"


class RequestMetrics:
    """Times each answer to its last byte; a stream counts when it ends."""

    def __init__(self, app: ASGIApp, *, instruments: HttpInstruments) -> None:
        """Wrap `app`."""
        self._app = app
        self._instruments = instruments

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 0

        async def send_counted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_counted)
        finally:
            # What a client makes up must not become a label: each one is kept for ever.
            method = scope["method"] if scope["method"] in _METHODS else OTHER
            self._instruments.observe(
                method=method,
                route=_template(scope),
                status=status,
                seconds=time.perf_counter() - started,
            )


def _template(scope: Scope) -> str:
    context = scope.get("fastapi", {}).get("effective_route_context")
    path = getattr(context, "path_format", None) or getattr(scope.get("route"), "path_format", None)
    return path if isinstance(path, str) else UNMATCHED
