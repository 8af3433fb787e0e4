"""Reads the motion video as small pictures at one constant rate."""

import contextlib
import math
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from rushes.domain.media import MediaLimits
from rushes.engines.arrays import Picture
from rushes.engines.sizes import Size, with_short_side
from rushes.engines.videos import open_video
from rushes.errors import MediaRejected

MIN_RATE: Final = Fraction(1)
MAX_RATE: Final = Fraction(120)
USUAL_RATE: Final = Fraction(25)
MAX_RATE_DENOMINATOR: Final = 1001
"""That of 24000/1001 and its like."""

_DECODER_THREADS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One frame as filmed: when it begins and how long it stays, in seconds."""

    start: Fraction
    duration: Fraction
    picture: Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Footage:
    """An open motion video: frames a second, and its pictures, which can be read once."""

    rate: Fraction
    pictures: Iterator[Picture]


@contextlib.contextmanager
def open_footage(path: Path, *, media_type: str, short_side: int) -> Generator[Footage]:
    """Open a motion video; its pictures come upright, of square pixels, with the given short side.

    Raises:
        MediaRejected: It is broken, has no picture, or lasts too long, as far as was read.
    """
    limits = MediaLimits()
    with open_video(path, media_type=media_type, max_pixels=limits.pixels, threads=_DECODER_THREADS) as (
        container,
        stream,
    ):
        rate = _rate(stream)
        shots = _shots(container, stream, rate=rate, short_side=short_side)
        yield Footage(rate=rate, pictures=at_constant_rate(shots, rate, max_pictures=limits.frames))


def at_constant_rate(shots: Iterable[Shot], rate: Fraction, *, max_pictures: int) -> Iterator[Picture]:
    """Repeat and leave out pictures so that `rate` of them a second show each shot at its time.

    Raises:
        MediaRejected: There are more than `max_pictures`.
    """
    shown = 0
    for picture, end in _stays(shots, rate):
        while shown < end:
            if shown == max_pictures:
                raise MediaRejected(f"The motion video has more than {max_pictures} frames; cut it shorter.")
            shown += 1
            yield picture


def _stays(shots: Iterable[Shot], rate: Fraction) -> Iterator[tuple[Picture, int]]:
    """Yield each picture with the number of the output's frame at which it gives way to the next one."""
    held: Shot | None = None
    for shot in shots:
        if held is not None:
            yield held.picture, _nearest(shot.start * rate)
        held = shot
    if held is not None:
        end = (held.start + held.duration) * rate
        yield held.picture, max(_nearest(held.start * rate) + 1, _nearest(end))


def _nearest(value: Fraction) -> int:
    return math.floor(value + Fraction(1, 2))


def _rate(stream: VideoStream) -> Fraction:
    rate = stream.average_rate or stream.guessed_rate or USUAL_RATE
    return min(max(rate, MIN_RATE), MAX_RATE).limit_denominator(MAX_RATE_DENOMINATOR)


def _shots(
    container: InputContainer, stream: VideoStream, *, rate: Fraction, short_side: int
) -> Iterator[Shot]:
    first: Fraction | None = None
    start, duration, size = Fraction(0), Fraction(0), None
    for frame in container.decode(stream):
        time = start + duration if frame.pts is None else _seconds(frame.pts, frame) - (first or 0)
        if first is None:
            first, time = time, Fraction(0)
        # Times may be missing or run backwards in broken files; the pictures still come in order.
        start = max(start, time)
        duration = _seconds(frame.duration, frame) or 1 / rate
        size = size or with_short_side(_square(frame, stream), short_side)
        yield Shot(start=start, duration=duration, picture=_upright(frame, size))


def _seconds(ticks: int, frame: VideoFrame) -> Fraction:
    return ticks * (frame.time_base or Fraction(0))


def _square(frame: VideoFrame, stream: VideoStream) -> Size:
    """Return the frame's size, before it is turned, with pixels as wide as they are high."""
    return Size(width=round(frame.width * (stream.sample_aspect_ratio or 1)), height=frame.height)


def _upright(frame: VideoFrame, size: Size) -> Picture:
    small = frame.reformat(width=size.width, height=size.height, format="rgb24", interpolation="AREA")
    picture = np.asarray(small.to_ndarray(), np.uint8)
    return np.ascontiguousarray(np.rot90(picture, round(frame.rotation / 90)))
