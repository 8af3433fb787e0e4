"""Procrastinate: its worker, or producers for it, in a process with Procrastinate installed.

It keeps every job's row and events, which is its default; a job counts as ended when its final state is
committed.
"""

import asyncio
from importlib import import_module
from typing import Any

from benchmarks.peers.orders import Orders, read_orders
from benchmarks.peers.producing import submit_in_tasks
from benchmarks.peers.tally import Tally

WORKER_CONNECTIONS = 4  # as many as slots made it slower


def make_app(url: str, *, connections: int) -> Any:
    """A Procrastinate app on a database."""
    procrastinate: Any = import_module("procrastinate")
    connector = procrastinate.PsycopgConnector(conninfo=url, min_size=connections, max_size=connections)
    return procrastinate.App(connector=connector)


async def work(orders: Orders) -> None:
    """Run a worker until it is killed."""
    tally = Tally(orders.tally)
    app = make_app(orders.url, connections=WORKER_CONNECTIONS)
    finish = app.job_manager.finish_job

    async def finish_and_note(**given: Any) -> None:
        await finish(**given)
        tally.ended()

    app.job_manager.finish_job = finish_and_note

    async def noop() -> None:
        tally.started()

    app.task(name="noop")(noop)
    async with app.open_async():
        await app.run_worker_async(concurrency=orders.slots)


async def submit(orders: Orders) -> None:
    """Defer jobs, each in a transaction of its own; create the tables where they are missing."""
    app = make_app(orders.url, connections=orders.producers)
    async with app.open_async():
        if not await app.check_connection_async():
            await app.schema_manager.apply_schema_async()
        noop = app.configure_task("noop")
        await submit_in_tasks(noop.defer_async, producers=orders.producers, count=orders.count)


def main() -> None:
    """Play the role that the command line names."""
    orders = read_orders()
    role = work if orders.role == "work" else submit
    asyncio.run(role(orders))


if __name__ == "__main__":
    main()
