"""Turns where the vertices are in a frame into that frame's picture."""

from dataclasses import replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.domain.options import MotionMode
from rushes.engines.arrays import Field, Gray, Picture
from rushes.engines.media.sizes import size_of
from rushes.engines.motion import lattice
from rushes.engines.motion.compose import Cutout, Sheet
from rushes.engines.motion.holes import fill
from rushes.engines.motion.lattice import Interpolation, Lattice
from rushes.engines.motion.mesh import Mesh, Places, Vertices
from rushes.engines.motion.plate import plate
from rushes.engines.motion.residual import Residual
from rushes.engines.motion.splat import Landed, Samples, splat
from rushes.engines.motion.tearing import Tears, find_tears

MARGIN: Final = 7
"""The side, in samples, of the square by which the figure is widened: its outline must not tear."""

_FIGURE_DEPTH: Final = 9.0
_MOTION_DEPTH: Final = 4.0
_BEHIND: Final = -5.0
"""Nearer is what belongs to the figure, and what moves more: an arm passes before the trunk."""

_OPAQUE: Final = 255
_TINY: Final = 1e-6


class Renderer:
    """One picture, ready to be drawn as a mesh bends it."""

    def __init__(
        self,
        picture: Picture,
        figure: Gray,
        *,
        mode: MotionMode,
        mesh: Mesh,
        handles: Places,
        motion: NDArray[np.float64],
    ) -> None:
        """Prepare what is the same for all frames.

        Args:
            picture: (height, width, 3), at rest.
            figure: (height, width), 0 to 255.
            mode: Whether the figure is cut out.
            mesh: The mesh at rest.
            handles: (handles,), the points tied to it, at rest.
            motion: (rows, columns), how far each vertex is expected to move.
        """
        size = size_of(picture)
        pitch = lattice.pitch_for(size)
        cells = lattice.within(mesh, pitch)
        mask = cells.sample(figure)
        self._rest = mesh.rest()
        self._interpolation = Interpolation(mesh, cells)
        self._residual = Residual(cells, handles, step=mesh.step)
        self._frame = lattice.over_frame(size, pitch)
        self._whole = mode is MotionMode.SHEET
        self._thrown = _thrown(mask, whole=self._whole)
        depth = _depth(mask, self._interpolation.values(motion))
        self._samples = _samples(cells, self._thrown, depth)
        self._layer = Sheet(picture) if self._whole else Cutout(picture, figure, plate(picture, figure))

    def draw(self, vertices: Vertices, rests: Places, weights: NDArray[np.float64]) -> Picture:
        """Return one frame, (height, width, 3).

        Args:
            vertices: (rows, columns), where the mesh is.
            rests: (handles,), how far each is still from where it should be.
            weights: (handles,), how much each counts.
        """
        field = self._interpolation.field(vertices - self._rest) + self._residual.field(rests, weights)
        moves = field.reshape(2, -1)[:, self._thrown]
        tears = self._tears(field)
        landed = splat(self._samples, moves, tears.presence, self._frame, whole=self._whole)
        return self._layer.draw(None if landed is None else _closed(landed, scale=tears.scale))

    def _tears(self, field: Field) -> Tears:
        if self._whole:
            return Tears(scale=1.0, presence=np.ones(self._thrown.size, np.float32))
        return find_tears(field, self._thrown, pitch=self._frame.pitch)


def _thrown(mask: Gray, *, whole: bool) -> NDArray[np.intp]:
    """Return which samples are thrown, as indices into the flattened lattice."""
    if whole:
        return np.arange(mask.size)
    return np.flatnonzero(cv2.dilate(mask, np.ones((MARGIN, MARGIN), np.uint8)))


def _depth(mask: Gray, motion: NDArray[np.float32]) -> NDArray[np.float32]:
    share = mask.astype(np.float32) / _OPAQUE
    moved = motion / (motion.max() + _TINY)
    return _BEHIND + _FIGURE_DEPTH * share + _MOTION_DEPTH * moved


def _closed(landed: Landed, *, scale: float) -> Landed:
    """Return what landed without holes; where the picture has grown, fewer samples cover it as well."""
    coverage = np.minimum(landed.coverage * np.float32(max(1.0, scale) ** 2), 1)
    return replace(landed, shift=fill(landed.shift, coverage), coverage=coverage)


def _samples(cells: Lattice, thrown: NDArray[np.intp], depth: NDArray[np.float32]) -> Samples:
    row, column = np.divmod(thrown, cells.columns)
    return Samples(
        x=(column + cells.left).astype(np.float32),
        y=(row + cells.top).astype(np.float32),
        strengths=np.exp(depth.ravel()[thrown]),
    )
