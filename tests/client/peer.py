"""A server that does to its clients what a test writes down."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Handle = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass(kw_only=True)
class Heard:
    """One request as it arrived."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass(kw_only=True)
class Peer:
    """Where the server is, and what it has heard."""

    address: str = ""
    heard: list[Heard] = field(default_factory=list)


def answer(status: str, body: bytes | str = b"", **headers: str) -> bytes:
    """An HTTP answer that ends its connection; `_` in the name of a header is `-`."""
    content = body.encode() if isinstance(body, str) else body
    named = {"content-length": str(len(content)), **{k.replace("_", "-"): v for k, v in headers.items()}}
    lines = [f"HTTP/1.1 {status}", "connection: close", *(f"{k}: {v}" for k, v in named.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


@asynccontextmanager
async def peer(script: Sequence[bytes]) -> AsyncIterator[Peer]:
    """Answer each request with the next bytes of the script, then close; empty bytes are no answer at all.

    After its last line the script stays at that.
    """
    found = Peer()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            found.heard.append(await _hear(reader))
            writer.write(script[min(len(found.heard), len(script)) - 1])
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(converse, "127.0.0.1", 0)
    async with server:
        found.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield found


async def _hear(reader: asyncio.StreamReader) -> Heard:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    line, *rest = head.strip().split("\r\n")
    headers = dict(one.lower().split(": ", 1) for one in rest)
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Heard(line=line, headers=headers, body=body)
