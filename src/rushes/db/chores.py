"""Chores of the whole fleet: each is done by one worker, once an interval."""

from datetime import timedelta

from rushes.db.pool import Tx
from rushes.db.queries import load

_queries = load("chores")


async def take_chore(tx: Tx, *, name: str, interval: timedelta) -> bool:
    """Tell whether the chore is the caller's to do now; of any number that ask at once, one is told so.

    It counts as done once this transaction commits, and is due again an interval after the transaction began.
    A chore that another worker is just doing is left to it.
    """
    return await _queries.take_chore(tx, name=name, interval=interval) is not None
