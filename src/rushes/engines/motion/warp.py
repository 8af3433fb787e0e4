"""Moves the reference picture by a displacement field of the motion video."""

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.engines.motion.arrays import Field, Picture
from rushes.engines.motion.field import NO_SECOND_MAP, grid
from rushes.engines.motion.geometry import placement, size_of


class Warper:
    """One reference picture, of the output's size, ready to be moved.

    Beyond its border the picture goes on as its mirror image.
    """

    def __init__(self, picture: Picture) -> None:
        """Take the picture at rest."""
        self._picture = picture
        self._size = size_of(picture)

    def draw(self, back: Field) -> Picture:
        """Return the moved picture; `back`, on the motion's grid, leads from moved places to rest."""
        moved = cv2.remap(
            self._picture,
            self._over_output(back) + grid(self._size.height, self._size.width),
            NO_SECOND_MAP,
            cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REFLECT_101,
        )
        return moved.astype(np.uint8, copy=False)

    def _over_output(self, back: Field) -> NDArray[np.float32]:
        """Return the field on the output's grid and in its pixels."""
        scale, matrix = placement(size_of(back), self._size)
        laid = cv2.warpAffine(
            back,
            matrix,
            (self._size.width, self._size.height),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return laid.astype(np.float32, copy=False) * np.float32(scale)
