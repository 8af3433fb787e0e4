"""Leads from the end of a video to the frame that it goes on with."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.engines.arrays import Picture
from rushes.engines.post.extrapolation import Extrapolation, flow_between, gray_of, moved
from rushes.engines.post.likeness import STILL
from rushes.engines.post.video_texture import Jump

SEAMLESS: Final = 1.4
"""Up to so many natural differences a jump is not seen: neighbours differ by as much now and then."""

_CLOSE: Final = 2.0
"""Up to so many natural differences, what the flow leaves over is a change of light and no other picture."""

_NEAR: Final = 0.03
"""How far the flow of a morph may go on average, as a share of the short side: more is a jerk."""

_MORPH_SECONDS: Final = 0.25
_FADE_SECONDS: Final = 0.4
_LIGHT_SIGMA: Final = 1 / 20


class SeamKind(StrEnum):
    """How the end is joined to what follows."""

    CUT = "cut"
    MORPH = "morph"
    CROSSFADE = "crossfade"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """The pictures on both sides: the last two frames, and the one before that which follows."""

    before: Picture
    last: Picture
    match: Picture


class Seam:
    """Changes the first `frames` of the frames that follow, so that the end turns into them."""

    def __init__(self, ends: Ends, jump: Jump, *, natural: float, rate: float, most: int) -> None:
        """Choose the kind; neighbours differ by `natural` gray levels; the seam has at most `most` frames."""
        self._ends = ends
        self._flow = flow_between(gray_of(ends.last), gray_of(ends.match))
        aligned = moved(ends.match, self._flow)
        left = float(cv2.mean(cv2.absdiff(gray_of(ends.last), gray_of(aligned)))[0]) / max(natural, STILL)
        far = float(np.linalg.norm(self._flow, axis=-1).mean()) / min(ends.last.shape[:2])
        self.kind = _kind(jump, is_close=left <= _CLOSE and far <= _NEAR)
        self.frames = min(_length(self.kind, rate), most)
        self._light = _low(ends.last, aligned)
        self._extrapolation = Extrapolation(ends.before, ends.last)

    @property
    def reason(self) -> str:
        """Why this kind was chosen, in a sentence."""
        match self.kind:
            case SeamKind.CUT:
                return "The end goes over into the next frame as neighbours do; it is cut there."
            case SeamKind.MORPH:
                return f"The end is close to a frame before it; {self.frames} frames are morphed by flow."
            case SeamKind.CROSSFADE:
                return f"No frame is close to the end; {self.frames} frames are faded over."

    def picture(self, number: int, incoming: Picture) -> Picture:
        """Return what to show instead of the frame of this number, from 0, after the end."""
        share = (number + 1) / (self.frames + 1)
        if self.kind is SeamKind.MORPH:
            picture = moved(incoming, self._flow * np.float32(1 - share))
            lit = picture.astype(np.float32) + self._light * np.float32(1 - share)
            return np.clip(np.rint(lit), 0, 255).astype(np.uint8)
        outgoing = self._extrapolation.picture(number + 1)
        return np.asarray(cv2.addWeighted(outgoing, 1 - share, incoming, share, 0), np.uint8)


def _kind(jump: Jump, *, is_close: bool) -> SeamKind:
    if jump.step <= SEAMLESS:
        return SeamKind.CUT
    return SeamKind.MORPH if is_close else SeamKind.CROSSFADE


def _length(kind: SeamKind, rate: float) -> int:
    match kind:
        case SeamKind.CUT:
            return 0
        case SeamKind.MORPH:
            return max(2, round(_MORPH_SECONDS * rate))
        case SeamKind.CROSSFADE:
            return max(2, round(_FADE_SECONDS * rate))


def _low(one: Picture, other: Picture) -> NDArray[np.float32]:
    """Return the difference of two pictures without its detail: how the light changed."""
    height, width = one.shape[:2]
    apart = one.astype(np.float32) - other.astype(np.float32)
    tiny = cv2.resize(apart, (max(1, width // 8), max(1, height // 8)), interpolation=cv2.INTER_AREA)
    blurred = cv2.GaussianBlur(tiny, (0, 0), max(1.0, _LIGHT_SIGMA * min(tiny.shape[:2])))
    return np.asarray(cv2.resize(blurred, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
