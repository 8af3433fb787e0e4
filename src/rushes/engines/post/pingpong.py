"""Plays a video backwards and forwards without holding all of it."""

from collections.abc import Iterator
from typing import Final

from av.video.frame import VideoFrame

from rushes.engines.media.footage import open_footage
from rushes.engines.media.remuxing import Source
from rushes.engines.media.sizes import Size

_HELD_BYTES: Final = 128 * 1024**2
_MOST_HELD: Final = 128


def back_and_forth(source: Source, *, frames: int, size: Size) -> Iterator[VideoFrame]:
    """Yield without end what follows the last of a video's frames when it turns around at both ends."""
    while True:
        yield from backwards(source, until=max(1, frames - 1), size=size)
        with open_footage(source, start=min(1, frames - 1)) as footage:
            yield from footage.frames


def backwards(source: Source, *, until: int, size: Size) -> Iterator[VideoFrame]:
    """Yield a video's frames below the number `until`, the last one first.

    Pieces of it are read one after another from their key frames on; no more than `held_frames` are kept.
    """
    held = held_frames(size)
    for end in range(until, 0, -held):
        begin = max(0, end - held)
        with open_footage(source, start=begin) as footage:
            piece = [frame for _, frame in zip(range(end - begin), footage.frames, strict=False)]
        yield from reversed(piece)


def held_frames(size: Size) -> int:
    """Return how many frames of a size are kept at a time."""
    return max(1, min(_MOST_HELD, int(_HELD_BYTES / (1.5e6 * size.megapixels))))
