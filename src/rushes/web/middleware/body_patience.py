"""Gives up bodies that stop arriving: a client that is gone or waits must not keep its handler for ever."""

import asyncio
from datetime import timedelta

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rushes.errors import BodyTimeout


class BodyPatience:
    """Limits how long a body may pause, however long it takes as a whole: large files come slowly."""

    def __init__(self, app: ASGIApp, *, patience: timedelta) -> None:
        """Wrap `app`, and wait so long for each part of a body that its handler asks for."""
        self._app = app
        self._seconds = patience.total_seconds()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_whole = False

        async def receive_in_time() -> Message:
            nonlocal is_whole
            if is_whole:  # What comes next is the end of the connection: answers wait for it as they please.
                return await receive()
            try:
                async with asyncio.timeout(self._seconds):
                    message = await receive()
            except TimeoutError as error:
                raise BodyTimeout(f"Nothing of the body came for {self._seconds:g} s.") from error
            is_whole = not message.get("more_body", False)
            return message

        await self._app(scope, receive_in_time, send)
