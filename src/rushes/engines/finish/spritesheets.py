"""One picture that shows a whole film, for who looks for a place in it."""

# PyAV's types leave open what a packet belongs to.
# pyright: reportUnknownMemberType=false

import contextlib
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Final

from av.container import InputContainer
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image

from rushes.domain.media import MediaLimits, Probe
from rushes.domain.spritesheets import Grid, grid_of
from rushes.engines.media.videos import open_video, upright
from rushes.errors import MediaRejected

TILE_SIDE: Final = 160
SHEET_BYTES: Final = 150_000

_QUALITIES: Final = (75, 50, 25, 5)
_REACH: Final = 250
"""How many frames a tile may cost: x264 sets its key frames no further apart, unless it is told to."""
_ROUNDING_SECONDS: Final = 0.002
"""Matroska keeps times in milliseconds."""


def write_spritesheet(path: Path, target: Path, measured: Probe, limits: MediaLimits) -> Probe:
    """Write a WebP (RFC 9649) of a measured video's frames, each `TILE_SIDE` pixels on its long side or less.

    Of n tiles, tile i shows the video at i/n of its time; the grid is `grid_of` its frames. Returned are the
    sheet's own measures, with its tiles as `frames`. If the key frames of a long video are further apart than
    x264 sets them, its tiles show earlier frames than that: the cost has an end.

    Raises:
        MediaRejected: It is broken.
    """
    grid, tiles = grid_of(measured.frames or 1), list[Image.Image]()
    with open_video(path, media_type=measured.media_type, max_pixels=limits.pixels) as (file, stream):
        for frame in _frames_at_steps(file, stream, measured, steps=grid.tiles):
            picture = upright(frame)
            size = tiles[0].size if tiles else _tile_size(picture)
            tiles.append(picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0))
    if not tiles:
        raise MediaRejected("The video has no frame that can be decoded.")
    sheet = _arrange(tiles, grid)
    _save(sheet, target)
    return Probe(
        media_type="image/webp", width=sheet.width, height=sheet.height, frames=grid.tiles, codec="webp"
    )


def _frames_at_steps(
    file: InputContainer, stream: VideoStream, measured: Probe, *, steps: int
) -> Generator[VideoFrame]:
    """Yield the frames that are on show at even steps of time."""
    base, seconds = float(stream.time_base or 1), measured.duration_seconds or 0.0
    begin = (stream.start_time or 0) * base
    decoded = file.decode(stream)
    shown = following = next(decoded, None)
    for step in range(steps):
        at = begin + seconds * step / steps
        if step and (measured.frames or 0) > steps * _REACH:
            # Not every file can be sought in: the tiles of such a one come from its begin.
            with contextlib.suppress(FFmpegError):
                file.seek(int(at / base), stream=stream)
            decoded = file.decode(stream)
            shown = following = next(decoded, shown)
        for _ in range(_REACH):
            if following is None or (following.time or 0.0) > at + _ROUNDING_SECONDS:
                break
            shown, following = following, next(decoded, None)
        if shown is not None:
            yield shown


def _tile_size(picture: Image.Image) -> tuple[int, int]:
    scale = min(1.0, TILE_SIDE / max(picture.size))
    return max(1, round(picture.width * scale)), max(1, round(picture.height * scale))


def _arrange(tiles: Sequence[Image.Image], grid: Grid) -> Image.Image:
    width, height = tiles[0].size
    sheet = Image.new("RGB", (width * grid.columns, height * grid.rows))
    for number, tile in enumerate(tiles):
        row, column = divmod(number, grid.columns)
        sheet.paste(tile, (column * width, row * height))
    return sheet


def _save(sheet: Image.Image, target: Path) -> None:
    for quality in _QUALITIES:
        sheet.save(target, "WEBP", quality=quality, method=4)
        if target.stat().st_size <= SHEET_BYTES:
            return
