"""What one job costs the database: server CPU, log and commits of each transaction, and the rows that stay.

    python -m benchmarks.job_cost [--jobs 1600] [--group 8]

Jobs of 100 accounts are submitted, claimed, run and settled, one call after the other, three quarters of them
in groups. CPU is the time of all the server's processes, in steps of 10 ms on Linux; a server in
`RUSHES_BENCH_DATABASE_URL` must run on this machine.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import psutil

from benchmarks.arguments import parser_of
from benchmarks.harness import database, server, settings_of
from rushes.actions.settle import settle
from rushes.actions.submit import submit
from rushes.db import queue, workers
from rushes.db.pool import WEB_ROLE, WORKER_ROLE, Database, open_database
from rushes.dispatch import lease, progress
from rushes.dispatch.chores import do_chores
from rushes.dispatch.running import Running
from rushes.domain.accounts import Viewer
from rushes.domain.endings import Ending
from rushes.domain.ids import AssetId, WorkerId
from rushes.domain.jobs import JobType
from rushes.domain.media import REQUIRED_INPUTS, AssetRole, MediaLimits
from tests.factories import make_asset, make_output, make_viewer, submission

USERS = 100
MANY = 10**6
WARM_UP = 20
"""So many groups, and single jobs, go first and are not shown: plans are made, caches filled."""

IDLE_CALLS = 500
"""How often what needs no job is called."""

LEASE_TIME = timedelta(minutes=5)
WEBHOOK_INTERVAL = timedelta(seconds=10)
LINES = ["info: a line of the log."] * 20
"""The log of an attempt: 500 bytes."""

COUNTERS = """
    SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn AS wal_bytes, xact_commit AS commits
    FROM pg_stat_database WHERE datname = $1
"""
TABLES = """
    SELECT relname AS name, pg_table_size(oid) AS heap_bytes, pg_indexes_size(oid) AS index_bytes
    FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname
"""


@dataclass(slots=True, kw_only=True)
class Meter:
    """Measures calls. Its `connection` is to another database, so that its own commits do not count."""

    connection: asyncpg.Connection
    postmaster: psutil.Process
    measured: str
    pools: Sequence[Database]
    lines: list[str] = field(default_factory=list[str])

    @asynccontextmanager
    async def cost(self, name: str, *, calls: int) -> AsyncGenerator[None]:
        """Note what each of the block's calls costs, as a line of a table."""
        wal_before, commits_before, cpu_before = await self._read()
        yield
        wal_after, commits_after, cpu_after = await self._read()
        cpu_ms = (cpu_after - cpu_before) * 1000 / calls
        wal_bytes = (wal_after - wal_before) / calls
        commits = (commits_after - commits_before) / calls
        self.lines.append(f"| {name} | {cpu_ms:.2f} | {wal_bytes:,.0f} | {commits:.1f} |")

    async def _read(self) -> tuple[int, int, float]:
        for pool in self.pools:  # each has one connection, and tells its commits late unless asked
            async with pool.autocommit() as tx:
                await tx.execute("SELECT pg_stat_force_next_flush()")
        wal_bytes, commits = await self.connection.fetchrow(COUNTERS, self.measured)
        return int(wal_bytes), commits, self._cpu_seconds()

    def _cpu_seconds(self) -> float:
        own = self.postmaster.cpu_times()
        seconds = own.user + own.system + own.children_user + own.children_system  # of ended children
        for process in self.postmaster.children():
            with suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                seconds += times.user + times.system
        return seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Who submits, each with the inputs of a job, and who works."""

    owner: Database
    web: Database
    work: Database
    users: Sequence[tuple[Viewer, Mapping[AssetRole, AssetId]]]
    worker_id: WorkerId

    async def submit(self, number: int) -> None:
        """Submit a job, the next account's in turn."""
        viewer, inputs = self.users[number % len(self.users)]
        await submit(self.web, viewer, submission(inputs=inputs), limits=MediaLimits())

    async def claim(self, count: int) -> Running:
        """Claim up to so many jobs; each has something to note at once."""
        running = Running(lease_time=LEASE_TIME)
        async with self.work.autocommit() as tx:
            claimed = await queue.claim_jobs(
                tx,
                lanes=["cpu"],
                engines=["motion"],
                count=count,
                worker_id=self.worker_id,
                lease_time=LEASE_TIME,
            )
        for one in claimed:
            attempt = running.add(one, claimed_at=time.monotonic())
            for line in LINES:
                attempt.add_line(line)
        return running

    async def say(self, running: Running, *, percent: int) -> None:
        """Save what each attempt says of itself."""
        for one in running.attempts.values():
            one.said = queue.Said(
                job_id=one.attempt.job.id,
                lease=one.attempt.lease,
                progress=percent,
                text="Rendering",
                eta_seconds=5.0,
            )
        await progress.save(self.work, running, webhook_interval=WEBHOOK_INTERVAL)

    async def settle(self, running: Running) -> None:
        """End all attempts, each with an output."""
        endings = [
            Ending.success(one.attempt, make_output(), log="".join(one.log))
            for one in running.attempts.values()
        ]
        assert len(await settle(self.work, endings)) == len(endings)


