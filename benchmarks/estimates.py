"""How far what is expected of a job is from what it takes, before and after some jobs of its kind are known.

    python -m benchmarks.estimates [--known 20] [--more 10] [--seed 1]

Films of 1 to 12 s at 480p and 720p are drawn one after the other by a real worker, each engine in its child;
then each is made longer. Of each model's last jobs it prints the median of |expected - taken| / taken, for
the engine's own estimate as the run begins, for the history's line, which the job is submitted with, and for
the history's median time per second of output alone. The times are those of the clock: on a machine that
does other work meanwhile they wander, and with them all three; so the load is printed too. The same jobs are
therefore judged by their children's CPU time as well: the history is that of the first jobs' CPU time, and
so is what the last ones took. It fails where the median error of the line, by either time, is too large.
"""

import asyncio
import math
import os
import random
import resource
import statistics
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg

from benchmarks.arguments import parser_of
from benchmarks.harness import database, server
from benchmarks.limits import Limits
from benchmarks.wishes import film, longer
from rushes.actions.submit import Submission, submit
from rushes.db import speeds
from rushes.db.listen import JOBS
from rushes.db.pool import WEB_ROLE, WORKER_ROLE, Database, open_database
from rushes.db.speeds import Speed
from rushes.dispatch.config import WorkerConfig
from rushes.dispatch.supervisor import run_worker
from rushes.domain.accounts import Plan, Viewer
from rushes.domain.ids import JobId
from rushes.domain.jobs import Job, JobStatus, is_final
from rushes.domain.media import MediaLimits
from rushes.domain.options import Resolution, resolution_of
from rushes.engines.base import Event, EventKind, Hearer, Product, Request
from rushes.engines.child.examiner import ChildExaminer
from rushes.engines.child.runner import ChildRunner
from rushes.storage.store import local_storage
from tests.factories import make_viewer, read_job

CREDITS = 10**6
ENGINES = ("animatic", "post")
MOST_ERROR = 0.25

BARE = "SET LOCAL session_replication_role = replica"
"""Lets rows change as they are: without triggers."""
SET_SECONDS = "UPDATE jobs SET processing_seconds = $2 WHERE id = $1"

_driver: Any = asyncpg  # the driver ships no types


