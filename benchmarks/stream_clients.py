"""The clients of `benchmarks.streams`, as many bare sockets in a process of their own.

python -m benchmarks.stream_clients PORT    # tokens and then questions come by standard input
"""

import asyncio
import gc
import json
import re
import resource
import sys
import time
from dataclasses import dataclass, field
from typing import Any

import uvloop

OPEN_FILES = 20_000
CONNECTS_AT_ONCE = 50

_JOB = re.compile(rb'event: job\.pending\ndata: [^\n]*"job_id":"([0-9a-f-]{36})"[^\n]*\n\n')


class Stream(asyncio.Protocol):
    """One client: counts what it hears of."""

    __slots__ = ("_heard", "_opened", "_request", "_rest")

    def __init__(self, request: bytes, heard: "Heard") -> None:
        """Ask with `request`, and tell `heard`."""
        self._request = request
        self._heard = heard
        self._rest = b""
        self._opened = False

    def connection_made(self, transport: Any) -> None:
        """Ask for the stream."""
        transport.write(self._request)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - a protocol's interface
        """Count the loss."""
        self._heard.lost += 1

    def data_received(self, data: bytes) -> None:
        """Look for events that have come as a whole."""
        self._rest += data
        if not self._opened and b"event: snapshot" in self._rest:
            self._opened = True
            self._heard.opened += 1
        end = 0
        for match in _JOB.finditer(self._rest):
            self._heard.hear(match[1])
            end = match.end()
        self._rest = self._rest[end:] if end else self._rest[-2000:]


@dataclass(kw_only=True)
class Heard:
    """What the streams of one process have heard of."""

    opened: int = 0
    lost: int = 0
    counts: dict[bytes, int] = field(default_factory=dict)
    latest: dict[bytes, float] = field(default_factory=dict)

    def hear(self, job_id: bytes) -> None:
        """Note that one more stream knows of a job."""
        self.counts[job_id] = self.counts.get(job_id, 0) + 1
        self.latest[job_id] = time.monotonic()


async def listen(host: str, port: int) -> None:
    """Be the clients: the tokens come by standard input, and questions of what was heard."""
    reader = await _standard_input()
    tokens = json.loads(await reader.readline())
    heard = Heard()
    loop = asyncio.get_running_loop()
    for start in range(0, len(tokens), CONNECTS_AT_ONCE):
        chunk = tokens[start : start + CONNECTS_AT_ONCE]
        requests = [
            f"GET /api/v1/events HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
            for token in chunk
        ]
        await asyncio.gather(
            *(loop.create_connection(lambda r=r: Stream(r, heard), host, port) for r in requests)
        )
        while heard.opened < start + len(chunk):  # noqa: ASYNC110 - a benchmark may look again and again
            await asyncio.sleep(0.01)
    gc.collect()
    gc.freeze()
    print(json.dumps({"opened": heard.opened}), flush=True)
    while line := await reader.readline():
        job_id = line.strip()
        print(
            json.dumps(
                {
                    "count": heard.counts.get(job_id, 0),
                    "latest": heard.latest.get(job_id, 0.0),
                    "lost": heard.lost,
                }
            ),
            flush=True,
        )


def allow_open_files() -> None:
    """Let this process and those that it starts have as many sockets as they need."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(OPEN_FILES, hard), hard))


async def _standard_input() -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=2**26)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


if __name__ == "__main__":
    allow_open_files()
    uvloop.run(listen("127.0.0.1", int(sys.argv[1])))
