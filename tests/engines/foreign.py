"""Makes videos as other programs write them, with what our own encoder does not use."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from rushes.engines.media.sources import Source

RATE = 25
AUDIO_RATE = 48_000
TYPES = {".mp4": "video/mp4", ".webm": "video/webm", ".mkv": "video/x-matroska", ".mov": "video/quicktime"}


def source(path: Path) -> Source:
    return Source(path=path, media_type=TYPES[path.suffix])


def write_foreign(
    path: Path,
    *,
    codec: str = "libx264",
    sound: str | None = None,
    seen_at: int = 0,
    heard_at: int = 0,
    frames: int = 25,
    pixels: str = "yuv420p",
) -> Path:
    """Write frames that grow brighter, with a click in the sound halfway; they begin after whole seconds."""
    with av.open(str(path), "w") as file:
        seen: Any = file.add_stream(codec, rate=RATE)
        seen.width, seen.height, seen.pix_fmt = 320, 240, pixels
        heard: Any = file.add_stream(sound, rate=AUDIO_RATE, layout="stereo") if sound else None
        if heard is not None:
            # FFmpeg calls its own encoder of Vorbis an experiment.
            heard.codec_context.options = {"strict": "-2"}
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(
                np.full((240, 320, 3), 40 + 6 * number, np.uint8), format="rgb24"
            )
            frame.pts, frame.time_base = number + seen_at * RATE, Fraction(1, RATE)
            file.mux(seen.encode(frame))
        file.mux(seen.encode(None))
        if heard is not None:
            _write_sound(file, heard, frames * AUDIO_RATE // RATE, heard_at * AUDIO_RATE)
    return path


def _write_sound(file: Any, stream: Any, length: int, begin: int) -> None:
    samples = np.zeros((2, length), np.float32)
    samples[:, length // 2 :] = 0.4 * np.sin(np.arange(length - length // 2) / 8)
    resampler = av.AudioResampler(format=stream.codec_context.format, frame_size=stream.frame_size or 1024)
    frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="stereo")
    frame.sample_rate, frame.pts, frame.time_base = AUDIO_RATE, begin, Fraction(1, AUDIO_RATE)
    for piece in [*resampler.resample(frame), *resampler.resample(None)]:
        file.mux(stream.encode(piece))
    file.mux(stream.encode(None))


def codecs_of(path: Path) -> list[str]:
    """Return the names of a file's codecs, by their streams' order."""
    with av.open(str(path)) as file:
        return [stream.codec_context.codec.canonical_name for stream in file.streams]


def times_of(path: Path) -> list[float]:
    """Return when each frame is shown, in seconds."""
    with av.open(str(path)) as file:
        return [float(frame.time or 0) for frame in file.decode(video=0)]


def click_of(path: Path) -> float:
    """Return when a file's sound stops to be silent, in seconds."""
    with av.open(str(path)) as file:
        for frame in file.decode(audio=0):
            loud = np.flatnonzero(np.abs(np.asarray(frame.to_ndarray(), np.float32)).max(axis=0) > 0.1)
            if loud.size:
                return float(frame.time or 0) + float(loud[0]) / frame.sample_rate
    raise AssertionError("there is no sound")
