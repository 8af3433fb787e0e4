"""A grid of vertices over the figure or over the whole picture.

The plane's points are complex numbers, x + iy in pixels of the output: a turn is then a product.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rushes.engines.arrays import Gray
from rushes.engines.media.sizes import Size, size_of

HALF: Final = 127
"""What is above it in a mask of 0 to 255 is inside."""

Places = NDArray[np.complex128]
"""Points or displacements of the plane, x + iy, in pixels of the output."""

Vertices = NDArray[np.complex128]
"""Where a mesh's vertices are, or how far they went: (rows, columns), x + iy, in pixels of the output."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mesh:
    """A grid at rest: its first vertex, the pixels from one to the next, and how many there are."""

    origin: complex
    step: float
    rows: int
    columns: int

    def rest(self) -> Vertices:
        """Return where the vertices are at rest."""
        y, x = np.mgrid[0 : self.rows, 0 : self.columns].astype(np.float64)
        return self.origin + self.step * (x + 1j * y)


def over_frame(size: Size, step: float) -> Mesh:
    """Return a mesh that covers a picture and has vertices on its upper and left edges."""
    return _between(0j, complex(size.width - 1, size.height - 1), step)


def over_figure(figure: Gray, step: float, *, beyond: float) -> Mesh:
    """Return a mesh that covers the figure, of (height, width), and two cells around it.

    Where the figure is cut by the picture's edge it goes on unseen: there the mesh reaches `beyond` pixels.

    Raises:
        ValueError: The figure is empty.
    """
    solid = figure > HALF
    ys, xs = np.flatnonzero(solid.any(axis=1)), np.flatnonzero(solid.any(axis=0))
    if not ys.size:
        raise ValueError("The figure is empty.")
    left, right = _widened(int(xs[0]), int(xs[-1]), figure.shape[1], around=2 * step, beyond=beyond)
    top, bottom = _widened(int(ys[0]), int(ys[-1]), figure.shape[0], around=2 * step, beyond=beyond)
    return _between(complex(left, top), complex(right, bottom), step)


def inside(figure: Gray, places: Places) -> NDArray[np.bool_]:
    """Tell which places are in a figure, 0 to 255, as it goes on beyond the picture's edges."""
    size = size_of(figure)
    x = np.clip(np.rint(places.real), 0, size.width - 1).astype(np.intp)
    y = np.clip(np.rint(places.imag), 0, size.height - 1).astype(np.intp)
    return figure[y, x] > HALF


def _widened(first: int, last: int, side: int, *, around: float, beyond: float) -> tuple[float, float]:
    return (
        first - (around if first else max(around, beyond)),
        last + (around if last < side - 1 else max(around, beyond)),
    )


def _between(first: complex, last: complex, step: float) -> Mesh:
    span = last - first
    return Mesh(
        origin=first,
        step=step,
        rows=max(1, math.ceil(span.imag / step)) + 1,
        columns=max(1, math.ceil(span.real / step)) + 1,
    )
