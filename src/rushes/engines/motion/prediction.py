"""Foretells roughly where the vertices will go, from the points around them, before anything is solved."""

# SciPy has no types, neither for its functions' results,
# pyright: reportUnknownVariableType=false
# nor for its classes' members.
# pyright: reportUnknownMemberType=false

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from rushes.engines.motion.mesh import Mesh, Places, Vertices

NEIGHBOURS: Final = 5

_TRUSTED: Final = 0.05


def predict(mesh: Mesh, places: Places, offsets: Places, weights: NDArray[np.float64]) -> Vertices:
    """Return each vertex's displacement: the median of the nearest trusted points'.

    Args:
        mesh: The mesh.
        places: (points,), where the points are at rest.
        offsets: (frames, points), how far each went.
        weights: (frames, points), how far each can be trusted.

    Returns:
        (frames, rows, columns); zero where no point can be trusted.
    """
    trusted = weights.mean(axis=0) > _TRUSTED
    if not trusted.any():
        return np.zeros((len(offsets), mesh.rows, mesh.columns), np.complex128)
    near = _nearest(places[trusted], mesh.rest().ravel())
    around = offsets[:, trusted][:, near]
    middle = np.median(around.real, axis=2) + 1j * np.median(around.imag, axis=2)
    return middle.reshape(-1, mesh.rows, mesh.columns)


def _nearest(places: Places, vertices: Places) -> NDArray[np.intp]:
    tree = KDTree(_pairs(places))
    _, near = tree.query(_pairs(vertices), k=min(NEIGHBOURS, places.size))
    return np.asarray(near, np.intp).reshape(vertices.size, -1)


def _pairs(places: Places) -> NDArray[np.float64]:
    return np.stack([places.real, places.imag], axis=1)
