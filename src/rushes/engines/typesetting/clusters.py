"""What belongs together in a text: characters with their marks, and the pieces that a line may end after."""

import re
import unicodedata
from typing import Final

_JOINER: Final = "\u200d"
_MODIFIER: Final = re.compile("[\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")
"""Skin tones, and the tags that spell a region's flag."""

_FLAG_HALF: Final = re.compile("[\U0001f1e6-\U0001f1ff]")
_SHAPELESS: Final = re.compile("[\u034f\u115f\u1160\u3164\ufe00-\ufe0f\U000e0000-\U000e0fff]")
_FIRST_PICTURE: Final = "\u2190"
_BREAK_HERE: Final = "\u200b"
_NO_BREAK: Final = frozenset("\u00a0\u202f\u2060\ufeff")
_MARKS: Final = frozenset({"Mn", "Mc", "Me"})
_OPENING: Final = frozenset({"Ps", "Pi"})
_CLOSING: Final = frozenset({"Pe", "Pf", "Po"})
_SMALL_KANA: Final = frozenset("ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶー々")
"""What does not begin a line in Japanese (JLREQ, 3.1.7)."""


def clusters(text: str) -> list[str]:
    """Split a text into what a reader takes for one character: the main rules of UAX #29, Unicode 15.

    Marks, selectors, skin tones and tags stay with what they follow, joined emoji and flags are one.
    """
    found: list[str] = []
    for character in text:
        if found and _continues(found[-1], character):
            found[-1] += character
        else:
            found.append(character)
    return found


def breakable(text: str) -> list[str]:
    """Split a paragraph into pieces that a line may end after, by the main rules of UAX #14, Unicode 15.

    The pieces together are the text; white space stays at the end of its piece.
    """
    pieces: list[str] = []
    for cluster in clusters(text):
        if pieces and not _may_break(pieces[-1], cluster):
            pieces[-1] += cluster
        else:
            pieces.append(cluster)
    return pieces


def is_ignorable(character: str) -> bool:
    """Tell whether a character has no shape: controls, joiners, direction marks, selectors, tags."""
    return unicodedata.category(character) in ("Cc", "Cf") or _SHAPELESS.match(character) is not None


def is_blank(text: str) -> bool:
    """Tell whether there is nothing to see of a text: no character, white space, or what has no shape."""
    return all(each.isspace() or is_ignorable(each) for each in text)


def _continues(cluster: str, character: str) -> bool:
    if unicodedata.category(character) in _MARKS or character in "\u200c\u200d":
        return not cluster.isspace()
    if _MODIFIER.match(character):
        return _is_picture(cluster[0])
    if cluster[-1] == _JOINER:
        return _is_picture(character) and _is_picture(cluster[0])
    return _FLAG_HALF.match(character) is not None and _FLAG_HALF.fullmatch(cluster) is not None


def _is_picture(character: str) -> bool:
    return character >= _FIRST_PICTURE and unicodedata.category(character) in ("So", "Sm", "Cn")


def _may_break(before: str, cluster: str) -> bool:
    last, first = before[-1], cluster[0]
    if first.isspace() or first in _NO_BREAK or last in _NO_BREAK:
        return False
    if last.isspace() or last == _BREAK_HERE:
        return True
    if unicodedata.category(last) in _OPENING or _may_not_begin(first):
        return False
    return _stands_alone(first) or _stands_alone(last) or (last == "-" and first.isalpha())


def _may_not_begin(character: str) -> bool:
    return character in _SMALL_KANA or unicodedata.category(character) in _CLOSING


def _stands_alone(character: str) -> bool:
    return unicodedata.east_asian_width(character) in ("W", "F")
