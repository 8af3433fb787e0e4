"""The peers, and how fast each drains a queue and passes jobs from submit to completion."""

import asyncio
import signal
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.peers.installation import HOME, python_of
from benchmarks.peers.orders import Orders, write_orders
from benchmarks.peers.processes import ProgramEnded, check_alive, running
from benchmarks.peers.servers import postgres, rabbitmq, redis
from benchmarks.peers.tally import Progress, count_ended, read_progress

ROOT = Path(__file__).parents[2]
PRODUCERS = 8
TIMEOUT_SECONDS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A job queue: its child program, its server, and what was chosen for it."""

    name: str
    module: str
    server: Callable[[str], AbstractAsyncContextManager[str]] = field(repr=False)
    choices: str


PEERS: Mapping[str, Peer] = {
    peer.name: peer
    for peer in (
        Peer(
            name="celery-rabbitmq",
            module="celery_child",
            server=rabbitmq,
            choices="durable queue, persistent messages, publisher confirms, late acknowledgement, "
            "no results; 8 threads, prefetching 64 each",
        ),
        Peer(
            name="celery-redis",
            module="celery_child",
            server=redis,
            choices="appendonly yes, appendfsync always, late acknowledgement, results in the same Redis; "
            "2 forked processes, prefetching 64 each",
        ),
        Peer(
            name="pgqueuer",
            module="pgqueuer_child",
            server=postgres,
            choices="logged tables, rows deleted into the log; one asyncpg connection, uvloop, "
            "batches of `slots`",
        ),
        Peer(
            name="procrastinate",
            module="procrastinate_child",
            server=postgres,
            choices="all jobs and events kept; a pool of 4 connections, `slots` jobs at once",
        ),
    )
}


async def drain(peer: Peer, *, server_url: str, count: int, slots: int) -> float:
    """Jobs per second of one worker, from its first job's start to the last one's kept final state.

    All jobs are queued before the worker starts. `server_url` is a superuser's on the benchmark's
    PostgreSQL, `slots` how many jobs a worker of coroutines may have in flight; Celery has its own pools.

    Raises:
        ProgramEnded: a server, a worker or a producer failed; the message holds what it said.
        TimeoutError: the jobs took longer than five minutes.
    """
    async with staged(peer, server_url=server_url, slots=slots) as stage:
        await stage.submit(count)
        async with stage.worker() as worker:
            progress = await stage.ended(worker, jobs=PRODUCERS + count)
    return progress.jobs / (progress.last_end - progress.first_start) * 1e9


async def whole(peer: Peer, *, server_url: str, count: int, slots: int) -> float:
    """Jobs per second from the first submit to the last kept final state, the worker being up before.

    Eight producers submit one job per call; arguments and errors are those of `drain`.
    """
    async with staged(peer, server_url=server_url, slots=slots) as stage:
        await stage.submit(0)
        async with stage.worker() as worker:
            await stage.ended(worker, jobs=PRODUCERS)
            began = await stage.submit(count)
            progress = await stage.ended(worker, jobs=2 * PRODUCERS + count)
    return count / (progress.last_end - began) * 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A peer with its server up, and the files of one measurement."""

    module: str
    url: str
    slots: int
    folder: Path

    async def submit(self, count: int) -> int:
        """Submit a job per producer, then `count` more; return when those began, in nanoseconds."""
        child = await asyncio.create_subprocess_exec(
            *self._command("submit", count=count), stdout=PIPE, stderr=PIPE, cwd=ROOT
        )
        try:
            said, complained = await asyncio.wait_for(child.communicate(), TIMEOUT_SECONDS)
        finally:
            if child.returncode is None:
                child.kill()
        if child.returncode:
            raise ProgramEnded(f"{self.module} could not submit:\n{complained.decode()}")
        return int(said)

    @asynccontextmanager
    async def worker(self) -> AsyncGenerator[Process]:
        """One worker for the length of the block; killed, for nothing that it does later matters."""
        command = self._command("work", count=0)
        async with running(*command, log=self._log, stop=signal.SIGKILL, cwd=ROOT) as process:
            yield process

    async def ended(self, worker: Process, *, jobs: int) -> Progress:
        """What the worker noted, once so many jobs have ended."""
        async with asyncio.timeout(TIMEOUT_SECONDS):
            while count_ended(self._tally) < jobs:
                check_alive(worker, self._log)
                await asyncio.sleep(0.01)
        return read_progress(self._tally)

    def _command(self, role: str, *, count: int) -> list[str]:
        orders = Orders(
            role=role, url=self.url, slots=self.slots, producers=PRODUCERS, count=count, tally=self._tally
        )
        return [str(python_of(HOME)), "-m", f"benchmarks.peers.{self.module}", *write_orders(orders)]

    @property
    def _tally(self) -> Path:
        return self.folder / "tally"

    @property
    def _log(self) -> Path:
        return self.folder / "worker.log"


@asynccontextmanager
async def staged(peer: Peer, *, server_url: str, slots: int) -> AsyncGenerator[Stage]:
    """A fresh server or database for one measurement."""
    with tempfile.TemporaryDirectory(prefix="rushes-peer-") as folder:
        async with peer.server(server_url) as url:
            yield Stage(module=peer.module, url=url, slots=slots, folder=Path(folder))
