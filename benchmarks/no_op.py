"""A model that costs nothing to run: what is left is the platform's own work.

python -m benchmarks.no_op URL SLOTS    # a worker in a process of its own, until its input ends
"""

import asyncio
import sys
import tempfile
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import structlog
import uvloop

from rushes.actions.submit import Submission
from rushes.db.pool import WORKER_ROLE, Database, open_database
from rushes.dispatch.config import WorkerConfig
from rushes.dispatch.supervisor import run_worker
from rushes.domain.jobs import JobType
from rushes.domain.media import AssetRole
from rushes.domain.options import TextToVideoOptions
from rushes.engines.base import Artifact, Event, Product, Request
from rushes.storage.store import memory_storage
from tests.dispatch.stage import FILM, NoExaminer

MODEL = "no-op"
SUBMISSION = Submission(
    job_type=JobType.TEXT_TO_VIDEO,
    inputs={},
    options=TextToVideoOptions(seconds=1),
    model=MODEL,
    prompt="Nothing.",
)

ADD_MODEL = """
    INSERT INTO models (slug, title, engine, lane, job_types, price, time_limit_seconds)
    SELECT 'no-op', 'No-op', 'no-op', lane, '{text_to_video}', price, 60 FROM models WHERE slug = 'motion'
    ON CONFLICT DO NOTHING
"""


@dataclass(kw_only=True)
class NoOpRunner:
    """Hands over the same few bytes each time; `started` hears of each start."""

    film: Path
    started: asyncio.Queue[None] = field(default_factory=asyncio.Queue[None])

    async def run(
        self,
        engine: str,
        request: Request,  # noqa: ARG002 - a runner's interface
        *,
        on_event: Callable[[Event], None],  # noqa: ARG002 - a runner's interface
    ) -> Product:
        """Make nothing."""
        self.started.put_nowait(None)
        artifact = Artifact(role=AssetRole.OUTPUT, path=self.film, probe=FILM)
        return Product(artifacts=(artifact,), engine=engine, engine_version="1", generative=False)


@asynccontextmanager
async def no_op_worker(work: Database, url: str, *, slots: int) -> AsyncGenerator[NoOpRunner]:
    """A worker on the lane `cpu` that has begun to work, with every loop that it has in production."""
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / "film.mp4"
        film.write_bytes(b"film")
        runner = NoOpRunner(film=film)
        config = WorkerConfig(
            name="bench",
            lanes=("cpu",),
            engines=("no-op",),
            scratch=Path(folder) / "scratch",
            slots=slots,
            poll_interval=timedelta(seconds=2),
        )
        stop, ready = asyncio.Event(), asyncio.Event()
        worker = asyncio.create_task(
            run_worker(
                database=work,
                listen_url=url,
                storage=memory_storage(),
                runner=runner,
                examiner=NoExaminer(),
                config=config,
                stop=stop,
                on_ready=ready.set,
            )
        )
        await ready.wait()
        try:
            yield runner
        finally:
            stop.set()
            await worker


async def main(url: str, slots: int) -> None:
    """Work until standard input ends; say when the work begins."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    work = await open_database(url, role=WORKER_ROLE, connections=4)
    async with no_op_worker(work, url, slots=slots):
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)
    await work.close()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2])))
