"""The web server as production starts it, in a process of its own."""

import asyncio
import os
import secrets
import signal
import sys
import tempfile
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path

from benchmarks.peers.processes import check_alive, running
from benchmarks.peers.servers import LOOPBACK, free_ports

ROOT = Path(__file__).parents[1]
START_SECONDS = 60
MOST = str(10**6)


@asynccontextmanager
async def rushes(url: str) -> AsyncGenerator[str]:
    """The address of `rushes serve` on a database; nobody is limited in how often he submits."""
    (port,) = free_ports(1)
    with tempfile.TemporaryDirectory(prefix="rushes-http-", dir="/var/tmp") as folder:
        settings = {
            "RUSHES_DATABASE_URL": url,
            "RUSHES_SECRET": secrets.token_urlsafe(48),
            "RUSHES_HOME": folder,
            "RUSHES_PORT": str(port),
            "RUSHES_RATES_SUBMITS": MOST,
        }
        log = Path(folder, "rushes.log")
        command = (*_with_settings(settings), sys.executable, "-m", "rushes", "serve")
        async with served(*command, log=log, port=port) as address:
            yield address


@asynccontextmanager
async def bare(url: str) -> AsyncGenerator[str]:
    """The address of the bare application on a database."""
    (port,) = free_ports(1)
    with tempfile.TemporaryDirectory(prefix="rushes-http-", dir="/var/tmp") as folder:
        command = (sys.executable, "-m", "benchmarks.http_bare", url, str(port))
        async with served(*command, log=Path(folder, "bare.log"), port=port) as address:
            yield address


def versions() -> str:
    """The versions of what serves."""
    packages = ("fastapi", "uvicorn", "uvloop", "httptools", "asyncpg", "orjson")
    return ", ".join(f"{name} {version(name)}" for name in packages)


@asynccontextmanager
async def served(*command: str, log: Path, port: int, cwd: Path = ROOT) -> AsyncGenerator[str]:
    """The address of a program that answers HTTP on a port of the loopback, for the length of the block."""
    async with running(*command, log=log, stop=signal.SIGTERM, cwd=cwd) as process:
        await _until_listening(process, port=port, log=log)
        yield f"http://{LOOPBACK}:{port}"


def _with_settings(settings: Mapping[str, str]) -> list[str]:
    """What runs a program with these settings and no others: an unknown one is refused."""
    others = [f"--unset={name}" for name in os.environ if name.startswith("RUSHES_")]
    return ["env", *others, *(f"{name}={value}" for name, value in settings.items())]


async def _until_listening(process: Process, *, port: int, log: Path) -> None:
    async with asyncio.timeout(START_SECONDS):
        while True:
            check_alive(process, log)
            try:
                _, writer = await asyncio.open_connection(LOOPBACK, port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return
