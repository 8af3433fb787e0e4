"""Server-sent events (WHATWG HTML, 9.2): how a stream follows the database, and how it is sent."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import Any

import structlog
from sse_starlette import EventSourceResponse, ServerSentEvent

from rushes.errors import RushesError
from rushes.web.live import Live

KEEP_ALIVE_SECONDS = 15
POLL_SECONDS = 5.0
"""A notification only wakes earlier; this is how late the truth can be without one."""

_log: Any = structlog.get_logger()

Look = Callable[[], Awaitable[tuple[Sequence[ServerSentEvent], bool]]]
"""Reads what is new; also tells whether that was the last of it."""


def streamed(live: Live, look: Look, *topics: object) -> EventSourceResponse:
    """Answer with what `look` finds, now and at each wake of a topic, until that was the last."""
    return EventSourceResponse(
        _follow(live, look, topics),
        ping=KEEP_ALIVE_SECONDS,
        ping_message_factory=lambda: ServerSentEvent(comment="keep-alive"),
    )


async def _follow(live: Live, look: Look, topics: tuple[object, ...]) -> AsyncGenerator[ServerSentEvent]:
    with live.subscribe(*topics) as subscription:
        while True:
            try:
                found, is_over = await look()
            except RushesError as error:
                # The answer has begun; who reconnects is told in the proper form.
                _log.info("stream.ended", code=error.code)
                return
            for event in found:
                yield event
            if is_over or subscription.is_over:
                return
            await subscription.wait(seconds=POLL_SECONDS)
