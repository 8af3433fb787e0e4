"""How far points move as the points around them do."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from rushes.engines.motion.analysis import Points

NEIGHBOURS: Final = 9
"""How many points, itself among them, a point is compared with."""

_TOLERATED: Final = 3.0
"""How many times its neighbours' own spread a point may differ from their median and keep half its weight."""


class Neighbours:
    """The nearest points of each point in the first frame."""

    def __init__(self, points: Points) -> None:
        """Find them among (points, 2)."""
        tree: Any = KDTree(points)
        nearest: NDArray[np.intp] = tree.query(points, k=min(NEIGHBOURS, len(points)))[1]
        self._nearest = nearest.reshape(len(points), -1)

    def medians(self, offsets: Points, alive: NDArray[np.bool_]) -> Points:
        """Return (points, 2), the median displacement of the living points around each; none: 0."""
        around = np.where(alive[self._nearest, None], offsets[self._nearest], np.inf)
        counts = alive[self._nearest].sum(axis=1)
        middle = np.maximum(counts - 1, 0) // 2
        ordered = np.sort(around, axis=1)
        medians = ordered[np.arange(len(offsets)), middle]
        return np.where(counts[:, None] > 0, medians, 0).astype(np.float32)

    def agreement(self, offsets: Points, medians: Points, alive: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Return (points,), from 1 for a point that moves as its neighbours' median down to 0."""
        apart = np.linalg.norm(offsets[self._nearest] - medians[:, None], axis=2)
        apart[~alive[self._nearest]] = 0
        spread = np.median(apart, axis=1) + 1
        own = np.linalg.norm(offsets - medians, axis=1) / spread
        return (1 / (1 + (own / _TOLERATED) ** 4)).astype(np.float32)
