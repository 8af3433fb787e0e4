"""What a worker tells of its progress: one record per finished job, appended to a file.

A record is two integers in native order: when its process started its first job and when this job's final
state was kept, in nanoseconds of the monotonic clock, which all processes of a machine share. Appending 16
bytes takes some microseconds, whether the worker runs coroutines, threads or processes.
"""

import os
import struct
import time
from dataclasses import dataclass
from pathlib import Path

RECORD = struct.Struct("=qq")


class Tally:
    """The worker's end of the file."""

    def __init__(self, file: Path) -> None:
        """Open the file for appending; forked processes may share it."""
        self._file = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self._first = 0

    def started(self) -> None:
        """Note the start of a job."""
        if not self._first:
            self._first = time.monotonic_ns()

    def ended(self, jobs: int = 1) -> None:
        """Note that the final state of so many jobs is kept."""
        os.write(self._file, RECORD.pack(self._first, time.monotonic_ns()) * jobs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What all processes of a worker have noted, in nanoseconds."""

    jobs: int
    first_start: int
    last_end: int


def count_ended(file: Path) -> int:
    """How many jobs have ended."""
    return file.stat().st_size // RECORD.size if file.exists() else 0


def read_progress(file: Path) -> Progress:
    """The whole file as one value; at least one job must have ended."""
    starts, ends = zip(*RECORD.iter_unpack(file.read_bytes()), strict=True)
    return Progress(jobs=len(starts), first_start=min(starts), last_end=max(ends))
