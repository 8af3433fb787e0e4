"""How late the last of many streams hears of an event, and what a stream costs the server in memory.

    python -m benchmarks.streams [--streams 5000] [--events 200] [--cases one many]

One web process, started as in production, and the streams of `GET /api/v1/events`: first all of one account,
each of which hears of each event; then one of each of as many accounts, whose events come in turn. A stream
is a bare socket in another process. An event is a job that is written; its time runs from just before the
statement, whose commit is part of it, to the moment at which its last stream has the whole of it. It fails
where the 99th percentile of that, or what a stream holds in memory, is beyond its limit.
"""

import asyncio
import json
import os
import re
import secrets
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import httpx
import uvloop

from benchmarks.arguments import parser_of
from benchmarks.harness import database, server, settings_of
from benchmarks.limits import Limits
from benchmarks.stream_clients import allow_open_files
from rushes.actions.accounts import Login
from rushes.db import accounts
from rushes.db.pool import open_database
from rushes.domain.ids import SessionId, UserId
from rushes.web.credentials import mint_token

SECRET = secrets.token_urlsafe(48)
LONGEST_SECONDS = 60.0
MOST_SECONDS, MOST_BYTES = 0.25, 25_000

ADD_ACCOUNTS = """
    INSERT INTO users (id, email, password_hash)
    SELECT id, id || '@example.org', '*' FROM unnest($1::uuid[]) id
"""
ADD_SESSIONS = """
    INSERT INTO sessions (id, user_id, expires_at)
    SELECT id, id, now() + interval '1 day' FROM unnest($1::uuid[]) id
"""
ADD_JOB = """
    INSERT INTO jobs (id, user_id, job_type, model, lane, price, watermark_applied)
    VALUES ($1, $2, 'base', 'motion', 'cpu', 5, true)
"""


class Clients:
    """The process of the clients."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        """Speak with a process of `benchmarks.stream_clients`."""
        self._process = process

    async def ask(self, line: str) -> dict[str, float]:
        """Send a line and return the answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(line.encode() + b"\n")
        await self._process.stdin.drain()
        return json.loads(await self._process.stdout.readline())


