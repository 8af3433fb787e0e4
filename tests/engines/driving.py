"""Starts fakes as a worker would, and looks at what is left of them."""

import asyncio
import os
import select
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from rushes.domain.jobs import JobType
from rushes.engines.base import Event, EventKind, Product, Request
from rushes.engines.child.kinds import ChildKind
from rushes.engines.child.limits import Limits
from rushes.engines.child.runner import ChildRunner
from rushes.engines.child.spares import Spares
from rushes.engines.child.wire import Program
from tests.engines.fakes import ENGINES


def request_in(workdir: Path, *, seed: int = 1, deadline_seconds: float = 60.0, **options: Any) -> Request:
    return Request(
        job_type=JobType.BASE,
        prompt=None,
        options=options,
        inputs={},
        workdir=workdir,
        seed=seed,
        deadline_seconds=deadline_seconds,
    )


@dataclass
class Watcher:
    """Keeps a run's events and says when one that is waited for has come."""

    events: list[Event] = field(default_factory=list)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    def __call__(self, event: Event) -> None:
        self.events.append(event)
        self._wake.set()

    def of(self, kind: EventKind) -> list[Event]:
        return [event for event in self.events if event.kind is kind]

    def metrics(self, name: str) -> list[float]:
        return [event.fields["value"] for event in self.of(EventKind.METRIC) if event.fields["name"] == name]

    def texts(self) -> str:
        return "\n".join(event.text or "" for event in self.events)

    async def until(self, kind: EventKind) -> None:
        while not self.of(kind):
            await self._wake.wait()
            self._wake.clear()

    async def pids(self, count: int) -> list[int]:
        while len(self.metrics("pid")) < count:
            await self._wake.wait()
            self._wake.clear()
        return [int(pid) for pid in self.metrics("pid")]


@dataclass
class Killer(Watcher):
    """Kills the child that works in a folder when it has said so many things."""

    folder: Path = Path()
    moment: int = 1

    def __call__(self, event: Event) -> None:
        super().__call__(event)
        if len(self.events) == self.moment:
            kill_child(self.folder)


async def run(
    name: str,
    request: Request,
    *,
    watcher: Watcher | None = None,
    spares: Spares | None = None,
    **limits: Any,
) -> Product:
    """Run a fake, in a spare child if there are `spares`."""
    if spares is not None:
        spares.replace(kind_of_run(name, **limits))
    runner = ChildRunner(engines=ENGINES, limits=Limits(threads=1, **limits), spares=spares)
    return await runner.run(name, request, on_event=watcher or Watcher())


def kind_of_run(name: str, **limits: Any) -> ChildKind:
    """Return what a child is that runs a fake."""
    spec = ENGINES[name]
    limited = Limits(threads=1, network=spec.network, **limits)
    return ChildKind(program=Program.RUN, target=spec.target, source=str(spec.source), limits=limited)


@asynccontextmanager
async def running(
    name: str, request: Request, *, pids: int, **limits: Any
) -> AsyncIterator[tuple[asyncio.Task[Product], list[int | None]]]:
    """Start a fake and yield its task, and descriptors of the processes that it says it has."""
    watcher = Watcher()
    task = asyncio.create_task(run(name, request, watcher=watcher, **limits))
    descriptors = [descriptor_of(pid) for pid in await watcher.pids(pids)]
    try:
        yield task, descriptors
    finally:
        close(descriptors)


def descriptor_of(pid: int) -> int | None:
    """Return a descriptor of a process that was there; `None` if it ended already."""
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        return None


def close(descriptors: Sequence[int | None]) -> None:
    for descriptor in descriptors:
        if descriptor is not None:
            os.close(descriptor)


def gone(descriptors: Sequence[int | None], *, within_seconds: float = 0.0) -> list[bool]:
    """Tell of each process whether it has ended; a pidfd can be read from then on."""
    return [each is None or bool(select.select([each], [], [], within_seconds)[0]) for each in descriptors]


def files_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def kill_child(folder: Path) -> None:
    """Kill those processes in a folder that are supervised, and not started by another of them."""
    children = [pid for pid in processes_in(folder) if is_supervised(pid)]
    assert children, "no child is at work"
    for pid in children:
        os.kill(pid, signal.SIGKILL)


async def working_in(workdir: Path, begin: str) -> Path:
    """Wait until a process works in a folder whose name begins so, and return that folder."""
    async with asyncio.timeout(60):
        while not (folders := [each for each in workdir.glob(f"{begin}*") if processes_in(each)]):  # noqa: ASYNC110 — no event tells of a process's birth
            await asyncio.sleep(0)
    return folders[0]


def is_supervised(pid: int) -> bool:
    """Tell whether a process was started by the leader of its session, which supervises it."""
    return psutil.Process(pid).ppid() == os.getsid(pid)


def processes_in(folder: Path) -> list[int]:
    """Return the processes that work in a folder or below."""
    found = []
    for process in psutil.process_iter():
        try:
            cwd = process.cwd()
        except (psutil.Error, FileNotFoundError):
            continue
        if Path(cwd).is_relative_to(folder):
            found.append(process.pid)
    return found
