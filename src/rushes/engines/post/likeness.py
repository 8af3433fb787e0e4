"""Tells how much two frames differ, on small gray pictures of them."""

from typing import Any, Final

import cv2
import numpy as np
from av.video.frame import VideoFrame

from rushes.engines.arrays import Gray

SHORT_SIDE: Final = 72
"""Of the pictures that are compared, in pixels: finer detail is grain and coding."""

STILL: Final = 0.25
"""The least difference that neighbours are taken to have, in gray levels: below lies the coding's noise."""


def luma(frame: VideoFrame) -> Gray:
    """Return the brightness of a 4:2:0 frame: (height, width), a view of its own memory."""
    plane: Any = frame.planes[0]
    rows = np.frombuffer(plane, np.uint8)[: plane.line_size * plane.height]
    return rows.reshape(plane.height, plane.line_size)[:, : plane.width]


def small(frame: VideoFrame, *, short_side: int = SHORT_SIDE) -> Gray:
    """Return the brightness of a 4:2:0 frame with the given short side, averaged over areas."""
    scale = short_side / min(frame.width, frame.height)
    size = (max(1, round(frame.width * scale)), max(1, round(frame.height * scale)))
    return np.asarray(cv2.resize(luma(frame), size, interpolation=cv2.INTER_AREA), np.uint8)


def difference(one: Gray, other: Gray) -> float:
    """Return the mean absolute difference of two pictures of one size, in gray levels."""
    return float(cv2.mean(cv2.absdiff(one, other))[0])


class Change:
    """Follows a run of pictures and tells how much each differs from the one before."""

    def __init__(self) -> None:
        """Begin without a picture."""
        self._last: Gray | None = None
        self._sum, self._count = 0.0, 0

    def add(self, picture: Gray) -> float:
        """Take the next picture; return how much it differs from the last, 0 for the first."""
        step = 0.0 if self._last is None else difference(self._last, picture)
        self._count += self._last is not None
        self._sum += step
        self._last = picture
        return step

    @property
    def natural(self) -> float:
        """The mean difference between neighbours so far, in gray levels, at least `STILL`."""
        return max(STILL, self._sum / self._count) if self._count else STILL
