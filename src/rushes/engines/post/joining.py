"""Tells whether new frames can be put behind a video's own packets, and how many those are."""

# PyAV's types leave open what a packet belongs to.
# pyright: reportUnknownMemberType=false

from contextlib import AbstractContextManager
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np
from av.container import InputContainer
from av.video.stream import VideoStream

from rushes.domain.media import MediaLimits
from rushes.domain.options import VideoQuality
from rushes.engines.media.encoding import Encoder
from rushes.engines.media.footage import Footage
from rushes.engines.media.remuxing import Source
from rushes.engines.media.sizes import Size
from rushes.engines.media.videos import open_video

_LEAST_FRAMES: Final = 8
"""So many make the encoder reorder as far as it ever does, so that decoding times can go on evenly."""


def joinable_frames(source: Source, footage: Footage, *, quality: VideoQuality, workdir: Path) -> int | None:
    """Return how many frames a video has if packets of ours can follow its own, else `None`.

    They can if it was coded with just the parameter sets that our encoder writes (ITU-T H.264, 7.3.2): an mp4
    track has one pair of them. Its frames must be what is shown, and come at a constant rate.
    """
    if not footage.is_plain:
        return None
    with _opened(source) as (file, stream):
        parameter_sets, frames = stream.codec_context.extradata, _constant_frames(file, stream, footage.rate)
    if frames is None or parameter_sets != _own_sets(footage, quality, workdir):
        return None
    return frames


def _constant_frames(file: InputContainer, stream: VideoStream, rate: Fraction) -> int | None:
    """Return the number of frames if there is one at each multiple of 1 / `rate` and nowhere else."""
    base = stream.time_base or Fraction(0)
    times = sorted((packet.pts or 0) * base for packet in file.demux(stream) if packet.size)
    is_constant = all(abs(time * rate - number) < Fraction(1, 4) for number, time in enumerate(times))
    return len(times) if is_constant and len(times) >= _LEAST_FRAMES else None


def _own_sets(footage: Footage, quality: VideoQuality, workdir: Path) -> bytes | None:
    """Return how a decoder is set up for our encoder's video; an avcC record (ISO/IEC 14496-15, 5.3.3)."""
    trial = workdir / "trial.mp4"
    size: Size = footage.size
    try:
        with Encoder(trial, size=size, rate=footage.rate, quality=quality) as encoder:
            encoder.write(np.zeros((size.height, size.width, 3), np.uint8))
        with _opened(Source(path=trial, media_type="video/mp4")) as (_, stream):
            return stream.codec_context.extradata
    finally:
        trial.unlink(missing_ok=True)


def _opened(source: Source) -> AbstractContextManager[tuple[InputContainer, VideoStream]]:
    return open_video(source.path, media_type=source.media_type, max_pixels=MediaLimits().pixels)
