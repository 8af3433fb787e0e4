"""Which characters a font file has, read by fontTools."""

from collections.abc import Iterable
from io import BufferedReader
from itertools import groupby
from pathlib import Path
from typing import Final

from fontTools.ttLib import TTCollection, TTFont

Ranges = tuple[tuple[int, int], ...]
"""First and last code points of runs of characters, in order."""

_MAX_FACES: Final = 64


def faces_in(path: Path) -> list[Ranges]:
    """Return what each face of a font file covers; a plain font has one face.

    Raises:
        ValueError: It is not a font, a broken one, or one that does not map Unicode.
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        try:
            return [_ranges(_characters(font)) for font in _fonts(file)]
        except Exception as error:  # a broken table can end in any exception
            raise ValueError(f"{path.name} is no font that can be read") from error


def _fonts(file: BufferedReader) -> list[TTFont]:
    if not file.peek(4).startswith(b"ttcf"):
        return [TTFont(file, lazy=True)]
    count = len(TTCollection(file, lazy=True))
    return [TTFont(file, fontNumber=index, lazy=True) for index in range(min(count, _MAX_FACES))]


def _characters(font: TTFont) -> Iterable[int]:
    # The glyphs' names are not needed, and to read them takes the longest.
    font.setGlyphOrder([str(glyph) for glyph in range(font["maxp"].numGlyphs)])
    found = font.getBestCmap()
    if found is None:
        raise ValueError("no table maps Unicode")
    return found


def _ranges(codes: Iterable[int]) -> Ranges:
    found: list[tuple[int, int]] = []
    # In a run, the distance between a code and its place in the list stays the same.
    for _, group in groupby(enumerate(sorted(codes)), key=lambda each: each[1] - each[0]):
        run = [code for _, code in group]
        found.append((run[0], run[-1]))
    return tuple(found)
