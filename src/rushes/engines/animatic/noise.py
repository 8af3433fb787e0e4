"""Clouds that drift: seeded noise whose places are shifted by other noise.

Lattice noise in octaves after Perlin, "An Image Synthesizer" (SIGGRAPH 1985); the shifting, domain warping,
after Ebert et al., "Texturing and Modeling: A Procedural Approach" (1994).
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.engines.media.sizes import Size

Sheet = NDArray[np.float32]
"""One value per pixel: (height, width)."""

_WARP: Final = 0.14
"""How far places are shifted, in heights."""

_DRIFT: Final = 0.045
"""How fast the clouds go, in heights a second."""

_OVERSIZE: Final = 3
_ROUGHNESS: Final = 0.5


class Clouds:
    """A field of noise that changes slowly; the same dice make the same field."""

    def __init__(self, size: Size, dice: np.random.Generator, *, octaves: int) -> None:
        """Draw the noise for pictures of a size, in pixels; more octaves have finer detail."""
        shape = (size.height, size.width)
        self._height = np.float32(size.height)
        self._sheets = [_texture(shape, dice, cells=cells, octaves=octaves) for cells in (3, 4, 5)]
        self._y, self._x = np.mgrid[0 : size.height, 0 : size.width].astype(np.float32)
        self._ways = dice.uniform(-1, 1, (3, 2)).astype(np.float32)

    def at(self, seconds: float) -> Sheet:
        """Return the field at a time: (height, width), about -1 to 1."""
        warp = self._height * np.float32(_WARP)
        across = self._sample(0, self._x, self._y, seconds) * warp
        down = self._sample(1, self._x, self._y, seconds) * warp
        return self._sample(2, self._x + across, self._y + down, seconds)

    def _sample(self, index: int, x: Sheet, y: Sheet, seconds: float) -> Sheet:
        step = self._ways[index] * self._height * np.float32(_DRIFT * seconds)
        return np.asarray(
            cv2.remap(
                self._sheets[index], x + step[0], y + step[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP
            ),
            np.float32,
        )


def _texture(shape: tuple[int, int], dice: np.random.Generator, *, cells: int, octaves: int) -> Sheet:
    """Return noise that goes on at its opposite side, with a standard deviation of about 0.5."""
    height, width = shape
    total = np.zeros(shape, np.float32)
    for octave in range(octaves):
        down = cells * 2**octave
        across = max(1, round(down * width / height))
        lattice = dice.standard_normal((down, across)).astype(np.float32)
        total += np.float32(_ROUGHNESS**octave) * _enlarged(lattice, shape)
    return total / np.float32(2 * max(1e-6, float(total.std())))


def _enlarged(lattice: Sheet, shape: tuple[int, int]) -> Sheet:
    height, width = shape
    # Three by three copies, of which the middle is taken: its sides then fit each other.
    tiled = np.tile(lattice, (_OVERSIZE, _OVERSIZE))
    large = cv2.resize(tiled, (_OVERSIZE * width, _OVERSIZE * height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(large[height : 2 * height, width : 2 * width], np.float32)
