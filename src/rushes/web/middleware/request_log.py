"""Gives each request an id, logs how it went, and answers what nobody else answered."""

import time
from typing import Any
from uuid import uuid4

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rushes.web.errors import unexpected_answer

_log: Any = structlog.get_logger()
_QUIET = ("/healthz", "/readyz", "/static/")
"""Asked for so often that a line for each would hide the others."""


_CALLBACKS = "/api/v1/callbacks/"
"""What follows is a token: who reads the log must not be able to report with it."""


class RequestLog:
    """Binds `request_id` for the whole request and names it in the answer."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        started, status = time.perf_counter(), 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, send_with_id)
            except ClientDisconnect:
                _log.info("http.disconnected", method=scope["method"], path=_path(scope))
            except Exception:  # noqa: BLE001  # whatever it was, the client gets an answer
                _log.exception("http.failed", method=scope["method"], path=_path(scope))
                if not status:
                    await unexpected_answer(Request(scope))(scope, receive, send_with_id)
            if not scope["path"].startswith(_QUIET):
                _log_request(scope, status, time.perf_counter() - started)


def _log_request(scope: Scope, status: int, seconds: float) -> None:
    # Without the query: it can hold a signature.
    _log.info(
        "http.request",
        method=scope["method"],
        path=_path(scope),
        status=status,
        milliseconds=round(seconds * 1000, 1),
    )


def _path(scope: Scope) -> str:
    path: str = scope["path"]
    return f"{_CALLBACKS}…" if path.startswith(_CALLBACKS) else path
