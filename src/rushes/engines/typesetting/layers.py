"""Lays drawn layers over pictures."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.engines.arrays import Picture

Layer = NDArray[np.uint8]
"""A drawing with transparency: (height, width, 4), RGB and alpha that is not multiplied in, 0 to 255."""

_OPAQUE: Final = 255


@dataclass(frozen=True, slots=True)
class Overlay:
    """A layer made ready to be laid over many pictures, or planes of pictures, at one place.

    `colour` is what it adds and `kept` how much stays of what is under it, 0 to 255, both (height, width, 3),
    or (height, width) for a plane.
    """

    colour: Picture
    kept: Picture
    x: int
    y: int

    def lay_over(self, picture: Picture) -> None:
        """Draw it over a picture, which changes; what is outside the picture is left out."""
        height, width = self.colour.shape[:2]
        left, top = max(0, -self.x), max(0, -self.y)
        right = min(width, picture.shape[1] - self.x)
        bottom = min(height, picture.shape[0] - self.y)
        if right <= left or bottom <= top:
            return
        under = picture[self.y + top : self.y + bottom, self.x + left : self.x + right]
        mine = np.s_[top:bottom, left:right]
        under[:] = cv2.add(cv2.multiply(under, self.kept[mine], scale=1 / _OPAQUE), self.colour[mine])


def overlay_of(layer: Layer, *, x: int = 0, y: int = 0, opacity: float = 1.0) -> Overlay:
    """Make a layer ready to be laid with its left upper corner at a place, in pixels of the picture.

    `opacity` from 0 to 1 fades all of it.
    """
    x_drawn, y_drawn, width, height = cv2.boundingRect(layer[..., 3])
    drawn = layer[y_drawn : y_drawn + height, x_drawn : x_drawn + width].astype(np.float32)
    alpha = drawn[..., 3:] * np.float32(opacity / _OPAQUE)
    colour = np.rint(drawn[..., :3] * alpha).astype(np.uint8)
    kept = np.rint(np.repeat(_OPAQUE * (1 - alpha), 3, axis=2)).astype(np.uint8)
    return Overlay(colour, kept, x + x_drawn, y + y_drawn)
