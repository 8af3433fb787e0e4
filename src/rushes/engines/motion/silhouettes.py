"""What the outlines of two figures say of how one lies on the other."""

from itertools import product
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.engines.arrays import Gray
from rushes.engines.motion.faces import Face

SHORT_SIDE: Final = 120
"""The size at which outlines are compared."""

MOST_SCALING, MOST_SHIFT = 0.15, 0.06
"""How far fitting may go from where it began: a share of the scale, and of the reference's short side."""

_HALVINGS: Final = 4
_SOLID: Final = 127
_EDGE: Final = 1.0
_NECK_FROM, _NECK_TO = 0.08, 0.75
_NECK_NARROWER, _SHOULDERS_WIDER, _SHOULDERS_WITHIN = 0.85, 1.25, 0.25


class Laid(NamedTuple):
    """Takes pixel p to `scale * p + (x, y)`."""

    scale: float
    x: float
    y: float


def head_of(figure: Gray) -> Face | None:
    """Return the box of a figure's head; `None` where nothing narrows as a neck does above shoulders."""
    solid = figure > _SOLID
    rows = np.flatnonzero(solid.any(axis=1))
    if not len(rows):
        return None
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    neck = _neck(_smoothed(solid[top:bottom].sum(axis=1), figure.shape[0]))
    if not neck:
        return None
    columns = np.flatnonzero(_largest_piece(solid[top : top + neck]).sum(axis=0) > 0.25 * neck)
    if not len(columns):
        return None
    return Face(float(columns[0]), float(top), float(columns[-1] - columns[0] + 1), float(neck))


def extent_of(figure: Gray) -> Face:
    """Return the box of a figure but for its thinnest ends; of an empty one that of the picture."""
    y, x = np.nonzero(figure > _SOLID)
    if not len(x):
        return Face(0.0, 0.0, float(figure.shape[1]), float(figure.shape[0]))
    left, right = np.percentile(x, (_EDGE, 100 - _EDGE))
    top, bottom = np.percentile(y, (_EDGE, 100 - _EDGE))
    return Face(float(left), float(top), max(1.0, float(right - left)), max(1.0, float(bottom - top)))


def fit(driver: Gray, reference: Gray, start: Laid) -> Laid:
    """Return how the driver's figure covers the reference's best, near to `start`.

    What is compared is their overlap over their union; the driver's figure goes on beyond its frame as it
    was cut by it. A coordinate search whose steps are halved.
    """
    small = min(1.0, SHORT_SIDE / min(reference.shape))
    goal = cv2.resize(reference, None, fx=small, fy=small, interpolation=cv2.INTER_AREA) > _SOLID
    limits = np.array([MOST_SCALING, *(2 * [MOST_SHIFT * min(reference.shape)])])
    middle = extent_of(driver).middle
    best, change, steps = _overlap(driver, goal, start, small), np.zeros(3), limits / 2
    directions = [np.array(signs) for signs in product((-1, 0, 1), repeat=3) if any(signs)]
    for _ in range(_HALVINGS):
        found = True
        while found:
            found = False
            for direction in directions:
                trial = np.clip(change + direction * steps, -limits, limits)
                overlap = _overlap(driver, goal, _changed(start, middle, trial), small)
                if overlap > best:
                    best, change, found = overlap, trial, True
        steps = steps / 2
    return _changed(start, middle, change)


def _changed(start: Laid, middle: tuple[float, float], change: NDArray[np.float64]) -> Laid:
    """Return `start` made larger about a place of the driver, and shifted."""
    x, y = middle
    scale = start.scale * (1 + float(change[0]))
    larger = start.scale - scale
    return Laid(scale, start.x + larger * x + float(change[1]), start.y + larger * y + float(change[2]))


def _overlap(driver: Gray, goal: NDArray[np.bool_], laid: Laid, small: float) -> float:
    onto = np.array([[laid.scale, 0, laid.x], [0, laid.scale, laid.y]]) * small
    size = (goal.shape[1], goal.shape[0])
    there = cv2.warpAffine(driver, onto, size, flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE) > 0
    return float((there & goal).sum()) / max(1.0, float((there | goal).sum()))


def _smoothed(widths: NDArray[np.int_], height: int) -> NDArray[np.float64]:
    side = max(3, height // 60) | 1
    padded = np.pad(widths.astype(np.float64), side // 2, mode="edge")
    return np.convolve(padded, np.ones(side) / side, "valid")


def _neck(widths: NDArray[np.float64]) -> int | None:
    """Return the row of a figure at which it is narrowest between a head and wider shoulders."""
    best: tuple[float, int] | None = None
    for row in range(max(1, int(_NECK_FROM * len(widths))), int(_NECK_TO * len(widths))):
        below = widths[row : row + max(1, int(_SHOULDERS_WITHIN * len(widths)))]
        head, shoulders = float(widths[:row].max()), float(below.max())
        if widths[row] < _NECK_NARROWER * head and shoulders > _SHOULDERS_WIDER * widths[row]:
            narrowness = float(widths[row]) / min(head, shoulders)
            best = min(best, (narrowness, row)) if best else (narrowness, row)
    return best[1] if best else None


def _largest_piece(solid: NDArray[np.bool_]) -> NDArray[np.bool_]:
    _, pieces, statistics, _ = cv2.connectedComponentsWithStats(solid.astype(np.uint8))
    areas = statistics[:, cv2.CC_STAT_AREA].copy()
    areas[0] = 0
    return np.asarray(pieces) == int(np.argmax(areas))
