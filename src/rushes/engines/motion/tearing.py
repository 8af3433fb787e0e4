"""Finds where the figure would be torn, so that no threads are drawn between the parts."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rushes.engines.arrays import Field

WHOLE: Final = 1.6
"""Up to how many times as far as the rest a place may be stretched and still be drawn fully."""

TORN: Final = 2.4
"""From how many times on it is not drawn."""

_TINY: Final = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Tears:
    """How a field stretches the figure.

    Attributes:
        scale: How many times as large the figure has become, in its median.
        presence: (samples,), 0 to 1: how much of each sample is drawn.
    """

    scale: float
    presence: NDArray[np.float32]


def find_tears(field: Field, chosen: NDArray[np.intp], *, pitch: int) -> Tears:
    """Return where a field tears.

    A place's stretch is the root mean square of its Jacobian's singular values.

    Args:
        field: (2, rows, columns), displacements, x then y, in pixels of the output.
        chosen: (samples,), the samples of the figure, as indices into the flattened lattice.
        pitch: Pixels from one sample to the next.
    """
    per_sample = field / pitch
    down = np.asarray(np.gradient(per_sample, axis=1), np.float32)
    right = np.asarray(np.gradient(per_sample, axis=2), np.float32)
    squares = (1 + right[0]) ** 2 + right[1] ** 2 + down[0] ** 2 + (1 + down[1]) ** 2
    stretch = np.sqrt(squares.ravel()[chosen] / 2)
    scale = max(_TINY, float(np.median(stretch)))
    presence = np.clip((TORN - stretch / scale) / (TORN - WHOLE), 0, 1)
    return Tears(scale=scale, presence=presence.astype(np.float32))
