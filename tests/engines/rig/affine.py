"""Affine maps of the plane, as matrices (3, 3) that are multiplied onto columns (x, y, 1)."""

import math

import numpy as np
from numpy.typing import NDArray

Point = tuple[float, float]
Matrix = NDArray[np.float64]


def shift(x: float, y: float) -> Matrix:
    """Return a move by `x` and `y`."""
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], float)


def turn(degrees: float, pivot: Point) -> Matrix:
    """Return a turn about a point, clockwise where y goes downwards."""
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return _about(np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]]), pivot)


def stretch(x: float, y: float, pivot: Point) -> Matrix:
    """Return a stretch away from a point, by a factor along each axis."""
    return _about(np.diag([x, y, 1.0]), pivot)


def _about(matrix: Matrix, pivot: Point) -> Matrix:
    return shift(*pivot) @ matrix @ shift(-pivot[0], -pivot[1])
