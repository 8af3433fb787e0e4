"""Requests to addresses that no client library sends as they are written."""

from typing import Any
from urllib.parse import unquote

from fastapi import FastAPI


async def status_of(app: FastAPI, method: str, target: str, *, body: bytes = b"") -> int:
    """The status of the answer to a request for exactly this path and query, read as the server reads it."""
    path, _, query = target.partition("?")
    scope: dict[str, Any] = {
        "type": "http",
        "http_version": "1.1",
        "asgi": {"version": "3.0"},
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode("latin-1"),
        "query_string": query.encode("latin-1"),
        "root_path": "",
        "headers": [(b"host", b"rushes.test")],
        "client": ("127.0.0.1", 1),
        "server": ("rushes.test", 80),
    }
    messages: list[Any] = [{"type": "http.request", "body": body, "more_body": False}]
    answers: list[Any] = []

    async def receive() -> Any:
        return messages.pop() if messages else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        answers.append(message)

    await app(scope, receive, send)
    return answers[0]["status"]
