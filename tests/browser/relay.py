"""A way to a site that can go silent: what is asked for arrives, and no answer comes."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit


@dataclass(kw_only=True)
class Relay:
    """Hands everything on, but for the answers on connections that were asked for `silent`."""

    port: int
    silent: bytes | None = None
    tasks: set[Any] = field(default_factory=set[Any])

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until either side closes it."""
        self.tasks.add(asyncio.current_task())
        answers, questions = await asyncio.open_connection("127.0.0.1", self.port)
        asked = bytearray()

        async def ask() -> None:
            while chunk := await reader.read(65536):
                asked.extend(chunk)
                questions.write(chunk)
            questions.write_eof()

        async def answer() -> None:
            is_silent = False
            while chunk := await answers.read(65536):
                # Once silent, for ever: the rest of an answer without its beginning would be none.
                is_silent = is_silent or (self.silent is not None and self.silent in asked)
                if not is_silent:
                    writer.write(chunk)
            writer.close()

        try:
            await asyncio.gather(ask(), answer())
        except OSError:
            return  # one side went away, as browsers do
        finally:
            for end in (writer, questions):
                end.close()


@asynccontextmanager
async def relaying(address: str) -> AsyncGenerator[tuple[Relay, str]]:
    """A relay to a site for the time of the block, and its own address."""
    relay = Relay(port=urlsplit(address).port or 0)
    server = await asyncio.start_server(relay.serve, "127.0.0.1", 0)
    try:
        yield relay, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in relay.tasks:
            task.cancel()
        await asyncio.gather(*relay.tasks, return_exceptions=True)
