"""Arithmetic on displacement fields."""

from functools import lru_cache
from typing import Final, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.engines.motion.arrays import Field

REACH: Final = 1 / 24
"""How far motion spreads beyond what moves, as a share of the short side."""

NO_SECOND_MAP: Final = np.empty(0, np.float32)
"""What `cv2.remap` takes when its first map holds both x and y."""

_Scalar = TypeVar("_Scalar", np.float32, np.uint8)

_FAST: Final = 1 / 30
"""Above this share of the short side, faster motion does not reach farther."""

_SMOOTHING: Final = 1 / 80
_STILL: Final = 1e-3
_OWN: Final = 0.6
_INVERSION_STEPS: Final = 16


def smooth(values: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    """Return values, in one or more channels, blurred by a Gaussian of `sigma` pixels."""
    return cv2.GaussianBlur(values, (0, 0), sigma).astype(np.float32, copy=False)


def warp(values: NDArray[_Scalar], field: Field) -> NDArray[_Scalar]:
    """Return at each place the value found displaced by the field; the border's value beyond the border."""
    places = grid(field.shape[0], field.shape[1]) + field
    found = cv2.remap(values, places, NO_SECOND_MAP, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return found.astype(values.dtype, copy=False)


@lru_cache(maxsize=4)
def grid(height: int, width: int) -> Field:
    """Return each pixel's own place, (height, width, 2), x then y; do not write to it."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    places = np.dstack([x, y])
    places.flags.writeable = False
    return places


def spread(field: Field) -> Field:
    """Let motion reach somewhat beyond what moves, and make it smooth.

    The figure of another picture is never of the driver's outline: where it is larger, the driver's still
    background would hold its edges back and tear them off. What moves little takes over the motion around
    it, weighted by the square of its strength (normalised convolution, Knutsson & Westin 1993).
    """
    short = min(field.shape[:2])
    strength = cv2.magnitude(field[..., 0], field[..., 1]).astype(np.float32, copy=False)
    weight = (np.minimum(strength, short * _FAST) ** 2 + _STILL).astype(np.float32)
    around = smooth(field * weight[..., None], short * REACH) / smooth(weight, short * REACH)[..., None]
    strength_around = np.linalg.norm(around, axis=2)
    along = (field * around).sum(axis=2) / (strength_around**2 + 10 * _STILL)
    own = np.where(strength > _OWN * strength_around, 1.0, np.clip(along, 0, 1)).astype(np.float32)
    share = smooth(own, 1.5 * short * _SMOOTHING)[..., None]
    return smooth((around + (field - around) * share).astype(np.float32), short * _SMOOTHING)


def inverse(field: Field) -> Field:
    """Return the displacement that leads back: for a place in the moved picture, to where it came from.

    By fixed-point iteration (Chen, Lu, Chen, Ruchala & Olivera, "A simple fixed-point approach to invert a
    deformation field", 2008), each step taken by half: full steps jump to and fro where the field changes
    steeply. Where it folds, the result stays a compromise between the layers.
    """
    back = -field
    for _ in range(_INVERSION_STEPS):
        back = (back - warp(field, back)) * np.float32(0.5)
    return back
