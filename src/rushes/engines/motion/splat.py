"""Throws samples of the picture at rest to where they move, and finds for each place where it came from."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rushes.engines.arrays import Field
from rushes.engines.motion.lattice import Lattice

_TINY: Final = 1e-12

Numbers = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """What is thrown: places at rest, and how strongly each covers others (the exponential of its depth).

    `x` and `y` are (samples,), in cells of the frame's lattice; `strengths` are above 0.
    """

    x: Numbers
    y: Numbers
    strengths: Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Landed:
    """A part of the frame's lattice on which samples have landed.

    Attributes:
        area: Its cells; it may reach one cell beyond the frame.
        shift: (rows, columns, 2), x then y, how far what is there has come, in the samples' units.
        coverage: (rows, columns), 0: nothing landed, 1: as dense as at rest.
    """

    area: Lattice
    shift: Field
    coverage: Numbers


def splat(
    samples: Samples, moves: Numbers, presence: Numbers, frame: Lattice, *, whole: bool
) -> Landed | None:
    """Let samples land on the four cells around, where the nearer ones win.

    Softmax splatting (Niklaus & Liu, "Softmax Splatting for Video Frame Interpolation", 2020). Averaged is
    the displacement, not the place, so that a figure's rim is not drawn inwards.

    Args:
        samples: What is thrown.
        moves: (2, samples), x then y, how far, in pixels of the output.
        presence: (samples,), how much each covers, 1 as usual.
        frame: The frame's lattice.
        whole: Whether the area must cover the frame, or only what was hit.

    Returns:
        `None` when all has left the frame.
    """
    x, y = samples.x + moves[0] / frame.pitch, samples.y + moves[1] / frame.pitch
    hits = np.flatnonzero((x > -1) & (x < frame.columns) & (y > -1) & (y < frame.rows))
    if not hits.size:
        return None
    x, y = x[hits], y[hits]
    column, row = np.floor(x).astype(np.intp), np.floor(y).astype(np.intp)
    area = _whole(frame) if whole else _around(frame, column, row)
    values = np.stack([samples.strengths[hits], presence[hits], *moves[:, hits]])
    sums = _sums(area, column, row, _shares(x - column, y - row), values)
    weight = np.maximum(sums[0], _TINY)
    shift = np.stack([sums[1] / weight, sums[2] / weight], axis=2).astype(np.float32)
    coverage = sums[3].astype(np.float32)
    return Landed(area=area, shift=shift, coverage=coverage)


def _whole(frame: Lattice) -> Lattice:
    return Lattice(pitch=frame.pitch, left=-1, top=-1, columns=frame.columns + 2, rows=frame.rows + 2)


def _around(frame: Lattice, column: NDArray[np.intp], row: NDArray[np.intp]) -> Lattice:
    left, top = int(column.min()), int(row.min())
    columns, rows = int(column.max()) - left + 2, int(row.max()) - top + 2
    return Lattice(pitch=frame.pitch, left=left, top=top, columns=columns, rows=rows)


def _shares(right: Numbers, down: Numbers) -> Numbers:
    """Return how much of each sample falls on each of its four cells, (4 samples,)."""
    left, up = 1 - right, 1 - down
    return np.concatenate([left * up, right * up, left * down, right * down])


def _sums(
    area: Lattice, column: NDArray[np.intp], row: NDArray[np.intp], shares: Numbers, values: Numbers
) -> NDArray[np.float64]:
    """Return (4, rows, columns): strengths, strengths times moves in x and in y, and presences."""
    first = (row - area.top) * area.columns + (column - area.left)
    cells = np.concatenate([first, first + 1, first + area.columns, first + area.columns + 1])
    strengths, presence, x, y = np.tile(values, 4)
    strengths = strengths * presence * shares
    weights = (strengths, strengths * x, strengths * y, presence * shares)
    size = area.rows * area.columns
    sums = np.stack([np.bincount(cells, weight, size) for weight in weights])
    return np.asarray(sums, np.float64).reshape(4, area.rows, area.columns)
