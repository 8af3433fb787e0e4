"""Breaks a text into lines of a width, and finds the size at which it fits a box."""

from dataclasses import dataclass
from typing import Final

from rushes.engines.typesetting.bidi import base_level
from rushes.engines.typesetting.clusters import breakable, clusters
from rushes.engines.typesetting.fonts import Weight
from rushes.engines.typesetting.runs import Run, runs_of, width_of

PARAGRAPH_ENDS: Final = ("\r\n", "\r", "\u2028", "\u2029", "\x0b", "\x0c", "\x85")


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it was written, and its paragraph's base level."""

    text: str
    base: int

    @property
    def is_rtl(self) -> bool:
        """Tell whether its paragraph is read from right to left."""
        return self.base == 1

    def runs(self, weight: Weight) -> list[Run]:
        """Return what is drawn, from left to right."""
        return runs_of(self.text, self.base, weight=weight)


def wrap(text: str, *, width: float, size: int, weight: Weight) -> list[Line]:
    """Break a text into lines of at most `width` pixels; an empty paragraph is an empty line.

    A word that is wider is broken anywhere; a single character that is wider stays.
    """
    parts = paragraphs(text)
    return [line for part in parts for line in _lines(part, width=width, size=size, weight=weight)]


def breaks_no_word(text: str, *, width: float, size: int, weight: Weight) -> bool:
    """Tell whether every piece of a text is at most `width` pixels wide."""
    pieces = (piece.rstrip() for part in paragraphs(text) for piece in breakable(part))
    return all(width_of(piece, size=size, weight=weight) <= width for piece in pieces)


def paragraphs(text: str) -> list[str]:
    """Split a text at its line ends."""
    for end in PARAGRAPH_ENDS:
        text = text.replace(end, "\n")
    return text.split("\n")


def _lines(paragraph: str, *, width: float, size: int, weight: Weight) -> list[Line]:
    base = base_level(paragraph)
    texts = _texts(paragraph, width=width, size=size, weight=weight)
    return [Line(text.rstrip(), base) for text in texts]


def _texts(paragraph: str, *, width: float, size: int, weight: Weight) -> list[str]:
    lines = [""]
    used = 0.0
    for piece in breakable(paragraph):
        seen = width_of(piece.rstrip(), size=size, weight=weight)
        if used and used + seen > width:
            lines.append("")
            used = 0.0
        if seen > width:
            *whole, piece = _broken(piece, width=width, size=size, weight=weight)  # noqa: PLW2901 - its end goes on
            lines[-1:] = [*whole, ""] if whole else [""]
        lines[-1] += piece
        used += width_of(piece, size=size, weight=weight)
    return lines


def _broken(word: str, *, width: float, size: int, weight: Weight) -> list[str]:
    parts = [""]
    for cluster in clusters(word):
        longer = parts[-1] + cluster
        if parts[-1] and width_of(longer.rstrip(), size=size, weight=weight) > width:
            parts.append(cluster)
        else:
            parts[-1] = longer
    return parts