@dataclass(kw_only=True)
class AttentiveRunner:
    """Has jobs run in child processes; `expected_seconds` is what the latest engine said of its run."""

    runner: ChildRunner = field(default_factory=ChildRunner)
    expected_seconds: float | None = None

    async def run(self, engine: str, request: Request, *, on_event: Hearer) -> Product:
        """Run to the end, as `ChildRunner.run`."""

        def hear(event: Event) -> Awaitable[None] | None:
            fields = event.fields or {}
            if event.kind is EventKind.METRIC and fields.get("name") == "estimated_seconds":
                self.expected_seconds = float(fields["value"])
            return on_event(event)

        return await self.runner.run(engine, request, on_event=hear)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A completed job: what it took, and what each way had expected, in seconds.

    `cpu` is that of its children; `known` and `known_cpu` are the history's figures for its kind.
    """

    job: Job
    taken: float
    cpu: float
    engine: float
    line: float | None
    known: Speed | None
    known_cpu: Speed | None

    @property
    def ratio(self) -> float | None:
        """What the median time per second of output alone makes one expect."""
        return self.known and self.known.median * self.job.output_seconds

    @property
    def line_cpu(self) -> float | None:
        """What the line of the CPU times makes one expect."""
        return self.known_cpu and self.known_cpu.run_seconds(self.job.output_seconds)

    @property
    def ratio_cpu(self) -> float | None:
        """What the median CPU time per second of output alone makes one expect."""
        return self.known_cpu and self.known_cpu.median * self.job.output_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """An account whose jobs a worker runs, one at a time; `changed` is set whenever a job changes."""

    owner: Database
    web: Database
    work: Database
    viewer: Viewer
    runner: AttentiveRunner
    changed: asyncio.Event

    async def make(self, submission: Submission, known_cpu: Mapping[Resolution, Speed | None]) -> Run:
        """Submit a job and wait for its end."""
        cpu_before = _children_seconds()
        job = await submit(self.web, self.viewer, submission, limits=MediaLimits())
        expected = (await read_job(self.owner, job.id)).estimated_seconds
        while not is_final((ended := await read_job(self.owner, job.id)).status):
            await self.changed.wait()
            self.changed.clear()
        engine = self.runner.expected_seconds
        if ended.status is not JobStatus.COMPLETED or ended.processing_seconds is None or engine is None:
            raise RuntimeError(f"A job is {ended.status}: {ended.error_message}")
        resolution = resolution_of(ended.options)
        return Run(
            job=ended,
            taken=ended.processing_seconds,
            cpu=_children_seconds() - cpu_before,
            engine=engine,
            line=expected,
            known=await self.find_speed(ended, resolution),
            known_cpu=known_cpu.get(resolution),
        )

    async def learn(self, runs: Sequence[Run]) -> dict[Resolution, Speed | None]:
        """Learn from the jobs, as a worker does each minute; return what their CPU times would have told."""
        await self._refresh({run.job.id: run.cpu for run in runs})
        known_cpu = {one: await self.find_speed(runs[0].job, one) for one in Resolution}
        await self._refresh({run.job.id: run.taken for run in runs})
        return known_cpu

    async def find_speed(self, job: Job, resolution: Resolution) -> Speed | None:
        """What is known of jobs such as this one, in some resolution."""
        async with self.web.transaction() as tx:
            return await speeds.find_speed(tx, model=job.model, job_type=job.job_type, resolution=resolution)

    async def _refresh(self, seconds: Mapping[JobId, float]) -> None:
        async with self.owner.transaction() as tx:
            await tx.execute(BARE)
            for job_id, each in seconds.items():
                await tx.execute(SET_SECONDS, job_id, each)
        async with self.work.transaction() as tx:
            await speeds.refresh_speeds(tx)


@asynccontextmanager
async def stage(url: str, folder: Path) -> AsyncGenerator[Stage]:
    """An account, and a worker with one slot for as long as the block lasts."""
    owner = await open_database(url, role=None, connections=2)
    web = await open_database(url, role=WEB_ROLE, connections=2)
    work = await open_database(url, role=WORKER_ROLE, connections=8)
    runner, stop, ready, changed = AttentiveRunner(), asyncio.Event(), asyncio.Event(), asyncio.Event()
    storage = local_storage(folder / "storage")
    worker = asyncio.create_task(
        run_worker(
            database=work,
            listen_url=url,
            storage=storage,
            runner=runner,
            examiner=ChildExaminer(),
            config=WorkerConfig(name="bench", lanes=("cpu",), engines=ENGINES, scratch=folder / "scratch"),
            stop=stop,
            on_ready=ready.set,
        )
    )

    listener = await _driver.connect(url)
    await listener.add_listener(JOBS, lambda *_: changed.set())
    await ready.wait()
    try:
        viewer = await make_viewer(owner, credits_=CREDITS, plan=Plan.PRO)
        yield Stage(
            owner=owner,
            web=web,
            work=work,
            viewer=viewer,
            runner=runner,
            changed=changed,
        )
    finally:
        stop.set()
        await worker
        await listener.close()
        for one in (owner, web, work):
            await one.close()


async def measure(here: Stage, submissions: Sequence[Submission], *, known: int) -> list[Run]:
    """Run the jobs; the history is read once, after the first."""
    runs: list[Run] = []
    known_cpu: Mapping[Resolution, Speed | None] = {}
    for number, submission in enumerate(submissions):
        if number == known:
            known_cpu = await here.learn(runs)
        run = await here.make(submission, known_cpu)
        runs.append(run)
        print(
            f"{run.job.model:>9} {resolution_of(run.job.options):>5} {run.job.output_seconds:5.1f} s: "
            f"took {run.taken:6.2f} s, expected by the engine {run.engine:6.2f} s, "
            f"by the line {_shown(run.line)}, by the ratio {_shown(run.ratio)}; "
            f"CPU {run.cpu:6.2f} s, by the line {_shown(run.line_cpu)}, by the ratio {_shown(run.ratio_cpu)}",
            flush=True,
        )
    return runs


def report(name: str, runs: Sequence[Run], limits: Limits, *, known: int) -> None:
    """Print the median errors of the last jobs, and hold the line's to its limit."""
    first, last = runs[:known], runs[known:]
    engine_first = _error((run.engine, run.taken) for run in first)
    engine = _error((run.engine, run.taken) for run in last)
    line = _error((run.line, run.taken) for run in last)
    ratio = _error((run.ratio, run.taken) for run in last)
    line_cpu = _error((run.line_cpu, run.cpu) for run in last)
    ratio_cpu = _error((run.ratio_cpu, run.cpu) for run in last)
    load = " ".join(f"{one:.1f}" for one in os.getloadavg())
    print(
        f"{name}, median error of the last {len(last)}: engine {engine:.1%}, line {line:.1%}, "
        f"ratio {ratio:.1%}; by CPU time line {line_cpu:.1%}, ratio {ratio_cpu:.1%}; "
        f"of the first {len(first)}: engine {engine_first:.1%}; load {load}",
        flush=True,
    )
    limits.at_most(f"median error of the line of {name}", line, limit=MOST_ERROR)
    limits.at_most(f"median error of the line of {name}, by CPU time,", line_cpu, limit=MOST_ERROR)


def _error(pairs: Iterable[tuple[float | None, float]]) -> float:
    errors = [abs(expected - taken) / taken for expected, taken in pairs if expected is not None]
    return statistics.median(errors) if errors else math.nan


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _shown(seconds: float | None) -> str:
    return "     -" if seconds is None else f"{seconds:6.2f} s"


async def main() -> None:
    """Parse the arguments, and measure; fail where a median error is beyond its limit."""
    parser = parser_of(__doc__)
    parser.add_argument("--known", type=int, default=20)
    parser.add_argument("--more", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    chance, numbers, limits = random.Random(given.seed), range(given.known + given.more), Limits()
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder, server() as server_url:
        async with database(server_url) as url, stage(url, Path(folder)) as here:
            submissions = [film(chance, number) for number in numbers]
            films = await measure(here, submissions, known=given.known)
            report("animatic", films, limits, known=given.known)
            submissions = [longer(chance, one.job.id) for one in films]
            report("extend", await measure(here, submissions, known=given.known), limits, known=given.known)
    limits.end()


if __name__ == "__main__":
    asyncio.run(main())
