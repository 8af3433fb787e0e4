"""How large a picture is, and how large an output becomes."""

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


def _even(side: float) -> int:
    return max(2, 2 * round(side / 2))
