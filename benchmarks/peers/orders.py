"""The command line of a child: a role and what it needs."""

import argparse
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What the parent asks of a child."""

    role: str
    url: str
    slots: int
    producers: int
    count: int
    tally: Path


def read_orders() -> Orders:
    """Parse the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("role", choices=("work", "submit"))
    parser.add_argument("--url", required=True)
    parser.add_argument("--slots", type=int, required=True)
    parser.add_argument("--producers", type=int, required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--tally", type=Path, required=True)
    return Orders(**vars(parser.parse_args()))


def write_orders(orders: Orders) -> list[str]:
    """The command line that `read_orders` reads."""
    return [
        orders.role,
        *("--url", orders.url),
        *("--slots", str(orders.slots)),
        *("--producers", str(orders.producers)),
        *("--count", str(orders.count)),
        *("--tally", str(orders.tally)),
    ]
