"""The picture without its figure: what is seen where the figure moves away."""

from typing import Final

import cv2
import numpy as np

from rushes.engines.arrays import Gray, Picture
from rushes.engines.media.sizes import size_of

RIM: Final = 1 / 120
"""How far the figure's rim reaches into the background, as a share of the short side."""

_SHARE: Final = 0.5
_RADIUS: Final = 5
_OPAQUE: Final = 255


def plate(picture: Picture, figure: Gray) -> Picture:
    """Return the picture with the figure painted over from around it; elsewhere it stays as it is.

    Telea, "An Image Inpainting Technique Based on the Fast Marching Method", 2004, at half the size.

    Args:
        picture: (height, width, 3).
        figure: (height, width), 0 to 255.
    """
    rim = max(1, round(RIM * min(picture.shape[:2])))
    covered = cv2.dilate((figure > 0).astype(np.uint8) * _OPAQUE, _disc(rim))
    if covered.all():
        return picture.copy()
    painted = _inpainted(picture, np.asarray(covered, np.uint8))
    soft = np.asarray(cv2.GaussianBlur(covered, (0, 0), rim / 2), np.float32) / _OPAQUE
    # Nothing is mixed in beyond the rim: there the picture is bare, to the last bit.
    mixed = cv2.blendLinear(painted, picture, soft, 1 - soft)
    return np.where((soft > 0)[..., None], np.asarray(mixed, np.uint8), picture)


def _inpainted(picture: Picture, covered: Gray) -> Picture:
    size = size_of(picture)
    half = max(1, round(size.width * _SHARE)), max(1, round(size.height * _SHARE))
    small = cv2.resize(picture, half, interpolation=cv2.INTER_AREA)
    gap = (cv2.resize(covered, half, interpolation=cv2.INTER_AREA) > 0).astype(np.uint8)
    painted = cv2.inpaint(small, gap, _RADIUS, cv2.INPAINT_TELEA)
    return np.asarray(cv2.resize(painted, (size.width, size.height), interpolation=cv2.INTER_CUBIC), np.uint8)


def _disc(radius: int) -> Gray:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1,) * 2), np.uint8)
