"""Copies a finished picture or video with the mark on it."""

from pathlib import Path
from typing import Final

from PIL import ImageOps

from rushes.domain.media import MediaKind, MediaLimits, kind_of
from rushes.domain.options import VideoQuality
from rushes.engines.finish.watermark import draw_on_frame, draw_on_picture, frame_mark_of, mark_for
from rushes.engines.media.encoding import Encoder
from rushes.engines.media.footage import open_footage
from rushes.engines.media.pictures import FORMATS, in_colour, open_picture
from rushes.engines.media.remuxing import carry_over
from rushes.engines.media.sizes import Size
from rushes.engines.media.sources import Source

_QUALITY: Final = 95
"""Of JPEG and WebP, 0 to 100."""


def mark_file(
    source: Path, target: Path, *, media_type: str, quality: VideoQuality, limits: MediaLimits
) -> None:
    """Write a copy of a picture or a video with the mark; a video becomes an mp4 with the same sound.

    Pixels come out square, and frames at one rate; a picture in grey or in inks comes out in sRGB.
    `quality` is that of a video's encoding.

    Raises:
        MediaRejected: The source is broken, too large, or has too many frames.
        EngineError: The copy cannot be written.
    """
    if kind_of(media_type) is MediaKind.VIDEO:
        _mark_video(Source(path=source, media_type=media_type), target, quality=quality, limits=limits)
    else:
        _mark_picture(source, target, media_type=media_type, limits=limits)


def _mark_picture(source: Path, target: Path, *, media_type: str, limits: MediaLimits) -> None:
    with open_picture(source, media_type=media_type, limits=limits) as opened:
        picture, profile = in_colour(ImageOps.exif_transpose(opened))
    draw_on_picture(picture, mark_for(Size(width=picture.width, height=picture.height)))
    options = {} if media_type == "image/png" else {"quality": _QUALITY, "subsampling": "4:4:4"}
    picture.save(target, FORMATS[media_type], icc_profile=profile, **options)


def _mark_video(source: Source, target: Path, *, quality: VideoQuality, limits: MediaLimits) -> None:
    pictures = target.with_name(f"{target.name}-pictures")
    try:
        _mark_pictures(source, pictures, quality=quality, limits=limits)
        carry_over(pictures, source, target, on_packet=lambda _seconds: None)
    finally:
        pictures.unlink(missing_ok=True)


def _mark_pictures(source: Source, target: Path, *, quality: VideoQuality, limits: MediaLimits) -> None:
    with open_footage(source, limits=limits) as footage:
        mark = frame_mark_of(mark_for(footage.size))
        with Encoder(target, size=footage.size, rate=footage.rate, quality=quality) as encoder:
            for frame in footage.frames:
                encoder.write(draw_on_frame(frame, mark))
