"""PgQueuer: its worker, or producers for it, in a process with PgQueuer installed.

All its tables are logged, which is its default. It deletes the row of a job that has ended and keeps the
final state in its log; a job counts as ended when that is committed. It claims as many jobs at once as
there are slots, and uses one connection, which was faster than a pool.
"""

from importlib import import_module
from typing import Any

from benchmarks.peers.orders import Orders, read_orders
from benchmarks.peers.producing import submit_in_tasks
from benchmarks.peers.tally import Tally


async def work(orders: Orders) -> None:
    """Run a worker until it is killed."""
    asyncpg: Any = import_module("asyncpg")
    pgqueuer: Any = import_module("pgqueuer")
    tally = Tally(orders.tally)
    worker = pgqueuer.PgQueuer.from_asyncpg_connection(await asyncpg.connect(orders.url))
    keep = worker.queries.log_jobs

    async def keep_and_note(ended: list[Any]) -> None:
        await keep(ended)
        tally.ended(len(ended))

    worker.queries.log_jobs = keep_and_note

    async def noop(_: Any) -> None:
        tally.started()

    worker.entrypoint("noop", accepts_context=False)(noop)
    await worker.run(batch_size=orders.slots)


async def submit(orders: Orders) -> None:
    """Enqueue jobs, each in a transaction of its own; create the tables where they are missing."""
    asyncpg: Any = import_module("asyncpg")
    pgqueuer: Any = import_module("pgqueuer.queries")
    async with asyncpg.create_pool(orders.url, min_size=orders.producers, max_size=orders.producers) as pool:
        queries = pgqueuer.Queries.from_asyncpg_pool(pool)
        if not await queries.schema_is_installed():
            await queries.install()
        await submit_in_tasks(
            lambda: queries.enqueue("noop", None), producers=orders.producers, count=orders.count
        )


def main() -> None:
    """Play the role that the command line names, on the event loop that its own program prefers."""
    orders = read_orders()
    role = work if orders.role == "work" else submit
    uvloop: Any = import_module("uvloop")
    uvloop.run(role(orders))


if __name__ == "__main__":
    main()
