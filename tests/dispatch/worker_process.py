"""A worker in a process of its own, which a test can kill: it prints what its engines' processes are."""

import asyncio
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from rushes.db.pool import WORKER_ROLE, open_database
from rushes.dispatch.config import WorkerConfig
from rushes.dispatch.supervisor import run_worker
from rushes.engines.base import Event, EventKind, Product, Request
from rushes.engines.examiner import ChildExaminer
from rushes.engines.runner import ChildRunner
from rushes.storage.store import local_storage
from tests.engines.fakes import ENGINES


def tell_test(*words: object) -> None:
    """Print one line for the test that reads along."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


@dataclass(frozen=True)
class TellingRunner:
    """Runs engines in children, and prints the process ids that they tell."""

    runner: ChildRunner

    async def run(self, engine: str, request: Request, *, on_event: Callable[[Event], None]) -> Product:
        def hear(event: Event) -> None:
            if event.kind is EventKind.METRIC and (event.fields or {}).get("name") == "pid":
                tell_test("pid", int((event.fields or {})["value"]))
            on_event(event)

        return await self.runner.run(engine, request, on_event=hear)


async def main(url: str, folder: Path, engine: str, lease_seconds: float) -> None:
    """Work until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    database = await open_database(url, role=WORKER_ROLE)
    await run_worker(
        database=database,
        listen_url=url,
        storage=local_storage(folder / "storage"),
        runner=TellingRunner(ChildRunner(engines={"motion": replace(ENGINES[engine], name="motion")})),
        examiner=ChildExaminer(),
        config=WorkerConfig(
            name=engine,
            lanes=("cpu",),
            engines=("motion",),
            scratch=folder / "scratch",
            lease_time=timedelta(seconds=lease_seconds),
            poll_interval=timedelta(milliseconds=200),
            rescue_interval=timedelta(milliseconds=200),
        ),
        stop=stop,
        on_ready=lambda: tell_test("ready"),
    )
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], float(sys.argv[4])))
