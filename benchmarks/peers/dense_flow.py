"""What plain dense flow makes of a motion transfer: each pixel moved by the driver's flow at its place.

DIS flow (Kroeger, Timofte, Dai & Van Gool 2016), the driver laid on the reference by a given similarity.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.engines.arrays import Gray, Picture
from rushes.engines.motion.analysis import Similarity

FLOW_HEIGHT = 240
"""The height at which flow is measured, in pixels."""

Floats = NDArray[np.float32]


class Chain(StrEnum):
    """How a frame's flow from the first one is found."""

    ACCUMULATED = "accumulated"
    DIRECT = "direct"


def dense_flow(
    reference: Picture, frames: Iterable[Picture], placement: Similarity, chain: Chain
) -> Iterator[Picture]:
    """Yield the reference moved by each frame."""
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    first = previous = None
    back: Floats | None = None
    for frame in frames:
        gray, factor = _small(frame)
        if first is None or previous is None or back is None:
            first = previous = gray
            back = np.zeros((*gray.shape, 2), np.float32)
            yield reference
            continue
        if chain is Chain.ACCUMULATED:
            step = search.calc(gray, previous, np.zeros_like(back))
            back = (step + _at(back, _grid(*gray.shape) + step)).astype(np.float32)
        else:
            back = search.calc(gray, first, np.zeros_like(back)).astype(np.float32)
        previous = gray
        yield _moved(reference, back, placement, factor)


def _moved(reference: Picture, back: Floats, placement: Similarity, factor: float) -> Picture:
    places = _grid(*reference.shape[:2])
    in_driver = (places - placement.shift) / placement.scale * factor
    far = _at(back, in_driver) * (placement.scale / factor)
    there = (places + far).astype(np.float32)
    moved = cv2.remap(reference, there, np.empty(0), cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    return moved.astype(np.uint8, copy=False)


def _at(field: Floats, places: NDArray[np.floating]) -> Floats:
    found = cv2.remap(
        field, places.astype(np.float32), np.empty(0), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return found.astype(np.float32, copy=False)


def _small(frame: Picture) -> tuple[Gray, float]:
    factor = FLOW_HEIGHT / frame.shape[0]
    gray = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(gray, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8), factor


def _grid(height: int, width: int) -> Floats:
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return np.dstack([x, y])
