"""Keeps rows of numbers on disk, so that memory does not grow with how many there are."""

import tempfile
import weakref
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rushes.errors import EngineError


class PerFrame(Protocol):
    """Numbers for each frame, float32 and all of one shape: an array, or rows on disk."""

    def __len__(self) -> int:
        """Return for how many frames there are numbers."""
        ...

    def __getitem__(self, frame: int, /) -> NDArray[np.float32]:
        """Return a frame's; negative ones count from the end.

        Raises:
            IndexError: There is no such frame.
        """
        ...


class Rows:
    """Arrays of one shape in a file that has no name: it is gone with this object, or with the process."""

    def __init__(self, shape: tuple[int, ...], *, folder: Path | None) -> None:
        """Begin without rows; `folder` is where the file lies, that for temporary files if it is `None`."""
        self._shape = shape
        self._bytes = np.dtype(np.float32).itemsize * int(np.prod(shape))
        self._count = 0
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - open as long as this object is
        weakref.finalize(self, self._file.close)

    def append(self, row: NDArray[np.float32]) -> None:
        """Add a row.

        Raises:
            EngineError: There is no room for it.
            ValueError: It has another shape.
        """
        if row.shape != self._shape:
            raise ValueError(f"A row of shape {row.shape} does not fit those of {self._shape}.")
        try:
            self._file.seek(self._count * self._bytes)
            self._file.write(np.ascontiguousarray(row, np.float32).data)
            self._file.flush()
        except OSError as error:
            raise EngineError(f"The tracks cannot be kept: {error.strerror}.") from error
        self._count += 1

    def __len__(self) -> int:
        """Return how many rows there are."""
        return self._count

    def __getitem__(self, number: int, /) -> NDArray[np.float32]:
        """Return a row; negative ones count from the end.

        Raises:
            IndexError: There is no such row.
        """
        self._file.seek(range(self._count)[number] * self._bytes)
        return np.frombuffer(self._file.read(self._bytes), np.float32).reshape(self._shape)
