"""What one client is still to be sent: bounded, and written by a task only while there is something."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

WAITING_BYTES = 128 * 1024
"""How much may wait for a slow client, on top of what the server and the sockets hold."""
FAREWELL_SECONDS = 10.0
"""How long a client that no longer reads may take for the rest before it is cut off."""

_log: Any = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """Why a stream ends, for its client: the close code of a socket (RFC 6455, 7.4), and words."""

    code: int
    reason: str


ENDED = Close(code=1000, reason="the job has ended")
STOPPING = Close(code=1001, reason="the server stops; connect again")
TOO_SLOW = Close(code=1013, reason="too slow; connect again and resume after the last event")
REVOKED = Close(code=4401, reason="the credential is no longer valid")

Write = Callable[[Sequence[bytes], Close | None], Awaitable[None]]
"""Sends frames, and after them, if there is an ending, that this is the last."""


class Outbox:
    """Takes frames at any time and never makes the giver wait.

    Nothing is written until it begins. A frame of a key replaces one of the same key that still waits. It is
    owned by one task, the one that serves the client; it must `discard` at the end.
    """

    __slots__ = (
        "_bytes",
        "_deadline",
        "_ending",
        "_first",
        "_numbers",
        "_owner",
        "_task",
        "_waiting",
        "_write",
        "is_overdue",
    )

    def __init__(self) -> None:
        """Begin empty; the task that runs is the owner."""
        self._write: Write | None = None
        self._waiting: dict[Hashable, bytes] | None = None
        self._first: Sequence[bytes] = ()
        self._numbers = 0
        self._bytes = 0
        self._ending: Close | None = None
        self._task: asyncio.Task[None] | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._owner = asyncio.current_task()
        self.is_overdue = False

    def begin(self, frames: Sequence[bytes], write: Write) -> None:
        """Write these, however many, instead of all that waits, and then what comes."""
        self._first = frames
        self._waiting, self._bytes = None, 0
        self._write = write
        self._start()

    def put(self, frame: bytes, *, key: Hashable | None = None) -> None:
        """Send a frame as soon as the client takes it; after an ending, none."""
        if self._ending is not None:
            return
        if self._waiting is None:
            self._waiting = {}
        if key is None:
            self._numbers += 1
            key = self._numbers
        else:
            self._bytes -= len(self._waiting.pop(key, b""))
        self._waiting[key] = frame
        self._bytes += len(frame)
        if self._bytes > WAITING_BYTES and len(self._waiting) > 1:
            # What it did not get it asks for again, by the id of the last that it got.
            self._waiting.clear()
            self.end(TOO_SLOW)
        self._start()

    def end(self, ending: Close) -> None:
        """Say goodbye after what still waits; the first ending counts."""
        if self._ending is None:
            self._ending = ending
            self._start()

    def discard(self) -> None:
        """Stop writing at once: the client is gone, or has been told everything."""
        self._ending = self._ending or STOPPING
        self._waiting = None
        if self._task is not None:
            self._task.cancel()
        if self._deadline is not None:
            self._deadline.cancel()
        self._owner = None

    def _start(self) -> None:
        if self._write is None:
            return
        if self._ending is not None and self._deadline is None:
            loop = asyncio.get_running_loop()
            self._deadline = loop.call_later(FAREWELL_SECONDS, self._cut_off)
        if self._task is None:
            self._task = asyncio.create_task(self._run(self._write))

    async def _run(self, write: Write) -> None:
        try:
            while frames := self._taken():
                await write(frames, None)
            if self._ending is not None:
                await write((), self._ending)
        except OSError:
            pass  # the client is gone; its task hears of that by itself
        except Exception as error:  # noqa: BLE001  # the top of this task: one client's trouble is nobody else's
            _log.warning("stream.broken", error=repr(error))
            self._cut_off()
        finally:
            self._task = None

    def _taken(self) -> Sequence[bytes]:
        if self._first:
            frames, self._first = self._first, ()
        else:
            frames = () if self._waiting is None else tuple(self._waiting.values())
            self._waiting, self._bytes = None, 0
        return frames

    def _cut_off(self) -> None:
        self.is_overdue = True
        if self._owner is not None:
            self._owner.cancel()
