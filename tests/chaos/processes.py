"""The processes of a site under attack: each is started again whenever it ends, until it is let go."""

import asyncio
import os
import signal
import socket
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from random import Random

import psutil

from rushes.embedded.postmaster import find_postmaster
from rushes.embedded.server import EmbeddedPostgres
from tests.chaos.waits import pause

ROOT = Path(__file__).parents[2]
STOP_SECONDS = 60


class Kept:
    """One command of ours, kept running; what it prints tells when it is ready and which engines it has."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: dict[str, str],
        ready: str,
        logs: Path,
        dice: Random,
    ) -> None:
        """Name the command, the word that it is ready with, and the folder for its log."""
        self.name = name
        self.ready = asyncio.Event()
        self.exits: Counter[int] = Counter()
        self.falls = 0
        self.engines: set[tuple[int, float]] = set()
        self._command = command
        self._environment = environment
        self._ready_word = ready
        self._log = logs / f"{name}.log"
        self._dice = dice
        self._process: asyncio.subprocess.Process | None = None
        self._let_go = asyncio.Event()

    async def keep(self) -> None:
        """Start it again and again until it is let go."""
        while not self._let_go.is_set():
            await self._run_once()
            await pause(self._dice.uniform(0, 0.5), until=self._let_go)

    async def stop(self) -> int | None:
        """Let it go and ask it to end; return its exit status, or `None` if it had to be killed."""
        self.send(signal.SIGCONT)
        await pause(STOP_SECONDS, until=self.ready)
        self._let_go.set()
        process = self._process
        if process is None or not self.send(signal.SIGTERM):
            return 0
        try:
            async with asyncio.timeout(STOP_SECONDS):
                return await process.wait()
        except TimeoutError:
            self.send(signal.SIGKILL)
            return None

    def pid(self) -> int | None:
        """The process id, while it lives."""
        process = self._process
        return None if process is None or process.returncode is not None else process.pid

    def send(self, number: signal.Signals) -> bool:
        """Send a signal; tell whether there was anybody to get it."""
        pid = self.pid()
        if pid is None:
            return False
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        return True

    async def _run_once(self) -> None:
        with self._log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", *self._command),
                cwd=ROOT,
                env=self._environment,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        self._process = process
        reading = asyncio.create_task(self._read(process))
        try:
            code = await process.wait()
            self.exits[code] += 1
            # A start may fail while the database is away; what runs must not fall of that.
            self.falls += code > 0 and self.ready.is_set()
        finally:
            if process.returncode is None:
                process.kill()
            self.ready.clear()
            await asyncio.wait([reading])

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while line := (await process.stdout.readline()).decode():
            if line.startswith(self._ready_word):
                self.ready.set()
            elif line.startswith("pid "):
                with suppress(psutil.NoSuchProcess):
                    found = psutil.Process(int(line.removeprefix("pid ")))
                    self.engines.add((found.pid, found.create_time()))


class KeptDatabase:
    """A PostgreSQL on a port that stays; its first process can be killed, and is started again."""

    def __init__(self, home: Path) -> None:
        """Name its folder; its settings are those of production, so a commit outlives a kill."""
        self._data = home / "postgres" / "data"
        settings = {"port": str(free_port()), "max_connections": "300"}
        self._server = EmbeddedPostgres(home / "postgres", settings=settings, timeout_seconds=120)
        # Of threads, not of tasks: a start goes on after the task that waits for it was cancelled.
        self._busy = threading.Lock()
        self.url = ""

    async def start(self) -> None:
        """Start the server, however the last one ended."""
        self.url = await asyncio.to_thread(self._start)

    async def stop(self) -> None:
        """Stop it for good."""
        await asyncio.to_thread(self._stop)

    def kill(self) -> bool:
        """Kill its first process with -9; tell whether there was one."""
        if self._busy.locked() or (found := find_postmaster(self._data)) is None:
            return False
        os.kill(found.pid, signal.SIGKILL)
        return True

    def _start(self) -> str:
        with self._busy:
            return self._server.start().url

    def _stop(self) -> None:
        with self._busy:
            self._server.stop()


def free_port() -> int:
    """A free port out of those that the system gives to whoever asks for any."""
    dice = Random()
    while True:
        port = dice.randrange(20_000, 32_000)
        with socket.socket() as listener, suppress(OSError):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", port))
            return port


def strays(folder: Path, told: set[tuple[int, float]]) -> list[str]:
    """Living processes that engines have left: those that were told of, and those that work in the folder."""
    found: list[str] = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            place = process.cwd()
            is_told = (process.pid, process.create_time()) in told
            if process.status() != psutil.STATUS_ZOMBIE and (is_told or place.startswith(str(folder))):
                found.append(f"{process.pid} in {place}: {' '.join(process.cmdline())[:150]}")
    return found
