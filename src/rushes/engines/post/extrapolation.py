"""Continues the last motion of a video for a few frames by moving its last picture on."""

from typing import Final

import cv2
import numpy as np

from rushes.engines.arrays import Field, Gray, Picture

MAX_FRAMES: Final = 6
"""Beyond this many frames the moved picture shows that nothing new comes into it."""

_DECAY: Final = 0.93
"""How much of its speed the motion keeps from frame to frame."""

_FLOW_SHORT_SIDE: Final = 240
_SMOOTHING: Final = 2.0


class Extrapolation:
    """Moves the last picture on by the dense optical flow between the last two.

    Flow: T. Kroeger, R. Timofte, D. Dai, L. Van Gool, "Fast Optical Flow using Dense Inverse Search", ECCV
    2016.
    """

    def __init__(self, before: Picture, last: Picture) -> None:
        """Measure the motion between two pictures of one size."""
        self._last = last
        self._flow = flow_between(gray_of(last), gray_of(before))

    def picture(self, steps: int) -> Picture:
        """Return how the last picture would look `steps` frames later, at most `MAX_FRAMES` of them."""
        reach = sum(_DECAY**step for step in range(min(steps, MAX_FRAMES)))
        return moved(self._last, self._flow * np.float32(reach))


def gray_of(picture: Picture) -> Gray:
    """Return a picture's brightness."""
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)


def flow_between(one: Gray, other: Gray) -> Field:
    """Return for each pixel of `one` how far away it is in `other`, measured small and smoothed."""
    height, width = one.shape
    scale = min(1.0, _FLOW_SHORT_SIDE / min(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    pictures = [cv2.resize(gray, size, interpolation=cv2.INTER_AREA) for gray in (one, other)]
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    flow = search.calc(pictures[0], pictures[1], np.zeros((size[1], size[0], 2), np.float32))
    smooth = cv2.GaussianBlur(flow, (0, 0), _SMOOTHING)
    large = cv2.resize(smooth, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(large, np.float32) * np.array([width / size[0], height / size[1]], np.float32)


def moved(picture: Picture, flow: Field) -> Picture:
    """Return a picture that shows at each place what `picture` has `flow` away from it."""
    height, width = picture.shape[:2]
    rows, columns = np.indices((height, width), np.float32)
    return np.asarray(
        cv2.remap(
            picture,
            columns + flow[..., 0],
            rows + flow[..., 1],
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REFLECT,
        ),
        np.uint8,
    )