@asynccontextmanager
async def clients(port: int) -> AsyncGenerator[Clients]:
    """A process that holds streams open."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.stream_clients", str(port)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**26,
    )
    try:
        yield Clients(process)
    finally:
        process.kill()
        await process.wait()


@asynccontextmanager
async def web_process(url: str, port: int) -> AsyncGenerator[asyncio.subprocess.Process]:
    """A web process as production starts it, and its end."""
    home = tempfile.mkdtemp(prefix="rushes-bench-", dir="/var/tmp")
    settings = {
        "RUSHES_DATABASE_URL": url,
        "RUSHES_SECRET": SECRET,
        "RUSHES_HOME": home,
        "RUSHES_PORT": str(port),
        "RUSHES_STREAMS_PER_USER": "100000",
        "RUSHES_LOG_LEVEL": "error",
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "rushes", "serve"),
        env={**_environment(), **settings},
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        await _until_ready(port, process)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        shutil.rmtree(home)


async def measure(
    url: str, limits: Limits, *, streams: int, events: int, accounts_count: int, port: int
) -> None:
    """Open the streams, write jobs, and print how late the last stream heard of each."""
    user_ids = [UserId(uuid4()) for _ in range(accounts_count)]
    tokens = await add_accounts(url, user_ids)
    connection = await asyncpg.connect(url)
    async with web_process(url, port) as process, clients(port) as few, clients(port) as many:
        # The first requests load what every request needs.
        await few.ask(json.dumps(tokens[:1] * 20))
        before = resident_bytes(process.pid)
        began = time.monotonic()
        await many.ask(json.dumps([tokens[number % len(tokens)] for number in range(streams)]))
        opened = time.monotonic() - began
        memory = (resident_bytes(process.pid) - before) / streams
        print(f"  {streams} streams opened in {opened:.1f} s, {memory / 1000:.1f} kB each")
        each, cpu = streams // accounts_count, cpu_seconds(process.pid)
        latencies = [
            await one_event(connection, many, user_ids[number % len(user_ids)], each)
            for number in range(events)
        ]
        after = (resident_bytes(process.pid) - before) / streams
        report(latencies, limits)
        cost = (cpu_seconds(process.pid) - cpu) / events * 1000
        print(f"  {cost:.1f} ms of the server's processor time for each event")
        print(f"  after the events: {after / 1000:.1f} kB for each stream")
        limits.at_most("bytes of memory a stream", max(memory, after), limit=MOST_BYTES)
        began = time.monotonic()
        process.terminate()
        while (await many.ask("the end"))["lost"] < streams:  # noqa: ASYNC110 - it is another process
            await asyncio.sleep(0.01)
        print(f"  the server stopped: all streams were closed after {time.monotonic() - began:.2f} s")
    await connection.close()


async def one_event(
    connection: asyncpg.Connection, listeners: Clients, user_id: UserId, expected: int
) -> float:
    """Write a job; return the seconds until all its streams heard of it."""
    job_id = uuid4()
    began = time.monotonic()
    await connection.execute(ADD_JOB, job_id, user_id)
    pause = 0.3 if expected > 1 else 0.02
    while time.monotonic() < began + LONGEST_SECONDS:
        await asyncio.sleep(pause)
        answer = await listeners.ask(str(job_id))
        if answer["count"] >= expected:
            assert answer["count"] == expected, "an event came more than once"
            assert not answer["lost"], "streams were lost"
            return answer["latest"] - began
    raise SystemExit(f"only {answer['count']} of {expected} streams heard of a job")


def report(latencies: Sequence[float], limits: Limits) -> None:
    """Print the usual figures, and hold the 99th percentile to its limit."""
    ordered = sorted(latency * 1000 for latency in latencies)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    print(
        f"  event to its last stream, {len(ordered)} events: p50 {statistics.median(ordered):.1f} ms, "
        f"p99 {p99:.1f} ms, max {ordered[-1]:.1f} ms"
    )
    limits.at_most("seconds from an event to its last stream, p99,", p99 / 1000, limit=MOST_SECONDS)


async def add_accounts(url: str, user_ids: Sequence[UserId]) -> list[str]:
    """Add accounts, each with a session of the same id; return the tokens."""
    owner = await open_database(url, role=None)
    async with owner.transaction() as tx:
        await tx.execute(ADD_ACCOUNTS, list(user_ids))
        await tx.execute(ADD_SESSIONS, list(user_ids))
        found = [await accounts.get_user(tx, user_id=user_id) for user_id in user_ids]
    await owner.close()
    expires_at = datetime.now(UTC) + timedelta(days=1)
    return [
        mint_token(
            SECRET.encode(), Login(user=user, session_id=SessionId(UUID(str(user.id))), expires_at=expires_at)
        )
        for user in found
        if user is not None
    ]


def resident_bytes(pid: int) -> int:
    """What a process holds in memory."""
    status = Path(f"/proc/{pid}/status").read_text()
    (kilobytes,) = re.findall(r"VmRSS:\s+(\d+) kB", status)
    return int(kilobytes) * 1024


def cpu_seconds(pid: int) -> float:
    """What a process has used of the processor."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _environment() -> dict[str, str]:
    """Ours without settings of the benchmarks: the server refuses what it does not know."""
    return {name: value for name, value in os.environ.items() if not name.startswith("RUSHES_")}


async def _until_ready(port: int, process: asyncio.subprocess.Process) -> None:
    async with httpx.AsyncClient() as client:
        while process.returncode is None:
            try:
                if (await client.get(f"http://127.0.0.1:{port}/healthz")).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.05)
    raise SystemExit("the server did not start")


async def main() -> None:
    """Parse the arguments, and measure; fail where a figure is beyond its limit."""
    parser = parser_of(__doc__)
    parser.add_argument("--streams", type=int, default=5000)
    parser.add_argument("--events", type=int, default=200)
    parser.add_argument("--cases", nargs="+", choices=["one", "many"], default=["one", "many"])
    parser.add_argument("--port", type=int, default=8765)
    given = parser.parse_args()
    allow_open_files()
    limits = Limits()
    with server() as server_url:
        print(await settings_of(server_url))
        for case in given.cases:
            print(f"{given.streams} streams of {case} account{'s' * (case == 'many')}")
            async with database(server_url) as url:
                await measure(
                    url,
                    limits,
                    streams=given.streams,
                    events=given.events,
                    accounts_count=1 if case == "one" else given.streams,
                    port=given.port,
                )
    limits.end()


if __name__ == "__main__":
    uvloop.run(main())
