"""What a child process may use, and how it lays these limits on itself."""

import contextlib
import ctypes
import os
import resource
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from rushes.engines.child.supervision import end_with, run_supervised

GIB: Final = 1024**3

_CPU_SPARE_SECONDS: Final = 2

_PR_SET_NO_NEW_PRIVS: Final = 38
_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWNET: Final = 0x40000000


def _usable_cores() -> int:
    # Each OpenBLAS thread reserves address space, which a limit on memory counts.
    return min(8, len(os.sched_getaffinity(0)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one child and all that it starts may use.

    `memory_bytes` is address space per process; `file_bytes` the size of one file and `scratch_bytes` of all
    files in its folder; `grace_seconds` the time between the request to stop and the kill. `environment` is
    added to the child's, which starts empty. Only with `network` can it reach anything beyond itself.
    """

    memory_bytes: int = 8 * GIB
    cpu_seconds: int = 4 * 3600
    wall_seconds: float = 3600.0
    grace_seconds: float = 3.0
    open_files: int = 512
    file_bytes: int = 4 * GIB
    scratch_bytes: int = 16 * GIB
    threads: int = field(default_factory=_usable_cores)
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    network: bool = False


def environment_of(limits: Limits) -> dict[str, str]:
    """Return the variables of a child: nothing of its parent's."""
    threads = str(limits.threads)
    return {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "OMP_NUM_THREADS": threads,
        "OPENBLAS_NUM_THREADS": threads,
        # Each arena reserves 64 MiB of address space, and there may be eight for each core.
        "MALLOC_ARENA_MAX": "4",
        **limits.environment,
    }


def confine(limits: Limits, *, control: int) -> None:
    """Lay the limits on this process and on all that it will start; call before any thread exists.

    `control` is the reading end of a pipe that the parent holds: when it writes or ends, even when the parent
    was killed, this process is killed with all that it has started, as `run_supervised` says. Unless it is
    granted, the network is left where the kernel allows.
    """
    supervisor = run_supervised(control)
    lower(resource.RLIMIT_AS, limits.memory_bytes)
    lower_processor_time(limits)
    lower(resource.RLIMIT_NOFILE, limits.open_files)
    lower(resource.RLIMIT_FSIZE, limits.file_bytes)
    lower(resource.RLIMIT_CORE, 0)
    _offer_to_the_oom_killer()
    _leave_privileges()
    if not limits.network:
        _leave_network()
    end_with(supervisor)


def lower_processor_time(limits: Limits) -> None:
    """Lay the limit on processor time alone; one that is there already only becomes lower."""
    # The soft limit sends SIGXCPU, which tells its cause; the hard one only kills.
    lower(resource.RLIMIT_CPU, limits.cpu_seconds, spare=_CPU_SPARE_SECONDS)


def lower(kind: int, value: int, *, spare: int = 0) -> None:
    """Set one limit of this process, the hard one by `spare` higher, but never above what it is already."""
    _, hard = resource.getrlimit(kind)
    most = value + spare if hard == resource.RLIM_INFINITY else min(value + spare, hard)
    resource.setrlimit(kind, (min(value, most), most))


def _offer_to_the_oom_killer() -> None:
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def _leave_privileges() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def _leave_network() -> None:
    user, group = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None)
    if libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0:
        _keep_identity(user=user, group=group)
    else:
        libc.unshare(_CLONE_NEWNET)


def _keep_identity(*, user: int, group: int) -> None:
    # In a fresh user namespace this process is nobody until it is mapped to itself.
    with contextlib.suppress(OSError):
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
