"""Tells the camera's motion from the figure's."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.engines.media.sizes import Size
from rushes.engines.motion.analysis import Points

Affine = NDArray[np.float64]

LEAST_POINTS: Final = 12
LEAST_SHARE: Final = 0.6
"""The share of the border's points that must agree on a motion before it counts as the camera's."""

MOVING: Final = 0.01
"""From which motion of a corner on, as a share of the short side, a camera moves."""

_TOP: Final = 0.2
_SIDE: Final = 0.15
_LEAST_WEIGHT: Final = 0.02
_AGREES_WITHIN: Final = 1 / 320


class Camera:
    """The motion of what is seen along the frame's top and sides, where a figure seldom is.

    In each frame it is the similarity that most of those points agree on (RANSAC, Fischler & Bolles 1981);
    without enough of them it is that of the frame before.
    """

    def __init__(self, points: Points, size: Size) -> None:
        """Look at those of (points, 2) that are along the border of frames of that size."""
        x, y = points.T
        self._border = (y < _TOP * size.height) | (x < _SIDE * size.width) | (x > (1 - _SIDE) * size.width)
        self._points = points
        self._short = min(size.width, size.height)
        self._corners = np.array(
            [[0, 0], [size.width, 0], [size.width, size.height], [0, size.height]], float
        )
        self._motion: Affine = np.eye(2, 3)
        self._farthest = 0.0

    @property
    def moves(self) -> bool:
        """Tell whether the camera has moved so far."""
        return self._farthest > MOVING * self._short

    def steady(self, offsets: Points, weights: NDArray[np.float32]) -> Points:
        """Return the displacements (points, 2) less the camera's; call in the order of the frames."""
        seen = self._border & (weights > _LEAST_WEIGHT)
        if seen.sum() >= LEAST_POINTS:
            self._follow(self._points[seen], offsets[seen])
        return offsets - _displacement(self._motion, self._points).astype(np.float32)

    def _follow(self, points: Points, offsets: Points) -> None:
        motion, agreeing = cv2.estimateAffinePartial2D(
            points, points + offsets, method=cv2.RANSAC, ransacReprojThreshold=self._short * _AGREES_WITHIN
        )
        # OpenCV has no motion at all, whatever its types say, where no two points can be told apart.
        if np.shape(motion) == (2, 3) and np.mean(agreeing) > LEAST_SHARE:
            self._motion = np.asarray(motion, np.float64)
            moved = np.linalg.norm(_displacement(self._motion, self._corners), axis=1)
            self._farthest = max(self._farthest, float(moved.max()))


def _displacement(motion: Affine, points: NDArray[np.floating]) -> NDArray[np.float64]:
    return points @ motion[:, :2].T + motion[:, 2] - points
