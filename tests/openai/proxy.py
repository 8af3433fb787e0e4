"""A proxy on the loopback between a client and the server, which breaks what it is told to."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any
from urllib.parse import urlsplit


class Fault(Enum):
    """What becomes of a request."""

    CUT = auto()
    """It is answered, but the client's connection is closed instead of passing the answer on."""
    CUT_AT_ONCE = auto()
    """The client's connection is closed as soon as the request was passed on."""
    BROKEN = auto()
    """It is answered, but the client is told that the server has failed."""


@dataclass(kw_only=True)
class Proxy:
    """Passes requests on; the first ones meet the faults, in their order. `heads` are of all requests."""

    port: int
    faults: deque[Fault]
    url: str = ""
    heads: list[str] = field(default_factory=list[str])
    tasks: set[Any] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass one request on."""
        self.tasks.add(asyncio.current_task())
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            body = await _body(reader, head.decode())
            fault = self.faults.popleft() if self.faults else None
            self.heads.append(head.decode().lower())
            upstream, sending = await asyncio.open_connection("127.0.0.1", self.port)
            sending.write(head.replace(b"\r\n", b"\r\nConnection: close\r\n", 1) + body)
            await sending.drain()
            if fault is Fault.CUT_AT_ONCE:
                writer.close()
            answer = await upstream.read()
            sending.close()
            if fault is Fault.BROKEN:
                answer = b"HTTP/1.1 500 Broken\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            if fault in {None, Fault.BROKEN}:
                writer.write(answer)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            return  # one of the two went away
        finally:
            writer.close()


@asynccontextmanager
async def proxying(url: str, *faults: Fault) -> AsyncIterator[Proxy]:
    """A proxy for the time of the block."""
    port = urlsplit(url).port
    assert port is not None
    proxy = Proxy(port=port, faults=deque(faults))
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        server.close()
        await asyncio.gather(*proxy.tasks)


async def _body(reader: asyncio.StreamReader, head: str) -> bytes:
    for line in head.split("\r\n"):
        name, _, value = line.partition(": ")
        if name.lower() == "content-length":
            return await reader.readexactly(int(value))
    return b""
