"""A coarse raster of the picture, on which displacements are worked out before pixels are fetched."""

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.engines.arrays import Field, Gray
from rushes.engines.media.sizes import Size
from rushes.engines.motion.mesh import Mesh, Places, Vertices

LINES: Final = 240
"""About how many samples there are along the picture's short side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lattice:
    """Square cells of `pitch` pixels, each sampled in its middle; (0, 0) begins at the picture's corner.

    `left` and `top` number the first column and row; they are below zero where it reaches beyond the picture.
    """

    pitch: int
    left: int
    top: int
    columns: int
    rows: int

    def xs(self) -> NDArray[np.float64]:
        """Return the columns' places, in pixels of the picture, counted from pixel centres."""
        return (np.arange(self.left, self.left + self.columns, dtype=np.float64) + 0.5) * self.pitch - 0.5

    def ys(self) -> NDArray[np.float64]:
        """Return the rows' places, in pixels of the picture, counted from pixel centres."""
        return (np.arange(self.top, self.top + self.rows, dtype=np.float64) + 0.5) * self.pitch - 0.5

    def cells(self, places: Places) -> NDArray[np.intp]:
        """Return in which cell each place is, as an index into the flattened lattice; its nearest if none."""
        x = np.clip(np.floor((places.real + 0.5) / self.pitch) - self.left, 0, self.columns - 1)
        y = np.clip(np.floor((places.imag + 0.5) / self.pitch) - self.top, 0, self.rows - 1)
        return (y * self.columns + x).astype(np.intp)

    def sample(self, picture: Gray) -> Gray:
        """Return the mean of each cell; beyond the picture's edges, what is at the edges."""
        size = (self.columns * self.pitch, self.rows * self.pitch)
        shift = np.array([[1, 0, self.left * self.pitch], [0, 1, self.top * self.pitch]], np.float64)
        # By nearest pixel: it only shifts by whole ones.
        flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
        window = cv2.warpAffine(picture, shift, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
        small = cv2.resize(window, (self.columns, self.rows), interpolation=cv2.INTER_AREA)
        return np.asarray(small, np.uint8)


def pitch_for(size: Size) -> int:
    """Return how many pixels a cell measures for an output of a size."""
    return max(1, round(min(size.width, size.height) / LINES))


def over_frame(size: Size, pitch: int) -> Lattice:
    """Return the lattice that covers a picture."""
    columns, rows = math.ceil(size.width / pitch), math.ceil(size.height / pitch)
    return Lattice(pitch=pitch, left=0, top=0, columns=columns, rows=rows)


def within(mesh: Mesh, pitch: int) -> Lattice:
    """Return the lattice of all samples that lie on a mesh at rest."""
    first = (mesh.origin + complex(0.5, 0.5)) / pitch - complex(0.5, 0.5)
    span = complex(mesh.columns - 1, mesh.rows - 1) * mesh.step / pitch
    left, top = math.ceil(first.real), math.ceil(first.imag)
    return Lattice(
        pitch=pitch,
        left=left,
        top=top,
        columns=math.floor((first + span).real) - left + 1,
        rows=math.floor((first + span).imag) - top + 1,
    )


class Interpolation:
    """Brings what is known at a mesh's vertices to a lattice's samples, bilinearly."""

    def __init__(self, mesh: Mesh, lattice: Lattice) -> None:
        """Take a mesh at rest and a lattice; beyond the mesh its edge goes on."""
        self._across = _hats((lattice.xs() - mesh.origin.real) / mesh.step, mesh.columns)
        self._down = _hats((lattice.ys() - mesh.origin.imag) / mesh.step, mesh.rows)

    def field(self, displacements: Vertices) -> Field:
        """Return the displacements at the samples, (2, rows, columns), x then y."""
        parts = np.stack([displacements.real, displacements.imag]).astype(np.float32)
        return np.asarray(self._down @ parts @ self._across.T, np.float32)

    def values(self, values: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return numbers of the vertices at the samples, (rows, columns)."""
        return np.asarray(self._down @ values.astype(np.float32) @ self._across.T, np.float32)


def _hats(places: NDArray[np.float64], count: int) -> NDArray[np.float32]:
    """Return how much each of `count` vertices in a row counts at each place: (places, count)."""
    clipped = np.clip(places, 0, count - 1)[:, None]
    return np.maximum(0, 1 - np.abs(clipped - np.arange(count))).astype(np.float32)
