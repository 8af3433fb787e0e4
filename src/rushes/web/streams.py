"""Server-sent events (WHATWG HTML, 9.2): how frames are written, and how an open answer is served.

An answer of ours in place of `sse_starlette`'s: that one keeps four tasks and a queue of wakers for each
stream; this one keeps the task that the server made for the request anyway, and detaches it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from rushes.web.feeds import Feed, Line
from rushes.web.hub import Hub
from rushes.web.middleware.detaching import detach
from rushes.web.outbox import ENDED, Close, Outbox, Write

KEEP_ALIVE = b": keep-alive\n\n"
_RETRY = b"retry: 2000\n\n"
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What a stream begins with, and how far that goes; see `Feed.open`."""

    frames: Sequence[bytes]
    since: Any
    is_over: bool = False


Tell = Callable[[Feed], Awaitable[Past]]
"""Reads the past of a stream that has joined the hub."""


def frame(name: str, data: Any, *, event_id: object = None) -> bytes:
    """Return one event; `data` is anything that has a form in JSON."""
    return framed(name, orjson.dumps(data, default=str), event_id=event_id)


def framed(name: str, document: bytes, *, event_id: object = None) -> bytes:
    """Return one event whose data are a JSON document without line breaks."""
    identity = b"" if event_id is None else b"id: %b\n" % str(event_id).encode()
    return b"%bevent: %b\ndata: %b\n\n" % (identity, name.encode(), document)


def by_job(line: Line) -> bytes:
    """Return a line for followers of one job: its id is that of the event."""
    return frame(line.type, line.data, event_id=line.event_id)


def by_user(line: Line) -> bytes:
    """Return a line for followers of all jobs: its id is the position in all that happened."""
    return frame(line.type, line.data, event_id=line.position)


class FeedResponse(Response):
    """A stream that the hub serves. What goes wrong before its past is told is answered in the usual form."""

    media_type = "text/event-stream"
    charset = "utf-8"

    def __init__(self, hub: Hub, feed_for: Callable[[Outbox], Feed], tell: Tell) -> None:
        """Join the hub and tell the past as soon as the answer is sent, not before."""
        super().__init__(headers=_HEADERS)
        # Its length is unknown.
        self.raw_headers = [(name, value) for name, value in self.raw_headers if name != b"content-length"]
        self._hub = hub
        self._feed_for = feed_for
        self._tell = tell

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  # an ASGI application's signature
        """Send the head; the body is served detached."""
        feed = self._feed_for(Outbox())
        stream = _FedStream(self._hub, feed)
        try:
            await self._hub.join(feed)
            stream.past = await self._tell(feed)
            await send(
                {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
            )
        except BaseException:
            stream.abandon()
            raise
        detach(scope, stream)


class _FedStream:
    __slots__ = ("_feed", "_hub", "past")

    def __init__(self, hub: Hub, feed: Feed) -> None:
        self._hub = hub
        self._feed = feed
        self.past: Past | None = None

    async def serve(self, receive: Receive, send: Send) -> None:
        past, self.past = self.past, None
        assert past is not None
        outbox = self._feed.outbox
        try:
            outbox.begin([_RETRY, *past.frames], _writing(send))
            self._feed.open(past.since)
            if past.is_over:
                outbox.end(ENDED)
            del past
            await until_over(outbox, _client_left(receive))
        finally:
            self.abandon()

    def abandon(self) -> None:
        self._hub.leave(self._feed)
        self._feed.outbox.discard()


async def until_over(outbox: Outbox, conversation: Awaitable[None]) -> None:
    """Wait for the end of the conversation with a client; one that no longer reads is cut off.

    Args:
        outbox: It belongs to the task that runs.
        conversation: Ends when the client has left, or was told everything.
    """
    try:
        await conversation
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if not outbox.is_overdue or task is None:
            raise
        task.uncancel()


async def _client_left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _writing(send: Send) -> Write:
    async def write(frames: Sequence[bytes], ending: Close | None) -> None:
        if ending is None:
            await send({"type": "http.response.body", "body": b"".join(frames), "more_body": True})
            return
        farewell = b"" if ending is ENDED else b": %b\n\n" % ending.reason.encode()
        await send({"type": "http.response.body", "body": farewell, "more_body": False})

    return write
