"""What `postmaster.pid` says of the server in a data folder, and whether to believe it."""

import contextlib
import socket
from dataclasses import dataclass
from pathlib import Path

import psutil

from rushes.errors import EmbeddedDatabaseError

# The lines of postmaster.pid, counted from 0: src/include/utils/pidfile.h of PostgreSQL.
_PID_LINE = 0
_PORT_LINE = 3
_STATUS_LINE = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Postmaster:
    """A running server: the id of its first process and the port that it listens on."""

    pid: int
    port: int


def find_postmaster(data: Path) -> Postmaster | None:
    """Return the server that serves `data` and answers; `None` while it starts or stops as well."""
    lines = _read_lines(data)
    if len(lines) <= _STATUS_LINE or lines[_STATUS_LINE] != "ready":
        return None
    pid, port = lines[_PID_LINE], lines[_PORT_LINE]
    if not pid.isdecimal() or not port.isdecimal():
        return None
    server = Postmaster(pid=int(pid), port=int(port))
    return server if _serves(server.pid, data) and _answers(server.port) else None


def discard_stale_pid_file(data: Path) -> None:
    """Remove the pid file of a server that is gone; the caller holds the home's lock.

    PostgreSQL refuses to start over a truncated file, and over one whose pid belongs to another
    program by now, as happens after a restart of the machine.

    Raises:
        EmbeddedDatabaseError: a PostgreSQL that we did not start uses the folder.
    """
    lines = _read_lines(data)
    if lines and lines[_PID_LINE].isdecimal() and _serves(int(lines[_PID_LINE]), data):
        raise EmbeddedDatabaseError(
            f"Another PostgreSQL, process {lines[_PID_LINE]}, uses {data} already. "
            f"Stop it with `kill -INT {lines[_PID_LINE]}`, then start again."
        )
    (data / "postmaster.pid").unlink(missing_ok=True)


def _read_lines(data: Path) -> list[str]:
    try:
        return [line.strip() for line in (data / "postmaster.pid").read_text(errors="replace").splitlines()]
    except FileNotFoundError:
        return []


def _serves(pid: int, data: Path) -> bool:
    """Tell a PostgreSQL on `data` from a program that was given the same pid later."""
    try:
        process = psutil.Process(pid)
        # The working folder finds one started by hand, where we are allowed to see it.
        return str(data) in process.cmdline() or process.cwd() == str(data)
    except (psutil.Error, ValueError, OverflowError):
        return False


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
        return True
    return False
