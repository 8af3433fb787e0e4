"""Bends a mesh after the points tied to it, each part turning but keeping its shape."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rushes.engines.motion.banded import Factors
from rushes.engines.motion.binding import CORNERS, Binding
from rushes.engines.motion.edges import DIRECTIONS, Stiffness, heads, tails, vector
from rushes.engines.motion.mesh import Mesh, Places, Vertices

REWEIGHTINGS: Final = 2
"""How often the equations are set up for a frame; between them only the right sides change."""

INERTIA: Final = 0.002
"""How strongly a vertex keeps its place of the frame before: what nothing else holds stays."""

ENOUGH: Final = 0.02
"""The largest step, in pixels, at which the shape counts as found."""

_TINY: Final = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class SolverSettings:
    """How the solver works: most steps a frame, and from how many pixels on a point counts as astray."""

    steps: int
    astray: float


class Solver:
    """As-rigid-as-possible deformation of one mesh, frame by frame.

    Local steps find each vertex's turn, global steps solve for the places (Sorkine & Alexa, "As-Rigid-As-
    Possible Surface Modeling", 2007; Igarashi, Moscovich & Hughes, "As-Rigid-As-Possible Shape Manipulation",
    2005). Points far from where the mesh can bring them count less (Huber, "Robust Estimation of a Location
    Parameter", 1964). The grid's equations are banded, and few enough to be set up anew for each frame.
    """

    def __init__(
        self,
        mesh: Mesh,
        binding: Binding,
        *,
        stiffness: Stiffness,
        anchors: NDArray[np.float64],
        settings: SolverSettings,
    ) -> None:
        """Take the mesh, its points and its edges; `anchors`, (rows, columns), hold vertices at rest."""
        self._mesh, self._binding, self._settings = mesh, binding, settings
        self._stiffness = stiffness
        self._anchors = anchors
        self._rest = mesh.rest()
        self._numbers = _numbers(mesh)
        self._along_rows = mesh.columns <= mesh.rows
        self._bands = self._bands_of_edges()
        self._pairs, self._products = self._pairs_of_corners()

    def solve(self, targets: Places, weights: NDArray[np.float64], *, start: Vertices) -> Vertices:
        """Return where the vertices go when the points are drawn to their targets.

        Args:
            targets: (points,), where the points should be.
            weights: (points,), how much each counts, 0 or more.
            start: The vertices of the frame before.
        """
        vertices = start
        held = INERTIA * start + self._anchors * self._rest
        for _ in range(REWEIGHTINGS):
            distances = np.abs(self._binding.places(vertices) - targets)
            robust = weights / np.maximum(1, distances / self._settings.astray)
            factors = self._factors(robust)
            pull = held + self._binding.gather(robust * targets)
            for _ in range(max(1, self._settings.steps // REWEIGHTINGS)):
                moved = self._solved(factors, pull + self._rigid(vertices))
                step = float(np.abs(moved - vertices).max())
                vertices = moved
                if step < ENOUGH:
                    break
        return vertices

    def _rigid(self, vertices: Vertices) -> Vertices:
        """Return what the edges ask for: each as at rest, turned as its two ends are."""
        turns = self._turns(vertices)
        asked = np.zeros_like(vertices)
        for direction, weight in zip(DIRECTIONS, self._stiffness, strict=True):
            edge = (tails(turns, direction) + heads(turns, direction)) * weight
            edge *= vector(self._mesh, direction) / 2
            tails(asked, direction)[...] += edge
            heads(asked, direction)[...] -= edge
        return asked

    def _turns(self, vertices: Vertices) -> Vertices:
        """Return each vertex's rotation that brings its edges at rest nearest to what they are now."""
        sums = np.zeros_like(vertices)
        for direction, weight in zip(DIRECTIONS, self._stiffness, strict=True):
            edge = tails(vertices, direction) - heads(vertices, direction)
            edge *= weight * vector(self._mesh, direction).conjugate()
            tails(sums, direction)[...] += edge
            heads(sums, direction)[...] += edge
        return sums / np.maximum(np.abs(sums), _TINY)

    def _factors(self, weights: NDArray[np.float64]) -> Factors:
        data = (self._products * weights[:, None]).ravel()
        bands = self._bands + np.bincount(self._pairs.ravel(), data, self._bands.size)
        return Factors(bands.reshape(-1, self._numbers.size))

    def _solved(self, factors: Factors, right: Vertices) -> Vertices:
        ordered = np.ascontiguousarray(right if self._along_rows else right.T).ravel()
        solution = factors.solve(ordered.view(np.float64).reshape(-1, 2))
        places = np.ascontiguousarray(solution).view(np.complex128).ravel()
        rows, columns = right.shape
        return places.reshape(rows, columns) if self._along_rows else places.reshape(columns, rows).T

    def _bands_of_edges(self) -> NDArray[np.float64]:
        """Return the flattened lower bands of what does not change from frame to frame."""
        count = self._numbers.size
        short = min(self._mesh.rows, self._mesh.columns)
        bands = np.zeros((short + 2) * count)
        diagonal = INERTIA + self._anchors
        for direction, weight in zip(DIRECTIONS, self._stiffness, strict=True):
            tails(diagonal, direction)[...] += weight
            heads(diagonal, direction)[...] += weight
            first, second = tails(self._numbers, direction), heads(self._numbers, direction)
            bands[_band_entry(first, second, count)] -= weight
        bands[self._numbers] += diagonal
        return bands

    def _pairs_of_corners(self) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Return, for each point, which entries its weight goes into, and the factors: both (points, 10)."""
        one, other = np.tril_indices(CORNERS)
        numbers = self._numbers.ravel()[self._binding.corners]
        pairs = _band_entry(numbers[:, one], numbers[:, other], self._numbers.size)
        return pairs, self._binding.shares[:, one] * self._binding.shares[:, other]


def _numbers(mesh: Mesh) -> NDArray[np.intp]:
    """Return each vertex's place among the unknowns, counted along the shorter side: few bands then do."""
    count = mesh.rows * mesh.columns
    if mesh.columns <= mesh.rows:
        return np.arange(count).reshape(mesh.rows, mesh.columns)
    return np.ascontiguousarray(np.arange(count).reshape(mesh.columns, mesh.rows).T)


def _band_entry(first: NDArray[np.intp], second: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    return np.abs(first - second) * count + np.minimum(first, second)
