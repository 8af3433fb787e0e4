"""Refuses bodies that are larger than any form or JSON document has to be."""

from collections.abc import Collection

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rushes.errors import TooLarge
from rushes.web.errors import answer

BODY_BYTES = 1024 * 1024


class BodyLimit:
    """Limits every body but those that their handler counts as it streams them."""

    def __init__(self, app: ASGIApp, *, streamed: Collection[str]) -> None:
        """Wrap `app`.

        `streamed` names the paths whose handlers never hold a body as a whole; one that ends with a slash
        stands for all below it.
        """
        self._app = app
        self._streamed = frozenset(streamed)
        self._folders = tuple(path for path in streamed if path.endswith("/"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or self._is_streamed(scope["path"]):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        declared = request.headers.get("content-length", "")
        too_large = TooLarge(f"The body is larger than the {BODY_BYTES // 1024} KiB that are allowed.")
        if declared.isdecimal() and int(declared) > BODY_BYTES:
            await answer(request, too_large)(scope, receive, send)
            return
        received = 0

        async def receive_limited() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > BODY_BYTES:
                raise too_large
            return message

        await self._app(scope, receive_limited, send)

    def _is_streamed(self, path: str) -> bool:
        return path in self._streamed or path.startswith(self._folders)
