"""Lists of jobs per second over HTTP: against the least that has the same SQL, and as the table grows.

    python -m benchmarks.http_read [--jobs 10000 10000000] [--rounds 5] [--seconds 5] [--clients 8]

`GET /api/v1/jobs?limit=20` with API keys of up to a hundred accounts in turn, each with 500 jobs. A round
asks, one after the other, us and the bare application at the first size, and us at each other size. The
databases are made by `python -m benchmarks.fill` if they are not there; `wrk` sends the requests. It fails
where we answer too few beside the bare application with the same authentication, or a page costs too much
more at another size.
"""

import asyncio
import statistics
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import asyncpg

from benchmarks.arguments import parser_of
from benchmarks.fill import accounts_among, filled, kept_server, key_of
from benchmarks.harness import settings_of
from benchmarks.http_load import Ask, send, wrk_version
from benchmarks.http_serving import bare, rushes, versions
from benchmarks.limits import Limits

ACCOUNTS = 100
LEAST_RATIO = 0.8
MOST_COST = 1.3
Measure = tuple[str, list[Ask]]
"""Where to ask, and what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Answers per second of each, one figure a round."""

    of: dict[str, list[float]] = field(default_factory=dict[str, list[float]])

    def add(self, name: str, rate: float) -> None:
        """Note the figure of a round."""
        self.of.setdefault(name, []).append(rate)

    def ratio(self, name: str, other: str) -> float:
        """How many times the other's rate the one's is: the median of the rounds."""
        return statistics.median(self._ratios(name, other))

    def show(self, name: str, other: str) -> str:
        """Show that ratio, and how far it went from round to round."""
        ratios = self._ratios(name, other)
        return f"{statistics.median(ratios):.2f} (lowest {min(ratios):.2f}, highest {max(ratios):.2f})"

    def _ratios(self, name: str, other: str) -> list[float]:
        return [one / two for one, two in zip(self.of[name], self.of[other], strict=True)]


async def asks_of(url: str, jobs: int) -> tuple[list[Ask], list[Ask], list[Ask]]:
    """What we are asked, and what the bare application is: with keys, and with ids."""
    accounts = range(min(ACCOUNTS, accounts_among(jobs)))
    keys = [{"Authorization": f"Bearer {key_of(number)}"} for number in accounts]
    connection = await asyncpg.connect(url)
    query = "SELECT user_id FROM api_keys ORDER BY id LIMIT $1"
    ids = [row["user_id"] for row in await connection.fetch(query, len(accounts))]
    await connection.close()
    return (
        [Ask(path="/api/v1/jobs?limit=20", headers=headers) for headers in keys],
        [Ask(path="/signed-in", headers=headers) for headers in keys],
        [Ask(path=f"/known?{user_id}") for user_id in ids],
    )


async def measure(server_url: str, *, sizes: list[int], rounds: int, seconds: int, clients: int) -> None:
    """Ask everybody in turn, print the rates and their ratios, and hold these to their limits."""
    rates = Rates()
    async with AsyncExitStack() as stack:
        measures: dict[str, Measure] = {}
        for size in sizes:
            url = await filled(server_url, jobs=size)
            ours, signed_in, known = await asks_of(url, size)
            measures[f"ours at {size}"] = await stack.enter_async_context(rushes(url)), ours
            if size == sizes[0]:
                address = await stack.enter_async_context(bare(url))
                measures["bare"] = address, signed_in
                measures["bare, told who asks"] = address, known
        for address, asks in measures.values():
            await send(address, asks, clients=clients, seconds=2)
        for number in range(1, rounds + 1):
            for name, (address, asks) in measures.items():
                rates.add(name, await send(address, asks, clients=clients, seconds=seconds))
            print(f"round {number}: " + "   ".join(f"{name} {of[-1]:.0f}/s" for name, of in rates.of.items()))
    _show(rates, sizes)
    _judge(rates, sizes)


def _show(rates: Rates, sizes: list[int]) -> None:
    ours = f"ours at {sizes[0]}"
    print(f"ours / bare: {rates.show(ours, 'bare')}")
    print(f"ours / bare without its authentication: {rates.show(ours, 'bare, told who asks')}")
    for size in sizes[1:]:
        print(f"cost at {size} / at {sizes[0]}: {rates.show(ours, f'ours at {size}')}")


def _judge(rates: Rates, sizes: list[int]) -> None:
    ours, limits = f"ours at {sizes[0]}", Limits()
    limits.at_least("ours / bare", rates.ratio(ours, "bare"), limit=LEAST_RATIO)
    for size in sizes[1:]:
        cost = rates.ratio(ours, f"ours at {size}")
        limits.at_most(f"cost at {size} / at {sizes[0]}", cost, limit=MOST_COST)
    limits.end()


async def main() -> None:
    """Parse the arguments, and compare."""
    parser = parser_of(__doc__)
    parser.add_argument("--jobs", type=int, nargs="+", default=[10_000, 10_000_000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--clients", type=int, default=8)
    given = parser.parse_args()
    with kept_server() as server_url:
        print(f"{given.clients} clients; {versions()}, wrk {wrk_version()}; {await settings_of(server_url)}")
        await measure(
            server_url,
            sizes=given.jobs,
            rounds=given.rounds,
            seconds=given.seconds,
            clients=given.clients,
        )


if __name__ == "__main__":
    asyncio.run(main())
