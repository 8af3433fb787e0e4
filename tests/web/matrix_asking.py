"""Asking the application as it is asked over a connection, streams and sockets included."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import httpx
import orjson
from fastapi import FastAPI

HOST = "rushes.test"
PATIENCE_SECONDS = 20


@dataclass(kw_only=True)
class Answer:
    """What came back; for a socket, `status` is the code that closed it, or 101 if it stayed open."""

    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    body: str = ""

    @property
    def said(self) -> str:
        """All that the asker can read, but for what is new with each answer."""
        names = {"x-request-id", "date", "etag", "last-modified"}
        request_id = dict(self.headers).get("x-request-id", "?")
        kept = [f"{name}: {value}" for name, value in self.headers if name not in names]
        return "\n".join([*kept, self.body.replace(request_id, "")])


async def ask(
    app: FastAPI,
    method: str,
    target: str,
    headers: Mapping[str, str],
    sent: Mapping[str, Any],
    *,
    streams: bool,
) -> Answer:
    """Send a request; of a stream, read to the end of its first event."""
    request = httpx.Request(method, f"http://{HOST}/", headers=dict(headers), **sent)
    answer, enough = Answer(), asyncio.Event()
    messages: list[Any] = [{"type": "http.request", "body": request.read(), "more_body": False}]

    async def receive() -> Any:
        if messages:
            return messages.pop()
        await enough.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = [(name.decode(), value.decode("latin-1")) for name, value in message["headers"]]
            return
        answer.body += message.get("body", b"").decode(errors="replace")
        if not message.get("more_body") or (streams and "data:" in answer.body):
            enough.set()

    scope = _scope("http", target, request.headers.raw) | {"method": method}
    async with asyncio.timeout(PATIENCE_SECONDS):
        await app(scope, receive, send)
    return answer


async def converse(
    app: FastAPI, target: str, headers: Mapping[str, str], messages: Sequence[Mapping[str, Any]]
) -> Answer:
    """Open a socket, say something, and leave after the first event or when the socket is closed."""
    answer, enough = Answer(status=101), asyncio.Event()
    said: list[Any] = [{"type": "websocket.connect"}]
    said += [{"type": "websocket.receive", "text": orjson.dumps(message).decode()} for message in messages]

    async def receive() -> Any:
        if said:
            return said.pop(0)
        await enough.wait()
        return {"type": "websocket.disconnect", "code": 1000}

    async def send(message: Any) -> None:
        answer.body += message.get("text") or message.get("reason") or ""
        if message["type"] == "websocket.close":
            answer.status = message["code"]
        if message["type"] == "websocket.close" or "snapshot" in answer.body:
            enough.set()

    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = _scope("websocket", target, [(b"host", HOST.encode()), *raw]) | {"subprotocols": []}
    async with asyncio.timeout(PATIENCE_SECONDS):
        await app(scope, receive, send)
    return answer


def _scope(kind: str, target: str, headers: Sequence[tuple[bytes, bytes]]) -> dict[str, Any]:
    path, _, query = target.partition("?")
    return {
        "type": kind,
        "http_version": "1.1",
        "asgi": {"version": "3.0"},
        "scheme": "http" if kind == "http" else "ws",
        "path": unquote(path),
        "raw_path": path.encode("latin-1"),
        "query_string": query.encode("latin-1"),
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in headers],
        "client": ("127.0.0.1", 1),
        "server": (HOST, 80),
        "state": {},
    }
