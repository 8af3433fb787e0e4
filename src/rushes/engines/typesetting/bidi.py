"""In which order the parts of a line are seen: the Unicode Bidirectional Algorithm, by python-bidi.

Explicit embeddings, overrides and isolates are passed over: a prompt or a caption has the direction of its
letters.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import Final

from bidi import wrapper

_MARK: Final = "\0"
"""A character that the algorithm passes over (its class is BN) and no text has."""

_END: Final = ("\u200e", "\u200f")
"""The direction marks: invisible letters of the two directions, by base level."""

_EXPLICIT: Final = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_SPACES: Final = "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f\x85\u2029"
_CLEAN: Final = str.maketrans(_SPACES, " " * len(_SPACES), _EXPLICIT + _MARK)


def base_level(paragraph: str) -> int:
    """Return 1 for a paragraph that is read from right to left, by its first letter, else 0."""
    return wrapper.get_base_level(paragraph) if paragraph else 0


def visual_runs(line: str, base: int) -> list[tuple[str, bool]]:
    """Return the runs of one direction from left to right: the text as it was written, and if it is RTL.

    `base` is the base level of the line's paragraph.
    """
    runs: list[tuple[str, bool]] = []
    for is_rtl, group in groupby(_seen(line.translate(_CLEAN), base), key=lambda each: each[1]):
        characters = [character for character, _ in group]
        runs.append(("".join(reversed(characters) if is_rtl else characters), is_rtl))
    return runs


def _seen(line: str, base: int) -> Iterator[tuple[str, bool]]:
    """Yield the characters of a line from left to right, and if each is read from right to left.

    python-bidi returns the order alone. So each character gets a mark behind it, which takes its level
    (UAX #9, 5.2): where the mark is seen before the character, both were turned round. The direction mark
    keeps the line's last characters from being reset as white space at an end is (L1).
    """
    marked = "".join(character + _MARK for character in line) + _END[base]
    shown = str(wrapper.get_display(marked, base_dir="LR"[base]))
    shown = shown[1:] if base else shown[:-1]
    for first, second in zip(shown[::2], shown[1::2], strict=True):
        yield (second, True) if first == _MARK else (first, False)
