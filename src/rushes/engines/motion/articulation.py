"""Softens a mesh where the figure has joints."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from rushes.engines.motion.edges import DIRECTIONS, Stiffness, heads, tails, vector
from rushes.engines.motion.mesh import Mesh, Vertices

YIELD: Final = 0.45
"""The strain at which an edge keeps half of its stiffness."""


def soften(stiffness: Stiffness, mesh: Mesh, predicted: Vertices) -> Stiffness:
    """Return the edges' weights, less where the predicted motion stretches or squeezes them.

    An edge that changes its length spans a joint or two layers; as a line process (Black & Rangarajan, "On
    the Unification of Line Processes, Outlier Rejection, and Robust Statistics", 1996) it gives way softly.

    Args:
        stiffness: The weights as the figure gives them.
        mesh: The mesh.
        predicted: (frames, rows, columns), the vertices' displacements in some frames.
    """
    softened: list[NDArray[np.float64]] = []
    for direction, weight in zip(DIRECTIONS, stiffness, strict=True):
        rest = vector(mesh, direction)
        moved = rest + tails(predicted, direction) - heads(predicted, direction)
        strain = np.abs(np.abs(moved) / abs(rest) - 1).max(axis=0, initial=0.0)
        softened.append(weight / (1 + (strain / YIELD) ** 2))
    return softened
