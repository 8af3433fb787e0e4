"""The edges of a mesh: each vertex is tied to its eight neighbours, some ties stiffer than others."""

from collections.abc import Sequence
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from rushes.engines.arrays import Gray
from rushes.engines.motion.mesh import Mesh, inside

DIRECTIONS: Final = ((0, 1), (1, 0), (1, 1), (1, -1))
"""The four families of edges: rows and columns from an edge's tail to its head."""

Stiffness = Sequence[NDArray[np.float64]]
"""For each direction, the weight of its edges, laid out as the tails are."""

_ALONG: Final = 1.0
_ACROSS: Final = 0.5

_Scalar = TypeVar("_Scalar", np.complex128, np.float64, np.intp)


def tails(grid: NDArray[_Scalar], direction: tuple[int, int]) -> NDArray[_Scalar]:
    """Return a view of the last two axes, (…, rows, columns), at the edges' first ends."""
    down, right = direction
    rows, columns = grid.shape[-2:]
    return grid[..., : rows - down, max(0, -right) : columns - max(0, right)]


def heads(grid: NDArray[_Scalar], direction: tuple[int, int]) -> NDArray[_Scalar]:
    """Return a view of the last two axes, (…, rows, columns), at the edges' second ends."""
    down, right = direction
    columns = grid.shape[-1]
    return grid[..., down:, max(0, right) : columns - max(0, -right)]


def vector(mesh: Mesh, direction: tuple[int, int]) -> complex:
    """Return the way from head to tail at rest."""
    down, right = direction
    return -mesh.step * complex(right, down)


def stiffness(mesh: Mesh, figure: Gray, *, within: float, outside: float) -> Stiffness:
    """Return the edges' weights: those whose middle is outside the figure are softer."""
    rest = mesh.rest()
    found: list[NDArray[np.float64]] = []
    for direction in DIRECTIONS:
        middles = (tails(rest, direction) + heads(rest, direction)) / 2
        weight = _ACROSS if all(direction) else _ALONG
        found.append(weight * np.where(inside(figure, middles), within, outside))
    return found
