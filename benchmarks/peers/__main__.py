"""No-op jobs per second of known job queues, each with its state kept durably.

    python -m benchmarks.peers [--jobs 2000] [--rounds 3] [--slots 32] [--peer NAME ...]

`drain` is one worker emptying a full queue, from its first job's start to the last one's kept final state.
`whole` is eight producers submitting one job per call to a worker that is up, from the first submit to the
last kept final state. Needs `python -m benchmarks.peers.install` before.
"""

import asyncio
import statistics

from benchmarks.arguments import parser_of
from benchmarks.harness import server, settings_of
from benchmarks.peers.installation import HOME, python_of, versions
from benchmarks.peers.peers import PEERS, PRODUCERS, drain, whole


async def measure(names: list[str], *, server_url: str, jobs: int, slots: int, rounds: int) -> None:
    """Measure the peers in turn, round by round, and print each rate and the medians."""
    rates: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    for number in range(1, rounds + 1):
        for name in names:
            drained = await drain(PEERS[name], server_url=server_url, count=jobs, slots=slots)
            passed = await whole(PEERS[name], server_url=server_url, count=jobs, slots=slots)
            rates[name].append((drained, passed))
            print(f"round {number}: {name:16} drain {drained:8.0f}   whole {passed:8.0f} jobs/s", flush=True)
    for name, found in rates.items():
        drained, passed = (statistics.median(column) for column in zip(*found, strict=True))
        print(f"median:  {name:16} drain {drained:8.0f}   whole {passed:8.0f} jobs/s   {PEERS[name].choices}")


async def main() -> None:
    """Parse the arguments, print what is measured, and measure."""
    parser = parser_of(__doc__)
    parser.add_argument("--jobs", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--slots", type=int, default=32)
    parser.add_argument("--peer", nargs="+", choices=tuple(PEERS), default=list(PEERS))
    given = parser.parse_args()
    if not python_of(HOME).exists():
        parser.error("the peers are not installed: run python -m benchmarks.peers.install")
    print(" ".join(f"{name}={version}" for name, version in versions().items()))
    with server() as url:
        print(
            f"{given.jobs} no-op jobs, {given.slots} slots, {PRODUCERS} producers; {await settings_of(url)}"
        )
        await measure(given.peer, server_url=url, jobs=given.jobs, slots=given.slots, rounds=given.rounds)


if __name__ == "__main__":
    asyncio.run(main())
