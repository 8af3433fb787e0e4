"""Copies a finished picture or video with the mark on it."""

# PyAV types its packets only in part.
# pyright: reportUnknownMemberType=false

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Final

import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import ImageOps

from rushes.domain.media import MediaKind, MediaLimits, kind_of
from rushes.domain.options import VideoQuality
from rushes.engines.encoding import Encoder, broadcast
from rushes.engines.pictures import FORMATS, open_picture
from rushes.engines.remuxing import Source, carry_over
from rushes.engines.sizes import Size
from rushes.engines.videos import open_video, upright
from rushes.engines.watermark import draw_on_frame, draw_on_picture, frame_mark_of, mark_for
from rushes.errors import EngineError

_QUALITY: Final = 95
"""Of JPEG and WebP, 0 to 100."""

_FALLBACK_RATE: Final = Fraction(25)
_FASTEST: Final = Fraction(120)
_THREADS: Final = 2


def mark_file(source: Path, target: Path, *, media_type: str, limits: MediaLimits) -> None:
    """Write a copy of a picture or a video with the mark; a video becomes an mp4 with the same sound.

    Raises:
        MediaRejected: The source is broken or too large.
        EngineError: It has too many frames, or the copy cannot be written.
    """
    if kind_of(media_type) is MediaKind.VIDEO:
        _mark_video(source, target, media_type=media_type, limits=limits)
    else:
        _mark_picture(source, target, media_type=media_type, limits=limits)


def _mark_picture(source: Path, target: Path, *, media_type: str, limits: MediaLimits) -> None:
    with open_picture(source, media_type=media_type, limits=limits) as opened:
        profile = opened.info.get("icc_profile")
        picture = ImageOps.exif_transpose(opened)
        picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    draw_on_picture(picture, mark_for(Size(width=picture.width, height=picture.height)))
    options = {} if media_type == "image/png" else {"quality": _QUALITY, "subsampling": "4:4:4"}
    picture.save(target, FORMATS[media_type], icc_profile=profile, **options)


def _mark_video(source: Path, target: Path, *, media_type: str, limits: MediaLimits) -> None:
    pictures = target.with_name(f"{target.name}-pictures")
    try:
        _mark_pictures(source, pictures, media_type=media_type, limits=limits)
        parent = Source(path=source, media_type=media_type)
        carry_over(pictures, parent, target, on_packet=lambda _seconds: None)
    finally:
        pictures.unlink(missing_ok=True)


def _mark_pictures(source: Path, target: Path, *, media_type: str, limits: MediaLimits) -> None:
    with open_video(source, media_type=media_type, max_pixels=limits.pixels, threads=_THREADS) as opened:
        file, stream = opened
        rate = _rate(stream)
        frames = (_plain(frame) for frame in _at_constant_rate(file.decode(stream), rate))
        first = next(frames, None)
        if first is None:
            raise EngineError("The video has no frame that can be decoded.")
        size = Size(width=first.width, height=first.height)
        mark = frame_mark_of(mark_for(size))
        with Encoder(target, size=size, rate=rate, quality=VideoQuality.HIGH) as encoder:
            for count, frame in enumerate(chain([first], frames), 1):
                if count > limits.frames:
                    raise EngineError(f"The video has more than {limits.frames} frames.")
                encoder.write(draw_on_frame(frame, mark))


def _rate(stream: VideoStream) -> Fraction:
    rate = stream.average_rate or stream.guessed_rate or _FALLBACK_RATE
    return min(rate, _FASTEST) if rate > 0 else _FALLBACK_RATE


def _at_constant_rate(frames: Iterable[VideoFrame], rate: Fraction) -> Iterator[VideoFrame]:
    """Yield the frame that is seen at each tick of a rate: all of them, each once, if that is their rate."""
    ticks = 0
    last: VideoFrame | None = None
    for frame in frames:
        last = last or frame
        while (ticks + 0.5) / rate < (frame.time or 0.0):
            yield last
            ticks += 1
        last = frame
    if last is not None:
        yield last


def _plain(frame: VideoFrame) -> VideoFrame:
    """Return a frame upright, with even sides, as files here hold it."""
    if frame.rotation:
        frame = VideoFrame.from_ndarray(np.asarray(upright(frame)), format="rgb24")
    if frame.width % 2 or frame.height % 2:
        frame = frame.reformat(width=max(2, frame.width // 2 * 2), height=max(2, frame.height // 2 * 2))
    return broadcast(frame)
