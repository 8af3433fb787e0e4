"""Notices whoever follows a bait: a listener on this machine, and a watched file (inotify, Linux)."""

import ctypes
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.engines.corpus import good
from tests.engines.corpus.case import Bait

_IN_ACCESS, _IN_OPEN = 0x1, 0x20


@dataclass(frozen=True)
class Trap:
    """A bait, and what tells whether somebody took it."""

    bait: Bait
    server: socket.socket
    watch: int

    def was_asked(self) -> bool:
        """Tell whether anybody connected."""
        try:
            self.server.accept()[0].close()
        except BlockingIOError:
            return False
        return True

    def was_read(self) -> bool:
        """Tell whether anybody opened the file."""
        try:
            return bool(os.read(self.watch, 4096))
        except BlockingIOError:
            return False


@contextmanager
def trap_in(folder: Path) -> Iterator[Trap]:
    """Lay a trap in a folder: a film that is watched, and a port that listens."""
    canary = folder / "canary.mp4"
    canary.write_bytes(good.mp4())
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        watch = _watched(canary)
        try:
            yield Trap(Bait(port=server.getsockname()[1], canary=canary), server, watch)
        finally:
            os.close(watch)


def _watched(path: Path) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    watch = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    if watch < 0 or libc.inotify_add_watch(watch, os.fsencode(path), _IN_ACCESS | _IN_OPEN) < 0:
        raise OSError(ctypes.get_errno(), "the file cannot be watched")
    return watch
