"""Brings a mix to the loudness that it is to have, and encodes it.

The gain is one figure for the whole, so that loud and soft stay as they are to each other; only peaks that
would be too high are held down, by a limiter that looks at four times the rate (ITU-R BS.1770-5, annex 2).
What counts is what is heard: the encoded file is measured, and encoded anew where the codec has moved it.
"""

# PyAV types its packets only in part.
# pyright: reportUnknownMemberType=false

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import av
from av.audio.frame import AudioFrame

from rushes.engines.media.encoding import writing
from rushes.engines.media.sound_filters import PLANAR, RATE, Filter, OnFrame, decoded, filtered, watched
from rushes.engines.media.sounds import open_sound
from rushes.engines.post.loudness import Loudness, measure

TARGET_LUFS: Final = -16.0
CEILING_DBTP: Final = -1.0
MAX_GAIN_DB: Final = 24.0
"""Who amplifies more hears the hiss of the recording."""

_CODEC_MARGIN_DB: Final = 1.0
"""How much higher than its input the peaks of what AAC gives back can be, mostly."""
_TOLERANCE_LU: Final = 0.5
_MAX_DRIVE_DB: Final = 6.0
"""How much louder a sound is made to make good for what the limiter takes; beyond, it would sound crushed."""
_MAX_ROUNDS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """A gain in decibels, and the true peak to hold, in dBTP; `None` where no peak comes near it."""

    gain_db: float
    ceiling_dbtp: float | None

    @property
    def filters(self) -> list[Filter]:
        """Return what does it."""
        gain: Filter = ("volume", f"{self.gain_db:.3f}dB")
        if self.ceiling_dbtp is None:
            return [gain, PLANAR]
        limit = 10 ** (self.ceiling_dbtp / 20)
        return [
            gain,
            ("aresample", str(4 * RATE)),
            ("alimiter", f"limit={limit:.5f}:attack=5:release=80:level=0:latency=1"),
            ("aresample", str(RATE)),
            PLANAR,
        ]


def gain_towards(target_lufs: float, measured: Loudness) -> float:
    """Return the gain in decibels that makes a sound as loud, as far as that makes sense; 0 for silence."""
    if measured.is_silent:
        return 0.0
    return min(MAX_GAIN_DB, target_lufs - measured.lufs)


def master(
    mix: Path,
    target: Path,
    *,
    measured: Loudness,
    gain_db: float,
    bit_rate: int,
    on_frame: OnFrame,
) -> Loudness:
    """Encode a mix (WAV) with a gain as AAC in an mp4, no peak above `CEILING_DBTP`; return what is heard.

    `measured` is the mix's loudness; `on_frame` sees each frame and may raise to stop.

    Raises:
        EngineError: It cannot be encoded.
    """
    wanted, most = measured.lufs + gain_db, gain_db + _MAX_DRIVE_DB
    settings = _first_settings(measured, gain_db)
    if settings.ceiling_dbtp is not None:
        settings = _driven(mix, settings, wanted=wanted, most_db=most, on_frame=on_frame)
    for _ in range(_MAX_ROUNDS):
        heard = _render(mix, target, settings, bit_rate=bit_rate, on_frame=on_frame)
        better = _louder(_lower(settings, heard), heard, wanted=wanted, most_db=most)
        if measured.is_silent or better == settings:
            return heard
        settings = better
    return _render(mix, target, settings, bit_rate=bit_rate, on_frame=on_frame)


def write_mix(frames: Iterable[AudioFrame], path: Path) -> None:
    """Write planar stereo frames as a WAV in floating point, which clips nothing.

    Raises:
        EngineError: It cannot be written.
    """
    with writing(), av.open(str(path), "w", format="wav") as file:
        stream = file.add_stream("pcm_f32le", rate=RATE, layout="stereo")
        for frame in frames:
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))


def _first_settings(measured: Loudness, gain_db: float) -> Settings:
    ceiling = CEILING_DBTP - _CODEC_MARGIN_DB
    is_low = measured.true_peak_dbtp + gain_db <= ceiling
    return Settings(gain_db=gain_db, ceiling_dbtp=None if is_low else ceiling)


def _driven(mix: Path, settings: Settings, *, wanted: float, most_db: float, on_frame: OnFrame) -> Settings:
    """Return settings with the gain that makes good for what their limiter takes."""
    for _ in range(_MAX_ROUNDS):
        limited = measure(watched(filtered(_read(mix), *settings.filters), on_frame), peaks=False)
        better = _louder(settings, limited, wanted=wanted, most_db=most_db)
        if better == settings:
            break
        settings = better
    return settings


def _lower(settings: Settings, heard: Loudness) -> Settings:
    """Return settings that hold peaks down by as much as they were too high."""
    excess = heard.true_peak_dbtp - CEILING_DBTP
    if excess <= 0:
        return settings
    held = CEILING_DBTP - _CODEC_MARGIN_DB if settings.ceiling_dbtp is None else settings.ceiling_dbtp
    return replace(settings, ceiling_dbtp=held - excess - 0.1)


def _louder(settings: Settings, heard: Loudness, *, wanted: float, most_db: float) -> Settings:
    """Return settings with the gain that was missing, or was too much."""
    short = wanted - heard.lufs
    if abs(short) <= _TOLERANCE_LU:
        return settings
    return replace(settings, gain_db=min(most_db, settings.gain_db + short))


def _render(mix: Path, target: Path, settings: Settings, *, bit_rate: int, on_frame: OnFrame) -> Loudness:
    _encode(watched(filtered(_read(mix), *settings.filters), on_frame), target, bit_rate=bit_rate)
    return measure(watched(_read(target), on_frame))


def _encode(frames: Iterable[AudioFrame], path: Path, *, bit_rate: int) -> None:
    with writing(), av.open(str(path), "w", format="mp4") as file:
        stream = file.add_stream("aac", rate=RATE, layout="stereo")
        stream.bit_rate = bit_rate
        for frame in frames:
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))


def _read(path: Path) -> Iterator[AudioFrame]:
    media_type = "audio/wav" if path.suffix == ".wav" else "audio/mp4"
    with open_sound(path, media_type=media_type) as file:
        yield from decoded(file, in_step=True)
