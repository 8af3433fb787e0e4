"""What the mesh is too coarse or too stiff for: the rest of the points' motion, spread around them."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.engines.arrays import Field
from rushes.engines.motion.lattice import Lattice
from rushes.engines.motion.mesh import Places

REACH: Final = 0.45
"""How far a point's rest is spread (σ of a Gaussian), in steps of the mesh."""

LARGEST: Final = 0.6
"""From how many steps on a rest is taken for an error."""

_CALM: Final = 0.15
"""How much motion counts for none, as a share of the densest place's weight."""

_TINY: Final = 1e-6


class Residual:
    """The fine field of one set of points: a weighted mean around each place, which fades where none are.

    Normalised convolution (Knutsson & Westin, "Normalized and Differential Convolution", 1993).
    """

    def __init__(self, lattice: Lattice, places: Places, *, step: float) -> None:
        """Take the points at rest and the pixels between the mesh's vertices."""
        self._cells = lattice.cells(places)
        self._shape = lattice.rows, lattice.columns
        self._sigma = max(0.5, REACH * step / lattice.pitch)
        self._largest = LARGEST * step

    def field(self, rests: Places, weights: NDArray[np.float64]) -> Field:
        """Return displacements, (2, rows, columns), in pixels of the output.

        Args:
            rests: (points,), from where the mesh has brought each point to where it should be.
            weights: (points,), how far each can be trusted.
        """
        counted = weights * (np.abs(rests) < self._largest)
        sums = np.stack([self._sum(counted * part) for part in (1, rests.real, rests.imag)], axis=2)
        spread = np.asarray(cv2.GaussianBlur(sums, (0, 0), self._sigma), np.float32)
        total = spread[..., 0]
        return spread[..., 1:].transpose(2, 0, 1) / (total + _CALM * total.max() + _TINY)

    def _sum(self, values: NDArray[np.float64]) -> NDArray[np.float32]:
        size = self._shape[0] * self._shape[1]
        return np.bincount(self._cells, values, size).reshape(self._shape).astype(np.float32)
