"""Finds where the driver's figure lies on the reference's."""

from typing import Final, NamedTuple

import numpy as np

from rushes.engines.arrays import Gray
from rushes.engines.motion.analysis import PlacedBy, Similarity
from rushes.engines.motion.faces import Face
from rushes.engines.motion.silhouettes import Laid, extent_of, fit, head_of

LARGEST_RATIO: Final = 3.0
"""How many times larger or smaller one head may be than the other to be believed, frame against frame."""


class Sought(NamedTuple):
    """A figure that is to be aligned: its mask, and its face where that is known."""

    figure: Gray
    face: Face | None


def align(driver: Sought, reference: Sought, *, by_user: bool) -> Similarity:
    """Return what takes the driver's pixels to the reference's.

    By the faces where both are known, else by the heads of the silhouettes, else by the silhouettes' extent;
    and then, but not where the user gave both faces (`by_user`), by what covers the silhouette best.
    """
    if driver.face and reference.face:
        start, method = _onto(driver.face, reference.face), PlacedBy.FACES
        if by_user:
            return _similarity(start, PlacedBy.BOXES)
    else:
        start, method = _by_silhouettes(driver.figure, reference.figure)
    return _similarity(fit(driver.figure, reference.figure, start), method)


def _by_silhouettes(driver: Gray, reference: Gray) -> tuple[Laid, PlacedBy]:
    heads = head_of(driver), head_of(reference)
    if heads[0] and heads[1]:
        laid = _onto(heads[0], heads[1])
        usual = reference.shape[0] / driver.shape[0]
        if 1 / LARGEST_RATIO < laid.scale / usual < LARGEST_RATIO:
            return laid, PlacedBy.HEAD
    return _by_extent(extent_of(driver), extent_of(reference)), PlacedBy.FIGURE


def _onto(box: Face, other: Face) -> Laid:
    """Return what lays the middle of one box on the other's, at the geometric mean of their sides' ratios."""
    scale = float(np.sqrt(other.width * other.height / (box.width * box.height)))
    (x, y), (other_x, other_y) = box.middle, other.middle
    return Laid(scale, other_x - scale * x, other_y - scale * y)


def _by_extent(box: Face, other: Face) -> Laid:
    """Return what makes one box as high as the other, top on top: a figure's lower end is often cut off."""
    scale = other.height / box.height
    return Laid(scale, other.middle[0] - scale * box.middle[0], other.y - scale * box.y)


def _similarity(laid: Laid, method: PlacedBy) -> Similarity:
    return Similarity(scale=laid.scale, shift=np.array([laid.x, laid.y]), method=method)
