"""No-op jobs per second: the whole job, every row written, against a bare claim and other systems.

    python -m benchmarks.noop_jobs [--jobs 2000] [--rounds 3] [--slots 64] [--peer NAME ...]

`drain` counts from the start of one worker to the completion of the last of the jobs that wait for it.
`whole` counts from the first submit to the last completion, with eight producers that submit one job after
the other, each durable before the next. Ours writes job, hold, share, events, attempt, file, video, charge
and state (no webhook endpoint listens); the bare queue inserts a row and updates it twice, as many in a
statement as there are slots.
The peers are installed by `python -m benchmarks.peers.install`.
"""

import asyncio
import statistics
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import bare_queue
from benchmarks.arguments import parser_of
from benchmarks.harness import database, server, settings_of
from benchmarks.no_op import ADD_MODEL, SUBMISSION
from benchmarks.peers.installation import versions
from benchmarks.peers.peers import PEERS, PRODUCERS
from benchmarks.peers.peers import drain as drain_peer
from benchmarks.peers.peers import whole as whole_peer
from rushes.actions.submit import submit
from rushes.db.pool import Database, open_database
from rushes.domain.accounts import Viewer
from rushes.domain.media import MediaLimits
from tests.factories import make_viewer

USERS = 20
MANY = 10**6
ROOT = Path(__file__).parents[1]


@dataclass(slots=True)
class Rates:
    """Jobs per second, one figure a round."""

    drain: list[float] = field(default_factory=list[float])
    whole: list[float] = field(default_factory=list[float])


async def ours(url: str, *, count: int, slots: int) -> tuple[float, float]:
    """Our rates: of a drain, and of the whole life."""
    owner = await open_database(url, role=None, connections=PRODUCERS + 1)
    async with owner.transaction() as tx:
        await tx.execute(ADD_MODEL)
    users = [await make_viewer(owner, credits_=MANY, slots=MANY) for _ in range(USERS)]
    await _submit(owner, users, count)
    began = time.perf_counter()
    async with _worker(url, slots) as ready_at:
        await _finished(owner)
        drained = count / (time.perf_counter() - max(began, ready_at))
        began = time.perf_counter()
        await _submit(owner, users, count)
        await _finished(owner)
        whole = count / (time.perf_counter() - began)
    await owner.close()
    return drained, whole


async def bare(url: str, *, count: int, slots: int) -> tuple[float, float]:
    """The rates of the bare queue."""
    async with bare_queue.bare_queue(url, connections=PRODUCERS + 1) as pool:
        await pool.execute("INSERT INTO bare SELECT FROM generate_series(1, $1)", count)
        began = time.perf_counter()
        await bare_queue.drain(pool, count=count, slots=slots)
        drained = count / (time.perf_counter() - began)
        began = time.perf_counter()
        await asyncio.gather(
            bare_queue.submit(pool, count=count, producers=PRODUCERS),
            bare_queue.drain(pool, count=count, slots=slots),
        )
        return drained, count / (time.perf_counter() - began)


async def _submit(owner: Database, users: list[Viewer], count: int) -> None:
    async def produce(first: int) -> None:
        for number in range(first, count, PRODUCERS):
            await submit(owner, users[number % USERS], SUBMISSION, limits=MediaLimits())

    await asyncio.gather(*(produce(first) for first in range(PRODUCERS)))


@asynccontextmanager
async def _worker(url: str, slots: int) -> AsyncGenerator[float]:
    """A worker in a process of its own; the time at which it begins to work."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.no_op", url, str(slots)),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    assert await process.stdout.readline() == b"ready\n"
    try:
        yield time.perf_counter()
    finally:
        process.stdin.close()
        await process.wait()


async def _finished(owner: Database) -> None:
    query = "SELECT FROM jobs WHERE status IN ('validating', 'queued', 'processing') LIMIT 1"
    while True:  # nothing signals the end of all
        async with owner.autocommit() as tx:
            if not await tx.fetch(query):
                return
        await asyncio.sleep(0.01)


async def measure(rates: dict[str, Rates], server_url: str, *, jobs: int, slots: int) -> None:
    """Measure everybody once, one after the other."""
    async with database(server_url) as url:
        for name, system in (("ours", ours), ("bare", bare)):
            drained, whole = await system(url, count=jobs, slots=slots)
            rates[name].drain.append(drained)
            rates[name].whole.append(whole)
    for name in rates.keys() & PEERS.keys():
        peer = PEERS[name]
        rates[name].drain.append(await drain_peer(peer, server_url=server_url, count=jobs, slots=slots))
        rates[name].whole.append(await whole_peer(peer, server_url=server_url, count=jobs, slots=slots))


def show(rates: dict[str, Rates]) -> None:
    """Print the medians, and the medians of the ratios ours / theirs of each round."""
    mine = rates["ours"]
    print(f"{'':18}{'drain/s':>10}{'ours/theirs':>13}{'whole/s':>10}{'ours/theirs':>13}")
    for name, each in rates.items():
        cells = [
            f"{statistics.median(their):10.0f}{statistics.median(map(_ratio, our, their)):13.2f}"
            for our, their in ((mine.drain, each.drain), (mine.whole, each.whole))
        ]
        print(f"{name:18}{''.join(cells)}")


def _ratio(one: float, other: float) -> float:
    return one / other


async def main() -> None:
    """Parse the arguments, and compare."""
    parser = parser_of(__doc__)
    parser.add_argument("--jobs", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--slots", type=int, default=64)
    parser.add_argument("--peer", action="append", choices=sorted(PEERS), default=[])
    given = parser.parse_args()
    rates = {name: Rates() for name in ("ours", "bare", *given.peer)}
    with server() as server_url:
        print(f"{given.jobs} no-op jobs, {given.slots} slots; {await settings_of(server_url)}")
        for number in range(1, given.rounds + 1):
            await measure(rates, server_url, jobs=given.jobs, slots=given.slots)
            last = "   ".join(
                f"{name} {each.drain[-1]:.0f}/{each.whole[-1]:.0f}" for name, each in rates.items()
            )
            print(f"round {number} (drain/whole): {last}")
    show(rates)
    for name in given.peer:
        print(f"{name}: {PEERS[name].choices}")
    if given.peer:
        print(", ".join(f"{name} {version}" for name, version in versions().items()))


if __name__ == "__main__":
    asyncio.run(main())
