"""A provider far away, as small as can be, on a port of this machine: the engine `Remote` works with it."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

LONG_POLL_SECONDS = 0.05


@dataclass
class Provider:
    """Takes submissions, tells how far they are, and hands over its film.

    Below `/slow` nothing is done before `may_finish` is set, below `/bad` every submission is refused.
    `asked` is called at each poll before its answer.
    """

    film: bytes
    url: str = ""
    submissions: int = 0
    polls: int = 0
    may_finish: asyncio.Event = field(default_factory=asyncio.Event)
    polled: asyncio.Event = field(default_factory=asyncio.Event)
    asked: Callable[[], Awaitable[None]] | None = None
    talks: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request; an asker that dies meanwhile asks no more."""
        talk = asyncio.current_task()
        assert talk is not None
        self.talks.add(talk)
        try:
            with suppress(ConnectionError):
                await self._converse(reader, writer)
        finally:
            writer.close()
            self.talks.discard(talk)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = (await reader.readline()).decode().split()
        while await reader.readline() not in (b"\r\n", b""):
            pass
        if not first:
            return
        status, body = await self._answer_to(first[0], first[1])
        writer.write(
            f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
        )
        writer.write(body)
        await writer.drain()

    async def _answer_to(self, method: str, path: str) -> tuple[str, bytes]:
        if path.startswith("/bad"):
            return "422 No", b"{}"
        if method == "POST":
            self.submissions += 1
            return "201 Created", json.dumps({"id": f"work-{self.submissions}"}).encode()
        if path.endswith("/film"):
            return "200 OK", self.film
        return "200 OK", json.dumps(await self._state(path)).encode()

    async def _state(self, path: str) -> dict[str, object]:
        if self.asked is not None:
            await self.asked()
        self.polls += 1
        self.polled.set()
        is_done = not path.startswith("/slow") or self.may_finish.is_set()
        if not is_done:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.may_finish.wait(), LONG_POLL_SECONDS)
        return {"done": is_done, "progress": 1.0 if is_done else 1 - 1 / (1 + self.polls)}


@asynccontextmanager
async def serving(film: Path) -> AsyncIterator[Provider]:
    """A provider that runs inside the block."""
    provider = Provider(film=film.read_bytes())
    server = await asyncio.start_server(provider.answer, "127.0.0.1", 0)
    async with server:
        provider.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield provider
        await asyncio.gather(*provider.talks)
