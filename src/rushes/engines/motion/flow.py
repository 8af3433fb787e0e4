"""Follows each pixel of the motion video's first frame through the later ones."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.engines.motion.arrays import Field, Gray
from rushes.engines.motion.field import smooth, warp

FINEST_SCALE: Final = 1
PATCH_STRIDE: Final = 3
STEPS_PER_REFINEMENT: Final = 4

_BLUR: Final = 4.0
"""How far around a pixel, in pixels, the two candidates are compared."""

_DRIFT: Final = 1.1
"""How much better than the direct flow a composed one must match, for its errors add up unseen."""


class Follower:
    """Dense displacements from the first frame to each later one.

    Each is the one before composed with the flow between neighbours, which follows far motion, then refined
    by the flow from the first frame directly, which does not drift; each pixel takes what matches better.
    Both are DIS flow (Kroeger et al., "Fast Optical Flow using Dense Inverse Search", 2016).
    """

    def __init__(self, first: Gray, *, steps: int) -> None:
        """Start from the first frame; `steps` is the descent's iterations per patch."""
        self._first = first
        self._previous = first
        self._field: Field = np.zeros((*first.shape, 2), np.float32)
        self._search = _search(steps)

    def follow(self, frame: Gray) -> Field:
        """Return where each pixel of the first frame is in this one, as a displacement; call in order."""
        composed = self._field + warp(self._between(self._previous, frame), self._field)
        direct = self._between(self._first, frame, near=composed)
        self._field = self._better(direct, composed, frame)
        self._previous = frame
        return self._field

    def _between(self, first: Gray, second: Gray, *, near: Field | None = None) -> Field:
        start = np.zeros((*first.shape, 2), np.float32) if near is None else near.copy()
        return self._search.calc(first, second, start).astype(np.float32, copy=False)

    def _better(self, direct: Field, composed: Field, frame: Gray) -> Field:
        wins = self._mismatch(direct, frame) <= _DRIFT * self._mismatch(composed, frame)
        share = smooth(wins.astype(np.float32), _BLUR)[..., None]
        return (composed + (direct - composed) * share).astype(np.float32, copy=False)

    def _mismatch(self, field: Field, frame: Gray) -> NDArray[np.float32]:
        difference = cv2.absdiff(warp(frame, field), self._first)
        return smooth(difference.astype(np.float32), _BLUR)


def _search(steps: int) -> cv2.DISOpticalFlow:
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    search.setFinestScale(FINEST_SCALE)
    search.setPatchStride(PATCH_STRIDE)
    search.setGradientDescentIterations(steps)
    search.setVariationalRefinementIterations(steps // STEPS_PER_REFINEMENT)
    return search
