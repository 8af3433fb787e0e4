"""Runs this program under the eye of a process that ends it, with all that it has started."""

import contextlib
import ctypes
import os
import resource
import select
import signal
from pathlib import Path
from typing import Final, NoReturn

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_CHILD_SUBREAPER: Final = 36
_SIGNALLED_STATUS: Final = 128
"""A shell's base of the exit status of a process that a signal has ended."""


def run_supervised(control: int) -> int:
    """Go on in a child of this process, which stays to supervise it; call before any thread exists.

    The supervisor ends the child when something can be read of `control`, or its other end is closed. At the
    child's end, of whatever cause, all that descends from it is killed, also what has left its group and its
    session: orphans become the supervisor's children (prctl(2), PR_SET_CHILD_SUBREAPER). Then it ends as the
    child did. Returns the supervisor's process number, in the child.
    """
    supervisor = os.getpid()
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    child = os.fork()
    if child:
        _supervise(child, control)
    os.close(control)
    return supervisor


def end_with(supervisor: int) -> None:
    """Have the kernel kill this process if its supervisor is; later changes of its rights would undo it."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != supervisor:
        os._exit(_SIGNALLED_STATUS + signal.SIGKILL)


def _supervise(child: int, control: int) -> NoReturn:
    signal.signal(signal.SIGTERM, lambda number, _: _send(child, number))
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    # It must hold none of the child's pipes, or the parent would never see them end.
    os.closerange(0, control)
    os.closerange(control + 1, os.sysconf("SC_OPEN_MAX"))
    ended = os.pidfd_open(child)
    select.select([ended, control], [], [])
    _send(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    _kill_descendants()
    _end_like(status)


def _kill_descendants() -> None:
    """Kill what is left until there is nothing more: the children of each become ours at its end."""
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    # A kernel may be built without that file: then the group is all that is killed, by who started us.
    with contextlib.suppress(ChildProcessError, FileNotFoundError):
        while True:
            for pid in children.read_bytes().split():
                _send(int(pid), signal.SIGKILL)
            os.waitpid(-1, 0)


def _end_like(status: int) -> NoReturn:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if number != signal.SIGKILL:
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        os._exit(_SIGNALLED_STATUS + number)
    os._exit(os.WEXITSTATUS(status))


def _send(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _prctl(option: int, value: int) -> None:
    ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
