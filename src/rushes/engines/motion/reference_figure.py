"""Finds the figure in the reference picture."""

from typing import Final

from rushes.engines.arrays import Gray, Picture
from rushes.engines.media.sizes import size_of
from rushes.engines.motion.cutting import by_likely_place
from rushes.engines.motion.faces import Face

SOLID: Final = 128
"""From which cover on, 0 to 255, a place is of the figure."""


def reference_figure(reference: Picture, *, alpha: Gray | None, mask: Gray | None, face: Face | None) -> Gray:
    """Return (height, width), 0 to 255: where the picture is not transparent, or the given mask, or a cut.

    An alpha channel or a mask that covers all or nothing says nothing, and is passed over.
    """
    for given in (alpha, mask):
        if given is not None and given.max() >= SOLID > given.min():
            return given
    return by_likely_place(reference, face, size=size_of(reference))
