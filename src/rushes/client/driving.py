"""Running coroutines that never suspend: what is written once serves programs without an event loop too."""

from collections.abc import AsyncIterator, Coroutine, Iterator
from typing import Any, TypeVar

T = TypeVar("T")


def complete(coroutine: Coroutine[Any, Any, T]) -> T:
    """Return what a coroutine returns; what it awaits blocks and does not suspend."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    coroutine.close()
    raise AssertionError("a coroutine for programs without an event loop has suspended")


def iterate(items: AsyncIterator[T]) -> Iterator[T]:
    """Yield what an asynchronous iterator yields; what it awaits blocks and does not suspend."""
    try:
        while True:
            try:
                item = complete(_next(items))
            except StopAsyncIteration:
                return
            yield item
    finally:
        complete(_close(items))


async def _next(items: AsyncIterator[T]) -> T:
    return await anext(items)


async def _close(items: AsyncIterator[T]) -> None:
    close = getattr(items, "aclose", None)
    if close is not None:
        await close()