async def set_stage(owner: Database, *, web: Database, work: Database) -> Stage:
    """Make the accounts, their files and the worker."""
    users: list[tuple[Viewer, Mapping[AssetRole, AssetId]]] = []
    for _ in range(USERS):
        viewer = await make_viewer(owner, credits_=MANY, slots=MANY)
        roles = REQUIRED_INPUTS[JobType.BASE]
        users.append((viewer, {role: await make_asset(owner, viewer, role=role) for role in roles}))
    worker_id = WorkerId(uuid4())
    async with work.transaction() as tx:
        worker = workers.NewWorker(
            id=worker_id, name="bench", host="bench", pid=1, lanes=["cpu"], engines=[], slots=1, version="0"
        )
        await workers.insert_worker(tx, worker)
    return Stage(owner=owner, web=web, work=work, users=users, worker_id=worker_id)


async def measure_jobs(meter: Meter, stage: Stage, *, groups: int, singles: int, group: int) -> None:
    """Submit, claim, run and settle jobs, in groups and one by one."""
    jobs = groups * group + singles
    async with meter.cost("submit one job, to `queued`", calls=jobs):
        for number in range(jobs):
            await stage.submit(number)
    async with meter.cost(f"claim {group} jobs", calls=groups):
        grouped = [await stage.claim(group) for _ in range(groups)]
    async with meter.cost("claim 1 job", calls=singles):
        alone = [await stage.claim(1) for _ in range(singles)]
    async with meter.cost("claim, and find nothing", calls=IDLE_CALLS):
        for _ in range(IDLE_CALLS):
            assert not (await stage.claim(group)).attempts
    await measure_running(meter, stage, grouped, group=group)
    async with meter.cost(f"settle {group} successes", calls=groups):
        for one in grouped:
            await stage.settle(one)
    async with meter.cost("settle 1 success", calls=singles):
        for one in alone:
            await stage.settle(one)


async def measure_running(meter: Meter, stage: Stage, grouped: Sequence[Running], *, group: int) -> None:
    """Renew, and save progress and notes, of running attempts."""
    async with meter.cost(f"renew {group} leases", calls=len(grouped)):
        for one in grouped:
            await lease.renew(stage.work, one)
    for one in grouped:  # the first inserts; the many that follow are measured
        await stage.say(one, percent=10)
    async with stage.owner.autocommit() as tx:  # as autovacuum does each minute
        await tx.execute("ANALYZE")
    async with meter.cost(f"save the progress of {group} attempts", calls=len(grouped)):
        for one in grouped:
            await stage.say(one, percent=20)
    name = f"save the notes of {group} attempts, {sum(len(line) + 1 for line in LINES)} bytes each"
    async with meter.cost(name, calls=len(grouped)):
        for one in grouped:
            await progress.save_notes(stage.work, one)


