"""The log file of PostgreSQL, and the part of it that the last start wrote."""

import os
from io import FileIO
from pathlib import Path

_LARGEST_BYTES = 8 * 1024 * 1024
_TAIL_BYTES = 1500


class ServerLog:
    """A log that is appended to over many starts; the one before the last limit is kept as `.1`."""

    def __init__(self, file: Path) -> None:
        """Name the file; it need not exist."""
        self.file = file
        self._start = 0

    def open(self) -> FileIO:
        """Open the log for a new start; what follows counts as that start's part."""
        if self.file.exists() and self.file.stat().st_size > _LARGEST_BYTES:
            self.file.replace(self.file.with_name(self.file.name + ".1"))
        log = FileIO(os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a")
        self._start = log.seek(0, os.SEEK_END)
        return log

    def tail(self) -> str:
        """Return the end of what the last start wrote, on lines of its own, or nothing."""
        if not self.file.exists():
            return ""
        with self.file.open("rb") as log:
            size = log.seek(0, os.SEEK_END)
            log.seek(max(self._start, size - _TAIL_BYTES))
            text = log.read().decode(errors="replace").strip()
        return f"\n{text}" if text else ""
