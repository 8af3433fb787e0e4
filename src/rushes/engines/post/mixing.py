"""Mixes a new sound with that of a video."""

# PyAV's filter graph hands out frames of any kind.
# pyright: reportUnknownMemberType=false

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from av.audio.frame import AudioFrame
from av.filter.context import FilterContext

from rushes.domain.options import AudioMix
from rushes.engines.media.sound_filters import FRAMES, PLANAR, Filter, SoundGraph, filtered

DUCKING: Final = "threshold=0.03:ratio=4:attack=20:release=400:knee=4"
"""How a sound makes way for another: speech of -16 LUFS takes about 10 dB of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where the new sound stands in a video of `length`; all in samples at `RATE`, the gain in decibels.

    It begins at `delay`; `heard` is how much of it there is until it or the video ends.
    """

    length: int
    delay: int
    heard: int
    fade_in: int = 0
    fade_out: int = 0
    gain_db: float = 0.0


def replaced(new: Iterable[AudioFrame], placement: Placement) -> Iterator[AudioFrame]:
    """Return the new sound alone, as long as the video; frames are planar stereo at `RATE`."""
    return filtered(first(new, placement.heard), *_placed(placement), FRAMES)


def mixed(
    new: Iterable[AudioFrame], own: Iterable[AudioFrame], placement: Placement, *, mix: AudioMix
) -> Iterator[AudioFrame]:
    """Return the new sound together with the video's own, which makes way for it when it is to be ducked."""
    graph = SoundGraph()
    new_source, own_source = graph.source(), graph.source()
    above = graph.chain(new_source, *_placed(placement))
    below = graph.chain(own_source, *_fitted(placement))
    if mix is AudioMix.DUCK:
        above = graph.chain(above, ("asplit", "2"))
        below = graph.join("sidechaincompress", DUCKING, (below, 0), (above, 1))
    both = graph.join("amix", "inputs=2:duration=longest:normalize=0", (above, 0), (below, 0))
    graph.end(graph.chain(both, PLANAR, FRAMES))
    feeds = [
        _Feed(new_source, first(new, placement.heard), late=placement.delay),
        _Feed(own_source, first(own, placement.length), late=0),
    ]
    return _fed(graph, feeds)


def first(frames: Iterable[AudioFrame], samples: int) -> Iterator[AudioFrame]:
    """Return the frames that hold a sound's first samples; the rest is not even decoded."""
    for frame in frames:
        if samples <= 0:
            return
        yield frame
        samples -= frame.samples


def _placed(placement: Placement) -> list[Filter]:
    fades: list[Filter] = []
    if placement.fade_in:
        fades.append(("afade", f"t=in:ss=0:ns={placement.fade_in}"))
    if placement.fade_out:
        begin = max(0, placement.heard - placement.fade_out)
        fades.append(("afade", f"t=out:ss={begin}:ns={placement.heard - begin}"))
    return [
        ("volume", f"{placement.gain_db:.3f}dB"),
        ("atrim", f"end_sample={placement.heard}"),
        *fades,
        ("adelay", f"{placement.delay}S:all=1"),
        *_fitted(placement),
    ]


def _fitted(placement: Placement) -> list[Filter]:
    return [("apad", f"whole_len={placement.length}"), ("atrim", f"end_sample={placement.length}"), PLANAR]


class _Feed:
    """A source of the graph, and what is pushed into it."""

    def __init__(self, source: FilterContext, frames: Iterable[AudioFrame], *, late: int) -> None:
        """Take frames that stand `late` samples behind the video's begin."""
        self.due = 0
        self._source, self._frames, self._late = source, iter(frames), late

    def push(self) -> bool:
        """Push the next frame; `False` if that was the end."""
        frame = next(self._frames, None)
        self._source.push(frame)
        if frame is None:
            return False
        self.due = max(self.due, self._late) + frame.samples
        return True


def _fed(graph: SoundGraph, feeds: Sequence[_Feed]) -> Iterator[AudioFrame]:
    """Push always into the source that is behind, for what the others are ahead is kept in memory."""
    waiting = list(feeds)
    while waiting:
        feed = min(waiting, key=lambda each: each.due)
        if not feed.push():
            waiting.remove(feed)
        yield from graph.pull()
