"""What the platform adds to a job: from its claim to its settling, less the work of its engine and previews.

    python -m benchmarks.overhead [--jobs 10] [--rounds 2]

A worker with the runner of production works on jobs of the sample, one after the other, with and without
spare children in turn. Each child says how long it worked, from its imports to its answer; the rest of the
time is overhead: processes that start and import, what lies between them, the store, and the settling. Beside
it stands what is left when only the engine itself is taken off, not the making of previews and credentials.
It fails if the overhead with spares is above its limit.
"""

import asyncio
import os
import statistics
import tempfile
from collections.abc import AsyncGenerator, Generator, Iterator, MutableMapping, Sequence
from contextlib import asynccontextmanager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import structlog

from benchmarks.arguments import parser_of
from benchmarks.harness import database, server, settings_of
from benchmarks.limits import Limits
from rushes.actions.submit import submit
from rushes.db.pool import WEB_ROLE, WORKER_ROLE, Database, open_database
from rushes.domain.jobs import JobStatus, JobType
from rushes.domain.media import INPUT_BUCKETS, AssetRole, MediaLimits
from rushes.engines.child.runner import ChildRunner
from rushes.engines.child.spares import Spares
from rushes.engines.provenance.authority import keep_identity
from rushes.engines.provenance.signer import OutputSigner
from rushes.storage.store import Storage, memory_storage
from tests.dispatch.stage import until, working
from tests.factories import make_asset, make_viewer, stream, submission

FILES = {AssetRole.MOTION: "motion.mp4", AssetRole.REFERENCE: "reference.png"}
MOST_SECONDS = 0.3
"""Of overhead, with spares: the median of all rounds."""

PROGRAMS = ("run", "finish", "sign")
TIMES = """
    SELECT extract(epoch FROM finished_at - started_at)::float8 FROM attempts
    WHERE job_id = $1 AND outcome = 'succeeded'
"""
MEASURE = """
    UPDATE assets SET width = 854, height = 480, fps = CASE WHEN duration_seconds > 0 THEN 24 END
"""


@dataclass(slots=True, kw_only=True)
class Cost:
    """One job, in seconds: the whole, what each of its children worked, and what it took beyond its work."""

    whole: float
    worked: dict[str, float] = field(default_factory=dict[str, float])
    beyond: dict[str, float] = field(default_factory=dict[str, float])

    @property
    def overhead(self) -> float:
        """What was not work."""
        return self.whole - sum(self.worked.values())

    @property
    def beside_engine(self) -> float:
        """What was not the engine's own work: previews and credentials are counted too."""
        return self.whole - self.worked["run"]

    @property
    def rest(self) -> float:
        """The overhead that no child took: claim, fetch, store, settle."""
        return self.overhead - sum(self.beyond.values())


@contextmanager
def children_heard() -> Generator[list[MutableMapping[str, Any]]]:
    """Yield a list to which each child that ends well is added."""
    heard: list[MutableMapping[str, Any]] = []

    def keep(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> str:
        if event["event"] == "engine.child_ended":
            heard.append(event)
        raise structlog.DropEvent

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(10), processors=[keep])
    yield heard


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where the jobs are submitted and worked on."""

    url: str
    owner: Database
    web: Database
    work: Database
    storage: Storage
    folder: Path

    async def measure(self, *, jobs: int, spares: bool) -> list[Cost]:
        """Run jobs one after the other, with a worker of their own; the first of them warms up."""
        with children_heard() as heard:
            async with Spares() if spares else nullcontext() as kept:
                signer = OutputSigner(lambda: keep_identity(self.folder), spares=kept)
                runner = ChildRunner(signer=signer, spares=kept)
                scratch = self.folder / "scratch"
                async with working(self.work, self.url, self.storage, scratch, runner, slots=1):
                    return [await self._job(heard) for _ in range(jobs + 1)][1:]

    async def _job(self, heard: list[MutableMapping[str, Any]]) -> Cost:
        heard.clear()
        viewer = await make_viewer(self.owner)
        inputs = {role: await make_asset(self.owner, viewer, role=role, seconds=3.0) for role in FILES}
        for role, name in FILES.items():
            content = (files("rushes.samples") / name).read_bytes()
            await self.storage.write(INPUT_BUCKETS[role], f"{inputs[role]}/{role}", stream(content))
        async with self.owner.transaction() as tx:
            await tx.execute(MEASURE)
        asked = submission(job_type=JobType.BASE, inputs=inputs)
        job = await submit(self.web, viewer, asked, limits=MediaLimits())
        while True:
            with suppress(TimeoutError):  # a job of a busy machine
                await until(self.url, self.owner, job, JobStatus.COMPLETED, JobStatus.FAILED)
                break
        async with self.owner.transaction() as tx:
            whole = (await tx.fetch(TIMES, job.id))[0][0]
        beyond = {each["program"]: each["seconds"] - each["worked_seconds"] for each in heard}
        assert tuple(beyond) == PROGRAMS
        return Cost(
            whole=whole, worked={each["program"]: each["worked_seconds"] for each in heard}, beyond=beyond
        )


def show(name: str, costs: Sequence[Cost]) -> None:
    """Print the medians of a round, and the machine's load beside them."""

    def median(values: Iterator[float]) -> str:
        return f"{statistics.median(values) * 1000:6.0f}"

    worked = "  ".join(f"{each} {median(cost.worked[each] for cost in costs)}" for each in PROGRAMS)
    parts = "  ".join(f"{each} {median(cost.beyond[each] for cost in costs)}" for each in PROGRAMS)
    print(
        f"{name}: overhead {median(cost.overhead for cost in costs)} ms "
        f"({min(cost.overhead for cost in costs) * 1000:.0f} to "
        f"{max(cost.overhead for cost in costs) * 1000:.0f})   "
        f"children beyond their work: {parts}   rest {median(cost.rest for cost in costs)}   "
        f"worked: {worked}   "
        f"with previews and credentials {median(cost.beside_engine for cost in costs)}   "
        f"load {os.getloadavg()[0]:.1f}",
        flush=True,
    )


@asynccontextmanager
async def stage_of(url: str, folder: Path) -> AsyncGenerator[Stage]:
    """Open what the stage needs."""
    pools = [await open_database(url, role=role, connections=4) for role in (None, WEB_ROLE, WORKER_ROLE)]
    owner, web, work = pools
    try:
        yield Stage(url=url, owner=owner, web=web, work=work, storage=memory_storage(), folder=folder)
    finally:
        for each in pools:
            await each.close()


async def main() -> None:
    """Parse the arguments, measure with and without spares in turn, and fail above the limit."""
    parser = parser_of(__doc__)
    parser.add_argument("--jobs", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=2)
    given = parser.parse_args()
    overheads: dict[bool, list[float]] = {False: [], True: []}
    with server() as server_url, tempfile.TemporaryDirectory() as folder:
        print(await settings_of(server_url))
        async with database(server_url) as url, stage_of(url, Path(folder)) as stage:
            for number in range(1, given.rounds + 1):
                for spares, name in ((False, "without spares"), (True, "with spares   ")):
                    costs = await stage.measure(jobs=given.jobs, spares=spares)
                    show(f"round {number}, {name}", costs)
                    overheads[spares] += [cost.overhead for cost in costs]
    limits = Limits()
    limits.at_most("overhead with spares, in seconds", statistics.median(overheads[True]), limit=MOST_SECONDS)
    limits.end()


if __name__ == "__main__":
    asyncio.run(main())
