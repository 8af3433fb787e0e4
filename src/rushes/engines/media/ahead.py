"""Draws items from an iterator in a thread of its own, a few ahead of whoever uses them."""

from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final, TypeVar, cast

MOST_WAITING: Final = 4
"""How many items may wait, as many as the encoder's threads take at a time."""

_Item = TypeVar("_Item")
_END: Final = object()


@contextmanager
def ahead(items: Iterator[_Item], *, most: int = MOST_WAITING) -> Generator[Iterator[_Item]]:
    """Yield the same items in the same order; at most `most` are drawn before they are asked for.

    Nothing is drawn before the first is asked for. What the iterator raises is raised in its turn. At the end
    of the `with`, nothing more is drawn and the thread is gone: a file that it read can be closed.
    """
    thread = ThreadPoolExecutor(max_workers=1)
    try:
        yield _drawn(thread, items, most)
    finally:
        thread.shutdown(cancel_futures=True)


def _drawn(thread: ThreadPoolExecutor, items: Iterator[_Item], most: int) -> Iterator[_Item]:
    waiting: deque[Future[_Item | object]] = deque()
    while True:
        while len(waiting) <= most:
            waiting.append(thread.submit(next, items, _END))
        item = waiting.popleft().result()
        if item is _END:
            return
        yield cast("_Item", item)
