"""Tells browsers what an answer may not do."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_HSTS = "max-age=31536000"


def content_security_policy(media_origin: str | None = None) -> str:
    """Return what a page may load: what is ours, and files from where the object store hands them out."""
    media = "'self'" if media_origin is None else f"'self' {media_origin}"
    # A page shows a file before it was sent: `blob:` is what the browser itself holds.
    shown = f"{media} blob:"
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src {shown}; media-src {shown}; "
        f"connect-src {media}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


class SecurityHeaders:
    """Adds the headers to every answer, errors included."""

    def __init__(self, app: ASGIApp, *, media_origin: str | None = None) -> None:
        """Wrap `app`; `media_origin` is scheme and host of a store that hands out files by itself."""
        self._app = app
        self._headers = {"Content-Security-Policy": content_security_policy(media_origin), **_HEADERS}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                if scope["scheme"] == "https":
                    headers.setdefault("Strict-Transport-Security", _HSTS)
            await send(message)

        await self._app(scope, receive, send_with_headers)
