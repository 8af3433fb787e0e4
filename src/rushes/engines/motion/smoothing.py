"""Smooths the vertices over time, a few frames at once."""

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rushes.engines.motion.mesh import Vertices

WINDOW: Final = 5
"""Frames that a polynomial is laid through."""

DEGREE: Final = 2


def smooth(frames: Iterable[Vertices]) -> Iterator[Vertices]:
    """Yield each frame as the parabola through those around it has it; holds `WINDOW` frames, not more.

    Savitzky & Golay, "Smoothing and Differentiation of Data by Simplified Least Squares Procedures", 1964.
    At both ends the first and the last whole window serve; fewer frames than a window stay as they are.
    """
    shares = _shares()
    middle = WINDOW // 2
    held: deque[Vertices] = deque(maxlen=WINDOW)
    seen = 0
    for seen, vertices in enumerate(frames, start=1):
        held.append(vertices)
        if seen == WINDOW:
            yield from (_mean(held, shares[place]) for place in range(middle))
        if seen >= WINDOW:
            yield _mean(held, shares[middle])
    if seen < WINDOW:
        yield from held
    else:
        yield from (_mean(held, shares[place]) for place in range(middle + 1, WINDOW))


def _shares() -> NDArray[np.float64]:
    """Return how much each frame of a window counts for each: (place, frame)."""
    powers = np.vander(np.arange(WINDOW, dtype=np.float64) - WINDOW // 2, DEGREE + 1)
    return powers @ np.linalg.pinv(powers)


def _mean(held: Iterable[Vertices], shares: NDArray[np.float64]) -> Vertices:
    return np.einsum("f,frc->rc", shares, np.stack(tuple(held)))
