"""Measures how loud sound is, by EBU R 128 (ITU-R BS.1770: gated loudness and true peak)."""

# PyAV's filter graph hands out frames of any kind.
# pyright: reportUnknownMemberType=false

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from av.audio.frame import AudioFrame

from rushes.engines.media.sound_filters import RATE, SoundGraph

SILENCE_LUFS: Final = -70.0
"""BS.1770 hears nothing below this: its absolute gate."""

_STEP: Final = RATE // 10
"""The filter measures whole tenths of a second only."""
_LEAST_SAMPLES: Final = 5 * _STEP
"""The loudness of less than a block of 400 ms is not defined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loudness:
    """What was measured: loudness in LUFS, how many samples of each channel, and the true peak in dBTP.

    A peak that was not asked for is `math.nan`.
    """

    lufs: float
    true_peak_dbtp: float
    samples: int

    @property
    def is_silent(self) -> bool:
        """Tell whether there is nothing to hear."""
        return self.lufs <= SILENCE_LUFS


class LoudnessMeter:
    """Measures the frames that it is shown: planar stereo at `RATE`."""

    def __init__(self, *, peaks: bool = True) -> None:
        """Begin; without `peaks`, which need four times the rate, it takes half the time."""
        self._peaks = peaks
        self._graph = SoundGraph()
        self._source = self._graph.source()
        meter = ("ebur128", f"metadata=1:peak={'true' if peaks else 'none'}:framelog=quiet")
        padding = (("apad", f"whole_len={_LEAST_SAMPLES}"), ("asetnsamples", f"n={_STEP}:p=1"))
        self._graph.end(self._graph.chain(self._source, *padding, meter))
        self._seen: dict[str, str] = {}
        self._samples = 0

    def add(self, frame: AudioFrame) -> None:
        """Measure one more frame."""
        self._samples += frame.samples
        self._source.push(frame)
        self._look()

    def watch(self, frames: Iterable[AudioFrame]) -> Iterator[AudioFrame]:
        """Measure frames while they pass."""
        for frame in frames:
            self.add(frame)
            yield frame

    def read(self) -> Loudness:
        """End, and return what was measured."""
        self._source.push(None)
        self._look()
        lufs = float(self._seen.get("lavfi.r128.I", "-inf"))
        peak = self._true_peak() if self._peaks else math.nan
        return Loudness(lufs=max(SILENCE_LUFS, lufs), true_peak_dbtp=peak, samples=self._samples)

    def _true_peak(self) -> float:
        peak = float(self._seen.get("lavfi.r128.true_peak", "0"))
        return 20 * math.log10(peak) if peak > 0 else SILENCE_LUFS

    def _look(self) -> None:
        for frame in self._graph.pull():
            self._seen = dict(frame.metadata)


def measure(frames: Iterable[AudioFrame], *, peaks: bool = True) -> Loudness:
    """Measure frames to their end."""
    meter = LoudnessMeter(peaks=peaks)
    for frame in frames:
        meter.add(frame)
    return meter.read()
