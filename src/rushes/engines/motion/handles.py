"""Where the driver's tracks take hold of the reference, and where they draw it."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from rushes.domain.options import MotionMode
from rushes.engines.motion.analysis import Analysis, Points
from rushes.engines.motion.mesh import HALF, Places, inside

LEAST_FIGURE: Final = 0.002
"""The share of the picture from which on a figure is worth being cut out."""

LEAST_HANDLES: Final = 3

SHEET_BACKGROUND: Final = 0.25
SHEET_MIXED: Final = 0.01
CUTOUT_MIXED: Final = 0.05
"""How much a track counts that is in the figure of one picture only, or of none."""


class Handles:
    """The tracks that count, laid on the reference.

    Attributes:
        rest: (handles,), where they are in the reference.
        on_figure: (handles,), whether each is a point of the driver's figure.
    """

    def __init__(self, analysis: Analysis, *, mode: MotionMode, gain: float) -> None:
        """Choose the tracks of a mode; `gain` is how many times as far as in the driver they draw."""
        self._tracks = analysis.tracks
        placement = analysis.placement
        places = placement.scale * _places(self._tracks.points) + complex(*placement.shift)
        moving = inside(analysis.motion_figure, _places(self._tracks.points))
        figure = inside(analysis.reference_figure, places)
        trust = _trust(moving=moving, figure=figure, mode=mode)
        self._chosen = np.flatnonzero(trust)
        self._trust = trust[self._chosen]
        self._gain = placement.scale * gain
        self.rest: Places = places[self._chosen]
        self.on_figure = moving[self._chosen]

    def __len__(self) -> int:
        """Return how many there are."""
        return self._chosen.size

    @property
    def frames(self) -> int:
        """Return for how many frames they are known."""
        return len(self._tracks.offsets)

    def keep(self, kept: NDArray[np.bool_]) -> None:
        """Go on with some of them only."""
        self._chosen, self._trust = self._chosen[kept], self._trust[kept]
        self.rest, self.on_figure = self.rest[kept], self.on_figure[kept]

    def offsets(self, frame: int) -> Places:
        """Return how far a frame draws each, (handles,)."""
        return self._gain * _places(self._tracks.offsets[frame][self._chosen])

    def weights(self, frame: int) -> NDArray[np.float64]:
        """Return how much each counts in a frame, (handles,), 0 to 1."""
        return self._tracks.weights[frame][self._chosen] * self._trust


def can_be_cut_out(analysis: Analysis) -> bool:
    """Tell whether there is a figure in both pictures, and some track on it."""
    found = float((analysis.reference_figure > HALF).mean()) >= LEAST_FIGURE
    return found and len(Handles(analysis, mode=MotionMode.CUTOUT, gain=1.0)) >= LEAST_HANDLES


def _places(points: Points) -> Places:
    pairs = np.ascontiguousarray(points, np.float64)
    return pairs.view(np.complex128)[:, 0]


def _trust(*, moving: NDArray[np.bool_], figure: NDArray[np.bool_], mode: MotionMode) -> NDArray[np.float64]:
    """Return how much each track counts, by whether it is in the driver's figure and in the reference's."""
    match mode:
        case MotionMode.CUTOUT:
            return np.where(moving, np.where(figure, 1.0, CUTOUT_MIXED), 0.0)
        case MotionMode.SHEET:
            same = np.where(moving, 1.0, SHEET_BACKGROUND)
            return np.where(moving == figure, same, SHEET_MIXED)
