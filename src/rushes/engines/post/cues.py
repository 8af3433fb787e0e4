"""Subtitles as a list: which words are to be read, and when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from rushes.errors import EngineRefused

MAX_AT_ONCE: Final = 4
"""How many subtitles of a file may overlap at one moment; more could not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """One subtitle, shown from `start_ms` until before `end_ms`; line feeds part its lines."""

    start_ms: int
    end_ms: int
    text: str


def in_turn(cues: Iterable[Cue]) -> tuple[Cue, ...]:
    """Return cues in order of time, none of which overlaps another.

    Where some overlap, as a track of an mp4 cannot hold them (3GPP TS 26.245), the time that they share
    becomes a cue with the lines of each.

    Raises:
        EngineRefused: Too many overlap.
    """
    ordered = sorted(cues, key=lambda cue: (cue.start_ms, cue.end_ms))
    found: list[Cue] = []
    shown: list[Cue] = []
    for cue in ordered:
        if shown and cue.start_ms >= max(each.end_ms for each in shown):
            found += _parted(shown)
            shown = []
        shown.append(cue)
    return (*found, *_parted(shown))


def cut_to(cues: Sequence[Cue], length_ms: int) -> tuple[Cue, ...]:
    """Return what of the cues lies within a video of a length."""
    return tuple(replace(cue, end_ms=min(cue.end_ms, length_ms)) for cue in cues if cue.start_ms < length_ms)


def _parted(overlapping: Sequence[Cue]) -> list[Cue]:
    """Cut a group of cues, in order of time, at each begin and end."""
    if len(overlapping) == 1:
        return list(overlapping)
    borders = sorted({border for cue in overlapping for border in (cue.start_ms, cue.end_ms)})
    found: list[Cue] = []
    waiting, shown = list(reversed(overlapping)), list[Cue]()
    for start, end in pairwise(borders):
        shown = [cue for cue in shown if cue.end_ms > start]
        while waiting and waiting[-1].start_ms <= start:
            shown.append(waiting.pop())
        _require_readable(shown)
        text = "\n".join(dict.fromkeys(cue.text for cue in shown))
        if found and found[-1].text == text and found[-1].end_ms == start:
            found[-1] = replace(found[-1], end_ms=end)
        elif text:
            found.append(Cue(start_ms=start, end_ms=end, text=text))
    return found


def _require_readable(shown: Sequence[Cue]) -> None:
    if len(shown) > MAX_AT_ONCE:
        at = shown[-1].start_ms / 1000
        raise EngineRefused(
            f"At {at:.1f} s more than {MAX_AT_ONCE} subtitles are shown at once; correct their times."
        )
