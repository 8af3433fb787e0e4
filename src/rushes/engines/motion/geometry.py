"""How large the output is, and which place of the motion video falls on which place of it."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

MAX_ASPECT: Final = 4.0
"""The longest long side that is drawn, in short sides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """A picture's sides, in pixels."""

    width: int
    height: int

    @property
    def aspect(self) -> float:
        """Return the long side over the short one, 1 or more."""
        return max(self.width, self.height) / min(self.width, self.height)

    @property
    def megapixels(self) -> float:
        """Return the area in millions of pixels."""
        return self.width * self.height / 1e6


def size_of(array: NDArray[np.uint8] | NDArray[np.float32]) -> Size:
    """Return the size of a picture or field."""
    return Size(width=array.shape[1], height=array.shape[0])


def with_short_side(size: Size, short_side: int) -> Size:
    """Return the size of the same shape with the given short side, both sides even as 4:2:0 needs them."""
    scale = short_side / min(size.width, size.height)
    return Size(width=_even(size.width * scale), height=_even(size.height * scale))


def placement(motion: Size, output: Size) -> tuple[float, NDArray[np.float64]]:
    """Lay the motion's frame over the output: as high as it, in the middle, cut or short at the sides.

    People fill the height of a frame, be it upright or wide, so equal heights bring figures to one scale.

    Returns:
        How many pixels of the output a pixel of the motion measures, and the (2, 3) affine matrix that takes
        a place of the output to its place in the motion, both in pixels counted from pixel centres.
    """
    scale = output.height / motion.height
    shift_x = (motion.width - output.width / scale) / 2 + 0.5 / scale - 0.5
    shift_y = 0.5 / scale - 0.5
    return scale, np.array([[1 / scale, 0, shift_x], [0, 1 / scale, shift_y]])


def _even(side: float) -> int:
    return max(2, 2 * round(side / 2))
