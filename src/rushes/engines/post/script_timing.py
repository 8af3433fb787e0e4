"""Makes subtitles of plain text: who reads them needs time, and lines that are not long.

The figures are those of the trade: up to 42 columns a line and two lines (Netflix, Timed Text Style Guide;
BBC, Subtitle Guidelines), 15 characters a second and at the most 17, from 1 to 7 s each.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import accumulate
from math import ceil
from typing import Final

from rushes.engines.post.cues import Cue
from rushes.engines.typesetting.clusters import breakable, clusters, is_blank
from rushes.errors import EngineRefused

COLUMNS: Final = 42
LINES: Final = 2
COMFORTABLE_COLUMNS_PER_SECOND: Final = 15
FASTEST_COLUMNS_PER_SECOND: Final = 17
SHORTEST_MS: Final = 1000
LONGEST_MS: Final = 7000
GAP_MS: Final = 80
"""How long nothing is shown between two subtitles, so that their change is seen."""

_SENTENCE: Final = re.compile(r"(?<=[.!?…。！？؟])[\s]+|(?<=[。！？])|\n")


def timed(script: str, *, length_ms: int) -> tuple[Cue, ...]:
    """Return a script as subtitles from a video's begin on, as fast as is comfortable, or a little faster.

    Raises:
        EngineRefused: It cannot be read in the video's length.
    """
    texts = [text for sentence in _SENTENCE.split(script) for text in _split(sentence)]
    if not texts:
        raise EngineRefused("The script has no words; write some.")
    shortest = _total(texts, FASTEST_COLUMNS_PER_SECOND)
    if shortest > length_ms:
        raise EngineRefused(
            f"The script takes {shortest / 1000:.1f} s to read, but the video lasts "
            f"{length_ms / 1000:.1f} s; shorten the script or extend the video."
        )
    comfortable = _total(texts, COMFORTABLE_COLUMNS_PER_SECOND)
    share = Fraction(max(0, comfortable - length_ms), max(1, comfortable - shortest))
    spans = [_between(text, share) for text in texts]
    starts = accumulate((span + GAP_MS for span in spans[:-1]), initial=0)
    return tuple(
        Cue(start_ms=start, end_ms=start + span, text=text)
        for start, span, text in zip(starts, spans, texts, strict=True)
    )


def lay_out(text: str, *, start_ms: int, end_ms: int) -> list[Cue]:
    """Return a text that has its time as subtitles of two lines, each with its share of that time."""
    texts = _split(text)
    columns = [0, *accumulate(columns_of(each) for each in texts)]
    borders = [start_ms + (end_ms - start_ms) * each // max(1, columns[-1]) for each in columns]
    spans = zip(borders, borders[1:], texts, strict=False)
    return [Cue(start_ms=start, end_ms=end, text=each) for start, end, each in spans if end > start]


def columns_of(text: str) -> int:
    """Return how much room a text takes, in widths of a Latin letter: ideographs count twice, marks not."""
    wide = sum(unicodedata.east_asian_width(each) in "WF" for each in text)
    return wide + sum(not unicodedata.combining(each) for each in text)


def _total(texts: Sequence[str], speed: int) -> int:
    return sum(_span(text, speed) for text in texts) + GAP_MS * (len(texts) - 1)


def _span(text: str, speed: int) -> int:
    return min(LONGEST_MS, max(SHORTEST_MS, round(1000 * columns_of(text) / speed)))


def _between(text: str, share: Fraction) -> int:
    """Return a text's time: the comfortable one for a share of 0, the shortest for 1."""
    comfortable = _span(text, COMFORTABLE_COLUMNS_PER_SECOND)
    return comfortable - ceil(share * (comfortable - _span(text, FASTEST_COLUMNS_PER_SECOND)))


def _split(sentence: str) -> list[str]:
    """Return a sentence as texts of at most two lines each; none of which there is nothing to see."""
    lines = _lines(breakable(" ".join(sentence.split())), COLUMNS)
    groups = [_balanced(lines[at : at + LINES]) for at in range(0, len(lines), LINES)]
    texts = ("\n".join(line.strip() for line in group) for group in groups)
    return [text for text in texts if not is_blank(text)]


def _balanced(lines: Sequence[str]) -> Sequence[str]:
    """Break two lines anew where they become about as long as each other."""
    whole = "".join(lines)
    for width in range(-(-columns_of(whole.rstrip()) // LINES), COLUMNS):
        narrower = _lines(breakable(whole), width)
        if len(narrower) <= len(lines):
            return narrower
    return lines


def _lines(pieces: Iterable[str], width: int) -> list[str]:
    """Fill lines with pieces, whose white space is kept."""
    lines: list[str] = []
    for part in (part for piece in pieces for part in _fitting(piece)):
        if lines and columns_of((lines[-1] + part).rstrip()) <= width:
            lines[-1] += part
        else:
            lines.append(part)
    return lines


def _fitting(piece: str) -> list[str]:
    """Return a word, in parts if it is longer than a line."""
    parts = [""]
    for cluster in clusters(piece):
        if parts[-1] and columns_of((parts[-1] + cluster).rstrip()) > COLUMNS:
            parts.append("")
        parts[-1] += cluster
    return parts
