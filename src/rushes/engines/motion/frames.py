"""Reads the motion video as small pictures at one constant rate."""

import contextlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from av.video.frame import VideoFrame

from rushes.domain.media import MediaLimits
from rushes.engines.arrays import Picture
from rushes.engines.media.footage import open_raw
from rushes.engines.media.sizes import Size, with_short_side
from rushes.engines.media.sources import Source
from rushes.engines.media.videos import quarters_of


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionVideo:
    """An open motion video: frames a second, and its pictures, which can be read once."""

    rate: Fraction
    pictures: Iterator[Picture]


@contextlib.contextmanager
def open_motion_video(path: Path, *, media_type: str, short_side: int) -> Generator[MotionVideo]:
    """Open a motion video; its pictures come upright, of square pixels, with the given short side.

    Raises:
        MediaRejected: It is broken, has no picture, is too large, or lasts too long, as far as was read.
    """
    with open_raw(Source(path=path, media_type=media_type), limits=MediaLimits()) as raw:
        size = with_short_side(raw.size, short_side)
        yield MotionVideo(rate=raw.rate, pictures=(_upright(frame, size) for frame in raw.frames))


def _upright(frame: VideoFrame, size: Size) -> Picture:
    small = frame.reformat(width=size.width, height=size.height, format="rgb24", interpolation="AREA")
    picture = np.asarray(small.to_ndarray(), np.uint8)
    return np.ascontiguousarray(np.rot90(picture, quarters_of(frame)))
