"""Fills in what is not known from what is known around it."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float32]

_TOP: Final = 4
"""The short side of the coarsest level, in cells."""

_SURE: Final = 1 / 3
"""The certainty from which on a value stands for itself."""

_TINY: Final = 1e-6


def fill(values: Values, certainty: NDArray[np.float32]) -> Values:
    """Return values with the gaps closed smoothly, by push and pull over a pyramid.

    Gortler, Grzeszczuk, Szeliski & Cohen, "The Lumigraph", 1996.

    Args:
        values: (rows, columns, channels).
        certainty: (rows, columns), 0: not known, 1: certain.
    """
    levels = [np.concatenate([certainty[..., None], values * certainty[..., None]], axis=2)]
    while min(levels[-1].shape[:2]) > _TOP:
        levels.append(_halved(levels[-1]))
    filled = _means(levels.pop())
    for level in reversed(levels):
        sure = np.minimum(level[..., :1] / _SURE, 1)
        filled = _doubled(filled, level)
        filled += (_means(level) - filled) * sure
    return filled


def _halved(level: Values) -> Values:
    rows, columns = level.shape[:2]
    small = cv2.resize(level, ((columns + 1) // 2, (rows + 1) // 2), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32)


def _means(level: Values) -> Values:
    return np.asarray(level[..., 1:] / np.maximum(level[..., :1], _TINY), np.float32)


def _doubled(filled: Values, level: Values) -> Values:
    rows, columns = level.shape[:2]
    large = cv2.resize(filled, (columns, rows), interpolation=cv2.INTER_LINEAR)
    return np.asarray(large, np.float32).reshape(rows, columns, -1)
