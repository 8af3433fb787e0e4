"""A worker process of the chaos: jobs run in it or in child processes, as their prompts wish."""

import argparse
import asyncio
import os
import random
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from rushes.cli.logs import set_up_logs
from rushes.cli.scratch import own_folder
from rushes.db.pool import WORKER_ROLE, open_database
from rushes.dispatch.config import WorkerConfig
from rushes.dispatch.supervisor import run_worker
from rushes.domain.jobs import JobType
from rushes.domain.media import AssetRole, Probe
from rushes.engines.base import Artifact, Event, EventKind, Product, Request
from rushes.engines.child.examiner import ChildExaminer
from rushes.engines.child.runner import ChildRunner
from rushes.engines.registry import EngineSpec
from rushes.errors import EngineCrashed, EngineRefused
from rushes.settings import LogSettings
from rushes.storage.store import local_storage
from tests.chaos.waits import pause
from tests.chaos.wishes import Wish, is_for_child

ENGINE = EngineSpec(
    name="motion",
    target="tests.chaos.engine:ChaosEngine",
    serves=frozenset(JobType),
    generative=False,
    source=Path(__file__).parents[2],
)
FILM = Probe(media_type="video/mp4", width=64, height=48, duration_seconds=1.5, fps=8.0, frames=12)
"""Shorter than the motion video that was paid for: a part of each hold comes back."""


def tell(*words: object) -> None:
    """Print one line for who keeps this process."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


@dataclass(frozen=True)
class ChaosRunner:
    """Does what the prompt wishes, and marks the attempt's log with the run's own number and process."""

    children: ChildRunner = field(default_factory=lambda: ChildRunner(engines={"motion": ENGINE}))

    async def run(self, engine: str, request: Request, *, on_event: Callable[[Event], None]) -> Product:
        """Run to the end that the prompt wishes."""
        wish, run = Wish(request.prompt or ""), uuid4().hex
        _say(on_event, f"begins {run} in {os.getpid()}")
        if is_for_child(wish):
            product = await self.children.run(engine, request, on_event=_passing_pids(on_event))
        else:
            product = await _run_here(wish, request, run)
        _say(on_event, f"ends {run} in {os.getpid()}")
        return product


async def _run_here(wish: Wish, request: Request, run: str) -> Product:
    match wish:
        case Wish.POISON:
            os.kill(os.getpid(), signal.SIGKILL)
        case Wish.BAD:
            raise EngineRefused("No engine could make this.")
        case Wish.FLAKY if random.random() < 0.5:
            raise EngineCrashed("It goes wrong every other time.")
        case Wish.HANG:
            await pause(3600)
        case Wish.SLOW:
            await pause(random.uniform(1, 4))
        case _:
            await pause(random.uniform(0.02, 0.4))
    request.workdir.mkdir(parents=True, exist_ok=True)
    film = request.workdir / "film.mp4"
    film.write_bytes(run.encode() + random.randbytes(random.randrange(20_000)))
    artifact = Artifact(role=AssetRole.OUTPUT, path=film, probe=FILM)
    return Product(artifacts=(artifact,), engine="motion", engine_version="1", generative=False)


def _say(on_event: Callable[[Event], None], text: str) -> None:
    on_event(Event(kind=EventKind.LOG, text=text, fields={"level": "info"}))


def _passing_pids(on_event: Callable[[Event], None]) -> Callable[[Event], None]:
    def hear(event: Event) -> None:
        fields = event.fields or {}
        if event.kind is EventKind.METRIC and fields.get("name") == "pid":
            tell("pid", int(fields["value"]))
        on_event(event)

    return hear


async def main(options: argparse.Namespace) -> None:
    """Work until SIGTERM."""
    set_up_logs(LogSettings(format="json"))
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    database = await open_database(options.url, role=WORKER_ROLE, connections=options.slots + 8)
    with own_folder(options.folder / "scratch") as scratch:
        await run_worker(
            database=database,
            listen_url=options.url,
            storage=local_storage(options.folder / "storage"),
            runner=ChaosRunner(),
            examiner=ChildExaminer(),
            config=WorkerConfig(
                name=options.name,
                lanes=("cpu",),
                engines=("motion",),
                scratch=scratch,
                slots=options.slots,
                lease_time=timedelta(seconds=options.lease),
                poll_interval=timedelta(milliseconds=500),
                rescue_interval=timedelta(milliseconds=500),
                notes_interval=timedelta(milliseconds=500),
            ),
            stop=stop,
            on_ready=lambda: tell("ready"),
        )
    await database.close()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("name")
    parser.add_argument("url")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--slots", type=int, required=True)
    parser.add_argument("--lease", type=float, required=True)
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(main(_options()))
