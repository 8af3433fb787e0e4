"""A worker in a process of its own, which a test can kill: it prints what its engines' processes are."""

import asyncio
import signal
import sys
from collections.abc import AsyncGenerator, Awaitable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from obstore.store import LocalStore

from rushes.cli.scratch import own_folder
from rushes.db.pool import WORKER_ROLE, open_database
from rushes.dispatch.config import WorkerConfig
from rushes.dispatch.supervisor import run_worker
from rushes.domain.media import Bucket
from rushes.engines.base import Event, EventKind, Hearer, Product, Request
from rushes.engines.child.examiner import ChildExaminer
from rushes.engines.child.runner import ChildRunner
from rushes.engines.provenance.authority import keep_identity
from rushes.engines.provenance.signer import OutputSigner
from rushes.storage.store import Digest, Storage, local_storage
from tests.engines.fakes import ENGINES


def tell_test(*words: object) -> None:
    """Print one line for the test that reads along."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


@dataclass(frozen=True)
class TellingRunner:
    """Runs engines in children, and prints the process ids that they tell and the stages that they reach."""

    runner: ChildRunner

    async def run(self, engine: str, request: Request, *, on_event: Hearer) -> Product:
        def hear(event: Event) -> Awaitable[None] | None:
            if event.kind is EventKind.METRIC and (event.fields or {}).get("name") == "pid":
                tell_test("pid", int((event.fields or {})["value"]))
            if event.kind is EventKind.STAGE:
                tell_test("stage", event.text)
            return on_event(event)

        return await self.runner.run(engine, request, on_event=hear)


class StallingStorage(Storage):
    """Writes the first half of a file, says so, and then waits for ever."""

    async def write_file(self, bucket: Bucket, key: str, path: Path) -> Digest:
        async def half() -> AsyncGenerator[bytes]:
            for _ in range(3):
                yield bytes(8 * 2**20)
            tell_test("storing", key)
            await asyncio.Event().wait()

        return await self.write(bucket, key, half())


def storage_in(folder: Path, *, stalls: bool) -> Storage:
    """The store of the test, or one over the same files that stalls."""
    if not stalls:
        return local_storage(folder)
    return StallingStorage(
        {bucket: LocalStore(folder / bucket, mkdir=True) for bucket in Bucket}, folder=folder
    )


def runner_of(folder: Path, engine: str) -> TellingRunner:
    """What runs an engine in place of the shipped one, and signs what it makes."""
    credentials = folder / "credentials"
    credentials.mkdir(exist_ok=True)
    signer = OutputSigner(lambda: keep_identity(credentials))
    engines = {"motion": replace(ENGINES[engine], name="motion")}
    return TellingRunner(ChildRunner(engines=engines, signer=signer))


async def main(url: str, folder: Path, engine: str, lease_seconds: float, *, stalls: bool) -> None:
    """Work until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    database = await open_database(url, role=WORKER_ROLE)
    with own_folder(folder / "scratch") as scratch:
        await run_worker(
            database=database,
            listen_url=url,
            storage=storage_in(folder / "storage", stalls=stalls),
            runner=runner_of(folder, engine),
            examiner=ChildExaminer(),
            config=WorkerConfig(
                name=engine,
                lanes=("cpu",),
                engines=("motion",),
                scratch=scratch,
                lease_time=timedelta(seconds=lease_seconds),
                poll_interval=timedelta(milliseconds=200),
                rescue_interval=timedelta(milliseconds=200),
            ),
            stop=stop,
            on_ready=lambda: tell_test("ready"),
        )
    await database.close()


if __name__ == "__main__":
    asyncio.run(
        main(
            sys.argv[1],
            Path(sys.argv[2]),
            sys.argv[3],
            float(sys.argv[4]),
            stalls=sys.argv[5] == "stalls",
        )
    )
