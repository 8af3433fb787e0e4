"""How points hang on a mesh: each is a mean of its cell's four corners."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from rushes.engines.motion.mesh import Mesh, Places, Vertices

CORNERS: Final = 4


class Binding:
    """Points tied to the vertices around them, bilinearly; those outside the mesh are left out.

    Attributes:
        kept: (given points,), whether each lies on the mesh; the other arrays hold only those.
        corners: (points, 4), the vertices of each point's cell, as indices into the flattened grid.
        shares: (points, 4), how much each corner counts; they add up to 1.
    """

    def __init__(self, mesh: Mesh, places: Places) -> None:
        """Tie places, as they are at rest, to a mesh."""
        self._shape = mesh.rows, mesh.columns
        on_grid = (places - mesh.origin) / mesh.step
        x, y = on_grid.real, on_grid.imag
        self.kept = (x >= 0) & (y >= 0) & (x <= mesh.columns - 1) & (y <= mesh.rows - 1)
        x, y = x[self.kept], y[self.kept]
        column = np.minimum(x.astype(np.intp), mesh.columns - 2)
        row = np.minimum(y.astype(np.intp), mesh.rows - 2)
        first = row * mesh.columns + column
        self.corners = first[:, None] + np.array([0, 1, mesh.columns, mesh.columns + 1])
        right, down = x - column, y - row
        self.shares: NDArray[np.float64] = np.stack(
            [(1 - right) * (1 - down), right * (1 - down), (1 - right) * down, right * down], axis=1
        )

    def places(self, vertices: Vertices) -> Places:
        """Return where the points are when the vertices are there."""
        return np.einsum("pc,pc->p", self.shares, vertices.ravel()[self.corners])

    def gather(self, values: Places) -> Vertices:
        """Return what each vertex gets when every point shares out its value: the transposed map."""
        shared = (self.shares * values[:, None]).ravel()
        corners, count = self.corners.ravel(), self._shape[0] * self._shape[1]
        real = np.bincount(corners, shared.real, count)
        return (real + 1j * np.bincount(corners, shared.imag, count)).reshape(self._shape)
