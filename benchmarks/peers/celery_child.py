"""Celery: its worker, or producers for it, in a process with Celery installed.

Messages are persistent in a durable queue, and are acknowledged after the job. RabbitMQ confirms each
publish, and keeps no results; Redis keeps each job's result, as Celery does when told of a backend.
The pool and the prefetching of each broker are those that drained no-op jobs fastest on two cores.
"""

from importlib import import_module
from typing import Any

from benchmarks.peers.orders import Orders, read_orders
from benchmarks.peers.producing import submit_in_threads
from benchmarks.peers.tally import Tally

PREFETCH = 64  # of 1, 4 and 64


def make_app(url: str) -> Any:
    """A Celery app on a broker."""
    celery: Any = import_module("celery")
    app = celery.Celery("peers", broker=url, set_as_current=False)
    app.conf.update(
        task_acks_late=True,
        worker_prefetch_multiplier=PREFETCH,
        broker_connection_retry_on_startup=True,
    )
    if is_rabbitmq(url):
        app.conf.update(broker_transport_options={"confirm_publish": True}, task_ignore_result=True)
    else:
        app.conf.update(result_backend=url)
    return app


def is_rabbitmq(url: str) -> bool:
    """Whether the broker is RabbitMQ, or else Redis."""
    return url.startswith("amqp:")


def work(orders: Orders) -> None:
    """Run a worker until it is killed."""
    app, tally = make_app(orders.url), Tally(orders.tally)
    signals: Any = import_module("celery.signals")
    app.task(tally.started, name="noop")

    def note_end(**_: object) -> None:
        tally.ended()

    signals.task_postrun.connect(note_end, weak=False)
    pool, concurrency = ("threads", 8) if is_rabbitmq(orders.url) else ("prefork", 2)
    app.Worker(
        pool=pool,
        concurrency=concurrency,
        loglevel="WARNING",
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    ).start()


def main() -> None:
    """Play the role that the command line names."""
    orders = read_orders()
    if orders.role == "work":
        work(orders)
        return
    noop = make_app(orders.url).signature("noop")
    submit_in_threads(noop.delay, producers=orders.producers, count=orders.count)


if __name__ == "__main__":
    main()
