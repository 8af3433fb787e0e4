"""Draws the output's frames, one after another, from what the analysis found."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rushes.domain.options import MotionMode
from rushes.engines.arrays import Gray, Picture
from rushes.engines.media.sizes import Size, size_of
from rushes.engines.motion import arap, edges, mesh
from rushes.engines.motion.analysis import Analysis
from rushes.engines.motion.articulation import soften
from rushes.engines.motion.binding import Binding
from rushes.engines.motion.handles import Handles
from rushes.engines.motion.mesh import Mesh, Vertices
from rushes.engines.motion.prediction import predict
from rushes.engines.motion.renderer import Renderer
from rushes.engines.motion.smoothing import smooth

STIFFNESS: Final = 0.15
"""An edge's weight where a track that is trusted fully has 1."""

OUTSIDE_SHARE: Final = {MotionMode.SHEET: 0.15, MotionMode.CUTOUT: 0.02}
"""What part of its stiffness an edge keeps outside the figure."""

ASTRAY: Final = 0.012
"""From where on a track counts as astray, as a share of the short side."""

BEYOND: Final = 1 / 12
"""How far a figure that the picture's edge cuts is thought to go on, as a share of the short side."""

KEY_FRAMES: Final = 18
"""How many frames are looked at before the first is solved."""

PIN: Final = 2.0
"""How firmly a sheet's frame is held."""

USUAL_STEPS: Final = 20
USUAL_CELLS: Final = 40
"""Cells along the short side for the usual steps; they grow with the fourth root of the steps."""

LEAST_CELL: Final = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SynthesisSettings:
    """What a person may choose: what is moved, how finely, and how strongly."""

    mode: MotionMode
    steps: int
    gain: float


class Synthesis:
    """The reference moved as the driver moves; holds a few frames at once."""

    def __init__(self, picture: Picture, analysis: Analysis, settings: SynthesisSettings) -> None:
        """Prepare what is the same for all frames; `picture` is of the output's size.

        Raises:
            ValueError: The figure is to be cut out, and there is none.
        """
        figure, mode = analysis.reference_figure, settings.mode
        size = size_of(picture)
        short = min(size.width, size.height)
        self._handles = Handles(analysis, mode=mode, gain=settings.gain)
        self._mesh = _mesh(figure, mode=mode, step=cell(size, settings.steps))
        self._binding = Binding(self._mesh, self._handles.rest)
        self._handles.keep(self._binding.kept)
        predicted = _predicted(self._mesh, self._handles, figure)
        self._solver = arap.Solver(
            self._mesh,
            self._binding,
            stiffness=soften(_stiffness(self._mesh, figure, mode), self._mesh, predicted),
            anchors=_anchors(self._mesh, figure, mode),
            settings=arap.SolverSettings(steps=settings.steps, astray=ASTRAY * short),
        )
        self._renderer = Renderer(
            picture,
            figure,
            mode=mode,
            mesh=self._mesh,
            handles=self._handles.rest,
            motion=np.abs(predicted).mean(axis=0),
        )

    def pictures(self) -> Iterator[Picture]:
        """Yield the frames, (height, width, 3) each."""
        for frame, vertices in enumerate(smooth(self._solved())):
            rests = self._targets(frame) - self._binding.places(vertices)
            yield self._renderer.draw(vertices, rests, self._handles.weights(frame))

    def _solved(self) -> Iterator[Vertices]:
        vertices = self._mesh.rest()
        for frame in range(self._handles.frames):
            vertices = self._solver.solve(self._targets(frame), self._handles.weights(frame), start=vertices)
            yield vertices

    def _targets(self, frame: int) -> mesh.Places:
        return self._handles.rest + self._handles.offsets(frame)


def cell(size: Size, steps: int) -> float:
    """Return the pixels between two vertices."""
    cells = USUAL_CELLS * (steps / USUAL_STEPS) ** 0.25
    return max(LEAST_CELL, min(size.width, size.height) / cells)


def _mesh(figure: Gray, *, mode: MotionMode, step: float) -> Mesh:
    size = size_of(figure)
    if mode is MotionMode.SHEET:
        return mesh.over_frame(size, step)
    return mesh.over_figure(figure, step, beyond=BEYOND * min(size.width, size.height))


def _stiffness(grid: Mesh, figure: Gray, mode: MotionMode) -> edges.Stiffness:
    return edges.stiffness(grid, figure, within=STIFFNESS, outside=STIFFNESS * OUTSIDE_SHARE[mode])


def _anchors(grid: Mesh, figure: Gray, mode: MotionMode) -> NDArray[np.float64]:
    """Return how firmly each vertex is held at rest: a sheet's frame is, but not where the figure is cut."""
    held = np.zeros((grid.rows, grid.columns), np.float64)
    if mode is MotionMode.SHEET:
        held[[0, -1], :] = held[:, [0, -1]] = PIN
        held[mesh.inside(figure, grid.rest())] = 0
    return held


def _predicted(grid: Mesh, handles: Handles, figure: Gray) -> Vertices:
    """Return the vertices' displacements in some frames, (frames, rows, columns), roughly.

    The figure's vertices are foretold by its own handles alone: background nearby must not hold hair back.
    """
    keys = np.unique(np.linspace(0, handles.frames - 1, KEY_FRAMES).astype(int))
    offsets = np.stack([handles.offsets(int(frame)) for frame in keys])
    weights = np.stack([handles.weights(int(frame)) for frame in keys])
    own = handles.on_figure
    of_figure = predict(grid, handles.rest[own], offsets[:, own], weights[:, own])
    if own.all():
        return of_figure
    others = predict(grid, handles.rest[~own], offsets[:, ~own], weights[:, ~own])
    return np.where(mesh.inside(figure, grid.rest()), of_figure, others)
