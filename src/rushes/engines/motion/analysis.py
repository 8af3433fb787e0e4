"""What the analysis of a motion video finds, and the synthesis of the output needs."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from rushes.engines.arrays import Gray
from rushes.engines.media.sizes import Size
from rushes.engines.motion.rows import PerFrame

Points = NDArray[np.float32]
"""Places or displacements: (points, 2), x then y, in pixels."""


class PlacedBy(StrEnum):
    """What a placement was found by, the surest first."""

    BOXES = "boxes"
    FACES = "faces"
    HEAD = "head"
    FIGURE = "figure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Similarity:
    """Takes pixel p, x then y, of the analysed driver to pixel `scale * p + shift` of the reference."""

    scale: float
    shift: NDArray[np.float64]
    method: PlacedBy


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracks:
    """Points of the driver's first frame, followed through all of its frames.

    Attributes:
        points: (points, 2), x then y, where each is in the first frame, in pixels of the analysed driver.
        offsets: For each frame (points, 2), how far each has moved since, less the camera's motion.
        weights: For each frame (points,), 0 to 1, how far each can be trusted there; 0: lost.
        size: That of the analysed driver's frames.
    """

    points: Points
    offsets: PerFrame
    weights: PerFrame
    size: Size


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """How the driver moves, what of it is its figure, and where that lies on the reference.

    Attributes:
        tracks: The driver's motion.
        motion_figure: (height, width) of `tracks.size`, 0 or 255: the figure in the driver's first frame.
        reference_figure: (height, width) of the output, 0 to 255: the figure in the reference.
        placement: From the analysed driver's pixels to the reference's.
        moving_camera: Whether a camera's motion was found, and taken off the tracks.
    """

    tracks: Tracks
    motion_figure: Gray
    reference_figure: Gray
    placement: Similarity
    moving_camera: bool
