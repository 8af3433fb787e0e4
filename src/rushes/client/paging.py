"""Lists that come in pages: the next one is asked for when it is needed."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


async def each(page: Callable[[str | None], Awaitable[tuple[Sequence[T], str | None]]]) -> AsyncIterator[T]:
    """Yield what stands on every page; `page` returns one, and the cursor of the next if there is one."""
    cursor = None
    while True:
        found, cursor = await page(cursor)
        for one in found:
            yield one
        if cursor is None:
            return
