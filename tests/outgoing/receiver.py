"""A server on the loopback that answers as it is told and keeps what it was sent."""

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer, given once its gate is open; without a status, the connection is closed instead."""

    status: int | None = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""
    gate: asyncio.Event | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A request as it came in; the names of its headers are in small letters."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(kw_only=True)
class Receiver:
    """Where requests arrive; after the last of its replies it goes on with 200."""

    url: str
    port: int
    replies: deque[Reply]
    requests: asyncio.Queue[Received] = field(default_factory=asyncio.Queue[Received])
    tasks: set[Any] = field(default_factory=set)
    under_way: int = 0
    most_under_way: int = 0

    async def next(self) -> Received:
        """The next request, which must come soon."""
        async with asyncio.timeout(20):
            return await self.requests.get()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        self.tasks.add(asyncio.current_task())
        try:
            received = await _read(reader)
            reply = self.replies.popleft() if self.replies else Reply()
            self.under_way += 1
            self.most_under_way = max(self.most_under_way, self.under_way)
            self.requests.put_nowait(received)
            if reply.gate is not None:
                await reply.gate.wait()
            self.under_way -= 1
            if reply.status is not None:
                writer.write(_written(reply))
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            return  # the client went away, as some tests make it do
        finally:
            writer.close()


@asynccontextmanager
async def receiving(
    *replies: Reply, context: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[Receiver]:
    """A receiver for the time of the block."""
    receiver = Receiver(url="", port=0, replies=deque(replies))
    server = await asyncio.start_server(receiver.serve, host, 0, ssl=context)
    receiver.port = server.sockets[0].getsockname()[1]
    name = f"[{host}]" if ":" in host else host
    receiver.url = f"http{'s' if context else ''}://{name}:{receiver.port}/hooks"
    try:
        yield receiver
    finally:
        server.close()
        # Those that still wait at a gate have nobody left to answer.
        for task in receiver.tasks:
            task.cancel()


async def _read(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    method, path, _ = head[0].split(" ")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(method=method, path=path, headers=headers, body=body)


def _written(reply: Reply) -> bytes:
    headers = {"Content-Length": str(len(reply.body)), "Connection": "close"} | dict(reply.headers)
    lines = [f"HTTP/1.1 {reply.status} Test", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + reply.body
