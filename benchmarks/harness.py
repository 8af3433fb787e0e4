"""What every benchmark shares: a durable server of its own, a migrated database, rounds and their ratio."""

import os
import shutil
import statistics
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import structlog

from rushes.actions.catalogue import ship_models
from rushes.db.migrate import migrate
from rushes.embedded.server import EmbeddedPostgres

Measure = Callable[[], Awaitable[float]]


@contextmanager
def server() -> Iterator[str]:
    """The superuser's URL of `RUSHES_BENCH_DATABASE_URL`, or of a durable embedded server."""
    if given := os.environ.get("RUSHES_BENCH_DATABASE_URL"):
        yield given
        return
    home = Path(tempfile.mkdtemp(prefix="rushes-bench-", dir="/var/tmp"))
    home.chmod(0o755)
    embedded = EmbeddedPostgres(home / "postgres")
    try:
        yield embedded.start().url
    finally:
        embedded.stop()
        shutil.rmtree(home)


@asynccontextmanager
async def database(server_url: str) -> AsyncIterator[str]:
    """The URL of a fresh migrated database, dropped at the end."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    name = f"bench_{uuid4().hex}"
    connection = await asyncpg.connect(server_url)
    await connection.execute(f"CREATE DATABASE {name}")
    url = urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
    try:
        await migrate(url)
        await ship_models(url)
        yield url
    finally:
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await connection.close()


async def settings_of(url: str) -> str:
    """The server's version, and the settings that make a commit durable."""
    connection = await asyncpg.connect(url)
    try:
        shown = [
            f"{name}={await connection.fetchval(f'SHOW {name}')}"
            for name in ("server_version", "fsync", "synchronous_commit", "full_page_writes")
        ]
    finally:
        await connection.close()
    return " ".join(shown)


async def compare(ours: Measure, bare: Measure, *, rounds: int, unit: str) -> None:
    """Measure both in turn, and print each round, the medians and the ratio ours / bare of the rounds."""
    ratios: list[float] = []
    for number in range(1, rounds + 1):
        figures = await ours(), await bare()
        ratios.append(figures[0] / figures[1])
        print(
            f"round {number}: ours {figures[0]:10.1f} {unit}   bare {figures[1]:10.1f} {unit}   "
            f"ratio {ratios[-1]:.3f}"
        )
    print(
        f"ratio ours/bare: median {statistics.median(ratios):.3f} "
        f"(lowest {min(ratios):.3f}, highest {max(ratios):.3f})"
    )
