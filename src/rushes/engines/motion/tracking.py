"""Follows points of the motion video's first frame through the later ones."""

from typing import Any, Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.engines.arrays import Gray
from rushes.engines.motion.analysis import Points
from rushes.engines.motion.consensus import Neighbours

Weights = NDArray[np.float32]

GRID: Final = 34
"""Points of the grid along the frame's short side."""

MOST_GRID_POINTS: Final = 2400
CORNERS: Final = 600
REVIVED_PER_FRAME: Final = 120
"""How many of the lost points are looked for anew in each frame, one after the other."""

_CORNER_QUALITY: Final = 0.004
_CORNER_DISTANCE: Final = 1 / 120
_WINDOW: Final = 1 / 28
_LEVELS: Final = 4
_STEPS: Final = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 20, 0.02)

_LARGEST_RETURN: Final = 2.0
"""How far from where it began a point may come back, in pixels, before it counts as lost."""

_REVIVED_RETURN: Final = 0.7
_REVIVED_DISTANCE: Final = 1 / 60
"""How far from its neighbours' motion a point may be found again, as a share of the short side."""

_REVIVED_CONFIDENCE: Final = 0.5
_TYPICAL_RETURN: Final = 1.2
_DOUBT: Final = 0.15
_RECOVERY: Final = 1.01
_LEAST_TEXTURE: Final = 0.1


class Found(NamedTuple):
    """Where points are in another frame, and how far from their start they come back, in pixels."""

    places: Points
    returns: NDArray[np.float32]


class Tracker:
    """Points on a grid and on corners (Shi & Tomasi, "Good features to track", 1994), followed one by one.

    Each step is pyramidal Lucas-Kanade (Bouguet 2001) from frame to frame, and back again: a point that does
    not come back to where it began is lost (Kalal, Mikolajczyk & Matas, "Forward-backward error", 2010).
    What it looked like in the first frame is then searched for where the points around it went. A point
    weighs as much as its way back, its texture and the agreement with the points around it allow.
    """

    def __init__(self, first: Gray) -> None:
        """Choose the points of the first frame."""
        self.points = _start_points(first)
        self._first = first
        self._previous = first
        self._places = self.points.copy()
        self._alive = np.ones(len(self.points), np.bool_)
        self._confidence = np.ones(len(self.points), np.float32)
        self._texture = _texture(first, self.points)
        self._neighbours = Neighbours(self.points)
        self._next_revived = 0

    @property
    def weights(self) -> Weights:
        """Return (points,), how far each point can be trusted, 0 to 1, before its neighbours are asked."""
        return np.where(self._alive, self._confidence * self._texture, 0).astype(np.float32)

    def follow(self, frame: Gray) -> tuple[Points, Weights]:
        """Return each point's displacement since the first frame and its weight; call in order."""
        self._step(frame)
        around = self._neighbours.medians(self._places - self.points, self._alive)
        self._revive(frame, around)
        self._previous = frame
        offsets = self._places - self.points
        return offsets, self.weights * self._neighbours.agreement(offsets, around, self._alive)

    def _step(self, frame: Gray) -> None:
        alive = np.flatnonzero(self._alive)
        found = _follow(self._previous, frame, self._places[alive])
        ok = found.returns < _LARGEST_RETURN
        self._places[alive[ok]] = found.places[ok]
        self._alive[alive[~ok]] = False
        doubt = np.exp(-_DOUBT * (found.returns[ok] / _TYPICAL_RETURN) ** 2)
        self._confidence[alive[ok]] = np.minimum(1, self._confidence[alive[ok]] * doubt * _RECOVERY)

    def _revive(self, frame: Gray, around: Points) -> None:
        lost = np.flatnonzero(~self._alive)
        if not len(lost):
            return
        turn = np.arange(self._next_revived, self._next_revived + min(REVIVED_PER_FRAME, len(lost)))
        self._next_revived = int(turn[-1] + 1) % len(lost)
        tried = lost[turn % len(lost)]
        expected = self.points[tried] + around[tried]
        found = _follow(self._first, frame, self.points[tried], expected=expected)
        astray = np.linalg.norm(found.places - expected, axis=1)
        ok = (found.returns < _REVIVED_RETURN) & (astray < _REVIVED_DISTANCE * min(frame.shape))
        self._places[tried[ok]] = found.places[ok]
        self._alive[tried[ok]] = True
        self._confidence[tried[ok]] = _REVIVED_CONFIDENCE


def _start_points(first: Gray) -> Points:
    height, width = first.shape
    short = min(first.shape)
    step = max(2.0, short / GRID, float(np.sqrt(height * width / MOST_GRID_POINTS)))
    y, x = np.meshgrid(np.arange(step / 2, height, step), np.arange(step / 2, width, step), indexing="ij")
    grid = np.column_stack([x.ravel(), y.ravel()]).astype(np.int32)
    corners: Any = cv2.goodFeaturesToTrack(
        first, CORNERS, _CORNER_QUALITY, max(2.0, short * _CORNER_DISTANCE), useHarrisDetector=False
    )
    found = np.empty((0, 2), np.float32) if corners is None else np.asarray(corners).reshape(-1, 2)
    return np.concatenate([grid, found]).astype(np.float32)


def _texture(first: Gray, points: Points) -> Weights:
    """Return how well each point can be told from its surroundings: its least eigenvalue, 0.1 to 1."""
    strength = np.asarray(cv2.cornerMinEigenVal(cv2.GaussianBlur(first, (0, 0), 1), 7))
    x, y = np.clip(points.astype(np.int32), 0, np.array(first.shape[::-1]) - 1).T
    at_points = strength[y, x]
    usual = max(1e-9, float(np.median(at_points)))
    return np.clip(at_points / usual, _LEAST_TEXTURE, 1).astype(np.float32)


def _follow(start: Gray, end: Gray, places: Points, *, expected: Points | None = None) -> Found:
    """Follow places from one frame to another and back; what cannot be followed returns infinitely far."""
    if not len(places):
        return Found(places, np.empty(0, np.float32))
    there, seen = _lucas_kanade(start, end, places, expected)
    back, seen_back = _lucas_kanade(end, start, there, None if expected is None else places)
    inside = ((there >= 0) & (there < np.array(end.shape[::-1]))).all(axis=1)
    returns = np.linalg.norm(back - places, axis=1)
    return Found(there, np.where(seen & seen_back & inside, returns, np.inf).astype(np.float32))


def _lucas_kanade(
    start: Gray, end: Gray, places: Points, expected: Points | None
) -> tuple[Points, NDArray[np.bool_]]:
    side = max(9, round(min(start.shape) * _WINDOW) | 1)
    found, seen, _ = cv2.calcOpticalFlowPyrLK(
        start,
        end,
        places[:, None],
        places[:, None].copy() if expected is None else expected[:, None].astype(np.float32),
        winSize=(side, side),
        maxLevel=_LEVELS if expected is None else 1,
        criteria=_STEPS,
        flags=0 if expected is None else cv2.OPTFLOW_USE_INITIAL_FLOW,
    )
    return np.asarray(found, np.float32).reshape(-1, 2), np.asarray(seen).reshape(-1) == 1