async def measure_worker(meter: Meter, stage: Stage) -> None:
    """Measure what a worker does without jobs."""
    async with meter.cost("heartbeat", calls=IDLE_CALLS):
        for _ in range(IDLE_CALLS):
            async with stage.work.transaction() as tx:
                await workers.beat(tx, worker_id=stage.worker_id)
    async with meter.cost("all chores, none of them due", calls=IDLE_CALLS):
        for _ in range(IDLE_CALLS):
            await do_chores(stage.work)


async def count_rows(owner: Database) -> dict[str, int]:
    """The rows of every table."""
    async with owner.autocommit() as tx:
        names = [row["name"] for row in await tx.fetch(TABLES)]
        return {name: (await tx.fetch(f"SELECT count(*) FROM {name}"))[0][0] for name in names}


async def weigh(owner: Database, *, before: Mapping[str, int]) -> list[str]:
    """Pack the tables; return a line for each that grew with the jobs, and one for all together."""
    after = await count_rows(owner)
    jobs = after["jobs"] - before["jobs"]
    async with owner.autocommit() as tx:
        await tx.execute("VACUUM FULL")
        sizes = await tx.fetch(TABLES)
    kept: list[tuple[str, float, float, float]] = []
    for name, heap_bytes, index_bytes in sizes:
        rows = (after[name] - before[name]) / jobs
        if rows >= 0.5:
            kept.append((name, rows, heap_bytes * rows / after[name], index_bytes * rows / after[name]))
    kept.sort(key=lambda one: one[2], reverse=True)
    sums = (sum(one[column] for one in kept) for column in (1, 2, 3))
    return [
        f"| {name} | {rows:.2f} | {heap_bytes:,.0f} | {index_bytes:,.0f} |"
        for name, rows, heap_bytes, index_bytes in [*kept, ("together", *sums)]
    ]


@asynccontextmanager
async def meter_of(url: str, server_url: str, *pools: Database) -> AsyncGenerator[Meter]:
    """A meter of what goes through some pools of one connection each."""
    connection = await asyncpg.connect(server_url)
    postmaster = psutil.Process(psutil.Process(connection.get_server_pid()).ppid())
    name = urlsplit(url).path.removeprefix("/")
    try:
        yield Meter(connection=connection, postmaster=postmaster, measured=name, pools=pools)
    finally:
        await connection.close()


async def measure(url: str, server_url: str, *, jobs: int, group: int) -> None:
    """Run jobs through a fresh database, and print what they cost."""
    owner = await open_database(url, role=None, connections=1)
    web = await open_database(url, role=WEB_ROLE, connections=1)
    work = await open_database(url, role=WORKER_ROLE, connections=1)
    stage = await set_stage(owner, web=web, work=work)
    before = await count_rows(owner)
    async with meter_of(url, server_url, owner, web, work) as meter:
        await measure_jobs(meter, stage, groups=WARM_UP, singles=WARM_UP, group=group)
        await measure_worker(meter, stage)
        meter.lines.clear()
        async with owner.autocommit() as tx:
            await tx.execute("VACUUM ANALYZE")
        groups = jobs * 3 // 4 // group
        await measure_jobs(meter, stage, groups=groups, singles=jobs - groups * group, group=group)
        await measure_worker(meter, stage)
    kept = await weigh(owner, before=before)
    print("\n| transaction | CPU, ms | WAL, bytes | commits |", "|---|---|---|---|", *meter.lines, sep="\n")
    print("\n| table | rows per job | bytes, rows | bytes, indexes |", "|---|---|---|---|", *kept, sep="\n")
    for one in (owner, web, work):
        await one.close()


async def main() -> None:
    """Parse the arguments, and measure."""
    parser = parser_of(__doc__)
    parser.add_argument("--jobs", type=int, default=1600)
    parser.add_argument("--group", type=int, default=8)
    given = parser.parse_args()
    with server() as server_url:
        print(await settings_of(server_url))
        async with database(server_url) as url:
            await measure(url, server_url, jobs=given.jobs, group=given.group)


if __name__ == "__main__":
    asyncio.run(main())
