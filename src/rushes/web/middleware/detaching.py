"""Serves open streams outside of everything that was needed to open them."""

from typing import Protocol

from starlette.types import ASGIApp, Receive, Scope, Send

_HELD = "rushes.detached"
# What the server looks at while an answer is open.
_KEPT = frozenset({"type", "method", "path", "http_version"})


class Detached(Protocol):
    """An answer whose head was sent, and whose body goes on for long."""

    async def serve(self, receive: Receive, send: Send) -> None:
        """Send the body until it or the client ends."""
        ...

    def abandon(self) -> None:
        """Give up what the answer holds; it will not be served."""
        ...


class Detaching:
    """Waits for what opened a stream to return, and only then serves its body.

    An open answer keeps the frames of every middleware and router on its way, some 15 kB, and sends each of
    its events through them. A stream needs neither once its head was sent.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        held: list[Detached] = []
        scope[_HELD] = held
        try:
            await self._app(scope, receive, send)
        except BaseException:
            for one in held:
                one.abandon()
            raise
        if held:
            for name in scope.keys() - _KEPT:
                del scope[name]
            await held.pop().serve(receive, send)


def detach(scope: Scope, answer: Detached) -> None:
    """Have an answer served once what opened it has returned."""
    scope[_HELD].append(answer)
