"""What an engine is given inside the child: its request, and a way to tell the parent how it goes."""

import math
import os
import select
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from rushes.domain.media import AssetRole
from rushes.engines.base import Cancelled, Event, EventKind, Request
from rushes.engines.child import wire
from rushes.errors import EngineError

PROGRESS_SECONDS: Final = 0.05
"""The least time between two lines of progress; an engine may call at every frame."""

REPLY_LOOK_SECONDS: Final = 0.1
"""How often a run that waits for its checkpoint looks whether it is to stop."""


class Channel:
    """The descriptor that the parent reads, one message a line, and the one on which it replies."""

    def __init__(self, descriptor: int, *, replies: int) -> None:
        """Send over an open descriptor; any thread may."""
        self._descriptor = descriptor
        self._replies = replies
        self._lock = threading.Lock()

    def send(self, message: Mapping[str, Any]) -> None:
        """Send one message whole; blocks while the parent is behind.

        Raises:
            EngineError: It is longer than the parent takes.
        """
        line = wire.encode(message)
        if len(line) > wire.LINE_BYTES:
            raise EngineError(f"A message of {len(line)} bytes is longer than the {wire.LINE_BYTES} allowed.")
        with self._lock:
            while line:
                line = line[os.write(self._descriptor, line) :]

    def has_reply(self, *, within_seconds: float) -> bool:
        """Tell whether the parent has replied to a message, and take the reply."""
        ready, _, _ = select.select([self._replies], [], [], within_seconds)
        return bool(ready) and os.read(self._replies, 1) != b""


class ChildContext:
    """Tells the parent how a run goes; implements `Context`."""

    def __init__(self, request: Request, channel: Channel, *, cancelled: Callable[[], bool]) -> None:
        """Send over `channel`; `cancelled` tells whether the parent asked to stop."""
        self.request = request
        self.cancelled = cancelled
        self._channel = channel
        self._before = 0.0
        self._weight = 0.0
        self._sent = 0.0
        self._sent_at = 0.0

    def stage(self, name: str, weight: float) -> None:
        """Begin a stage; the one before counts as done."""
        self._before = min(1.0, self._before + self._weight)
        self._weight = weight
        self._sent = max(self._sent, self._before)
        self._send(Event(kind=EventKind.STAGE, text=name[: wire.TEXT_CHARS], progress=self._sent))

    def progress(self, done: float, total: float) -> None:
        """Say how much of the current stage is done; `done` and `total` in any unit."""
        share = min(1.0, max(0.0, done / total)) if total > 0 else 0.0
        whole = min(1.0, self._before + self._weight * share)
        now = time.monotonic()
        if whole > self._sent and (share == 1.0 or now - self._sent_at >= PROGRESS_SECONDS):
            self._sent, self._sent_at = whole, now
            self._send(Event(kind=EventKind.PROGRESS, progress=whole))

    def log(self, level: str, message: str) -> None:
        """Add a line to the attempt's log; `level` is debug, info, warning or error."""
        self._send(Event(kind=EventKind.LOG, text=message[: wire.TEXT_CHARS], fields={"level": level}))

    def metric(self, name: str, value: float) -> None:
        """Report a measurement; one that is not finite is left out, as JSON cannot hold it."""
        if math.isfinite(value):
            self._send(Event(kind=EventKind.METRIC, fields={"name": name, "value": float(value)}))

    def artifact(self, role: AssetRole, path: Path) -> None:
        """Hand over a finished file inside the working folder."""
        self._send(Event(kind=EventKind.ARTIFACT, fields={"role": role, "path": str(path)}))

    def checkpoint(self, state: Mapping[str, Any]) -> None:
        """Save what a later attempt needs to go on from here: JSON, at most 64 KiB; it is saved on return.

        Raises:
            Cancelled: The parent asked to stop meanwhile.
        """
        self._send(Event(kind=EventKind.CHECKPOINT, fields=dict(state)))
        while not self._channel.has_reply(within_seconds=REPLY_LOOK_SECONDS):
            if self.cancelled():
                raise Cancelled

    def _send(self, event: Event) -> None:
        self._channel.send({name: value for name, value in asdict(event).items() if value is not None})
