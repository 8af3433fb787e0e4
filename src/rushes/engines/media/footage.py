"""Reads a video as frames in colour at one constant rate, as the encoder takes them."""

# PyAV's types leave open what a packet belongs to.
# pyright: reportUnknownMemberType=false

import contextlib
import math
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from typing import Final, TypeVar

import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from rushes.domain.media import MediaLimits, Probe, require_within
from rushes.engines.media.encoding import broadcast
from rushes.engines.media.sizes import Size
from rushes.engines.media.sources import Source
from rushes.engines.media.videos import displayed_size, is_turned, open_video, origin_of, quarters_of
from rushes.errors import MediaRejected

MIN_RATE: Final = Fraction(1)
MAX_RATE: Final = Fraction(120)
USUAL_RATE: Final = Fraction(25)
MAX_RATE_DENOMINATOR: Final = 1001
"""That of 24000/1001 and its like."""

MAX_FRAMES: Final = 36_000
"""What the longest output has: ten minutes of 60 frames a second."""

_LIMITS: Final = MediaLimits(frames=MAX_FRAMES)
_DECODER_THREADS: Final = 2
_MICROSECOND: Final = Fraction(1, 1_000_000)

_Shown = TypeVar("_Shown")


@dataclass(frozen=True, slots=True, kw_only=True)
class RawFootage:
    """An open video: its frames as the file holds them, each as often as it is seen, to be read once.

    `size` is that of square pixels, before a frame is turned; `first` is the first frame that was decoded.
    """

    rate: Fraction
    size: Size
    first: VideoFrame
    frames: Iterator[VideoFrame]


@dataclass(frozen=True, slots=True, kw_only=True)
class Footage:
    """An open video: its frames, which can be read once, and what they are like.

    The frames are 4:2:0 in BT.709 as `broadcast` makes them, upright, of square pixels, of the even `size`;
    `is_plain` says that the file holds them just so, apart from the times at which they are shown.
    """

    rate: Fraction
    size: Size
    is_plain: bool
    frames: Iterator[VideoFrame]


@contextlib.contextmanager
def open_footage(source: Source, *, start: int = 0, limits: MediaLimits = _LIMITS) -> Generator[Footage]:
    """Open a video whose frames are read from the one of number `start`, at its own mean rate.

    Raises:
        MediaRejected: It is broken, has no picture, is too large, or lasts too long, as far as was read.
    """
    with open_raw(source, start=start, limits=limits) as raw:
        size, held = _even_size(raw), Size(width=raw.first.width, height=raw.first.height)
        is_plain = size == held and not round(raw.first.rotation) % 360 and broadcast(raw.first) is raw.first
        frames = (_upright(frame, size) for frame in raw.frames)
        yield Footage(rate=raw.rate, size=size, is_plain=is_plain, frames=frames)


@contextlib.contextmanager
def open_raw(source: Source, *, start: int = 0, limits: MediaLimits = _LIMITS) -> Generator[RawFootage]:
    """Open a video as `open_footage` does, for frames as they are held.

    Raises:
        MediaRejected: It is broken, has no picture, is too large, or lasts too long, as far as was read.
    """
    with open_video(
        source.path, media_type=source.media_type, max_pixels=limits.pixels, threads=_DECODER_THREADS
    ) as (file, stream):
        size = displayed_size(stream)
        require_within(Probe(media_type=source.media_type, width=size.width, height=size.height), limits)
        stream.thread_type = "AUTO"
        rate, origin = _rate(stream), origin_of(file)
        if start:
            file.seek(math.floor((origin + start / rate) / (stream.time_base or _MICROSECOND)), stream=stream)
        decoded = file.decode(stream)
        first = next(decoded, None)
        if first is None:
            raise MediaRejected("The video has no frame that can be decoded.")
        shots = _times(chain([first], decoded), origin=origin, rate=rate)
        frames = at_constant_rate(shots, rate, start=start, most=limits.frames)
        yield RawFootage(rate=rate, size=size, first=first, frames=frames)


def at_constant_rate(
    shots: Iterable[tuple[Fraction, Fraction, _Shown]],
    rate: Fraction,
    *,
    start: int = 0,
    most: int = MAX_FRAMES,
) -> Iterator[_Shown]:
    """Repeat and leave out frames so that `rate` of them a second show each at its time, from number `start`.

    A shot is when a frame begins, how long it stays, both in seconds, and the frame.

    Raises:
        MediaRejected: There are more than `most`.
    """
    shown = start
    for frame, end in _stays(shots, rate):
        while shown < end:
            if shown == most:
                raise MediaRejected(f"The video has more than {most} frames; cut it shorter.")
            shown += 1
            yield frame


def _stays(
    shots: Iterable[tuple[Fraction, Fraction, _Shown]], rate: Fraction
) -> Iterator[tuple[_Shown, int]]:
    """Yield each frame with the number of the one at which it gives way to the next."""
    held: tuple[Fraction, Fraction, _Shown] | None = None
    for shot in shots:
        if held is not None:
            yield held[2], _nearest(shot[0] * rate)
        held = shot
    if held is not None:
        begin, duration, frame = held
        yield frame, max(_nearest(begin * rate) + 1, _nearest((begin + duration) * rate))


def _nearest(value: Fraction) -> int:
    return math.floor(value + Fraction(1, 2))


def _times(
    frames: Iterable[VideoFrame], *, origin: Fraction, rate: Fraction
) -> Iterator[tuple[Fraction, Fraction, VideoFrame]]:
    start, duration = Fraction(0), Fraction(0)
    for frame in frames:
        time = start + duration if frame.pts is None else frame.pts * _base(frame) - origin
        # Times may be missing or run backwards in broken files; the pictures still come in order.
        start = max(start, time)
        duration = (frame.duration or 0) * _base(frame) or 1 / rate
        yield start, duration, frame


def _rate(stream: VideoStream) -> Fraction:
    rate = stream.average_rate or stream.guessed_rate or USUAL_RATE
    return min(max(rate, MIN_RATE), MAX_RATE).limit_denominator(MAX_RATE_DENOMINATOR)


def _base(frame: VideoFrame) -> Fraction:
    return frame.time_base or _MICROSECOND


def _even_size(raw: RawFootage) -> Size:
    """Return the size as shown: upright, and with even sides."""
    width, height = _even(raw.size.width), _even(raw.size.height)
    return Size(width=height, height=width) if is_turned(raw.first) else Size(width=width, height=height)


def _even(side: int) -> int:
    return max(2, 2 * round(side / 2))


def _upright(frame: VideoFrame, size: Size) -> VideoFrame:
    turned = is_turned(frame)
    width, height = (size.height, size.width) if turned else (size.width, size.height)
    if (frame.width, frame.height) != (width, height):
        frame = frame.reformat(width=width, height=height, interpolation="BICUBIC")
    quarters = quarters_of(frame)
    if quarters:
        picture = np.rot90(np.asarray(frame.to_ndarray(format="rgb24"), np.uint8), quarters)
        frame = VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
    return broadcast(frame)
