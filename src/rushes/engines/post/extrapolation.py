"""Continues the last motion of a video for a few frames by moving its last picture on."""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from rushes.engines.arrays import Field, Gray, Picture

MAX_FRAMES: Final = 6
"""Beyond this many frames the moved picture shows that nothing new comes into it."""

RUNNING_ON: Final = tuple(0.93**step for step in range(MAX_FRAMES))
"""How much of its speed the motion has at each frame: it slows a little, under what is faded over it."""

COMING_TO_REST: Final = tuple(1 - step / MAX_FRAMES for step in range(MAX_FRAMES))
"""How much it has where the last picture stays: it stops without a jerk."""

_FLOW_SHORT_SIDE: Final = 240
_SMOOTHING: Final = 2.0


class Extrapolation:
    """Moves the last picture on by the dense optical flow between the last two.

    Flow: T. Kroeger, R. Timofte, D. Dai, L. Van Gool, "Fast Optical Flow using Dense Inverse Search", ECCV
    2016.
    """

    def __init__(self, before: Picture, last: Picture, *, speeds: Sequence[float] = RUNNING_ON) -> None:
        """Measure the motion between two pictures of one size; `speeds` are its shares of that, by frames."""
        self._last, self._speeds = last, speeds
        self._flow = flow_between(gray_of(last), gray_of(before))

    def picture(self, steps: int) -> Picture:
        """Return how the last picture would look `steps` frames later, at most `MAX_FRAMES` of them."""
        return moved(self._last, carried(self._flow * np.float32(sum(self._speeds[:steps]))))


def gray_of(picture: Picture) -> Gray:
    """Return a picture's brightness."""
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)


def flow_between(one: Gray, other: Gray) -> Field:
    """Return for each pixel of `one` how far away it is in `other`, measured small and smoothed."""
    height, width = one.shape
    size = _small_size(width, height)
    pictures = [cv2.resize(gray, size, interpolation=cv2.INTER_AREA) for gray in (one, other)]
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    flow = search.calc(pictures[0], pictures[1], np.zeros((size[1], size[0], 2), np.float32))
    smooth = cv2.GaussianBlur(flow, (0, 0), _SMOOTHING)
    large = resized(np.asarray(smooth, np.float32), (width, height))
    return large * np.array([width / size[0], height / size[1]], np.float32)


def carried(flow: Field) -> Field:
    """Return a flow as it is once the picture has moved on by it: `flow` points to where a pixel came from.

    Each pixel takes its flow along. Where several arrive, the fastest one is in front; where none does, what
    was behind comes out, with the flow that was there.
    """
    height, width = flow.shape[:2]
    small = resized(flow, _small_size(width, height))
    rows, columns = np.indices(small.shape[:2])
    scale = np.array([small.shape[1] / width, small.shape[0] / height], np.float32)
    away = np.rint(small * scale).astype(int)
    order = np.argsort(np.linalg.norm(small, axis=-1), axis=None)
    to_rows = np.clip(rows - away[..., 1], 0, small.shape[0] - 1).ravel()[order]
    to_columns = np.clip(columns - away[..., 0], 0, small.shape[1] - 1).ravel()[order]
    there = small.copy()
    there[to_rows, to_columns] = small.reshape(-1, 2)[order]
    return resized(np.asarray(cv2.medianBlur(there, 5), np.float32), (width, height))


def resized(flow: Field, size: tuple[int, int]) -> Field:
    """Return a flow in as many pixels as `size`, (width, height); it still counts those of the picture."""
    return np.asarray(cv2.resize(flow, size, interpolation=cv2.INTER_LINEAR), np.float32)


def _small_size(width: int, height: int) -> tuple[int, int]:
    scale = min(1.0, _FLOW_SHORT_SIDE / min(height, width))
    return max(1, round(width * scale)), max(1, round(height * scale))


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
