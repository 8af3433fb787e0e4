"""Right-to-left text as it is drawn from left to right, for a machine where nothing else shapes it."""

from typing import Final

from arabic_reshaper import ArabicReshaper
from bidi.mirror import MIRRORED

_RESHAPER: Final = ArabicReshaper({"delete_harakat": False, "ARABIC LIGATURE ALLAH": False})
"""Few fonts have the glyph of a whole word."""


def shape_rtl(text: str) -> str:
    """Return a run that is read from right to left as it is drawn from left to right.

    Arabic letters are joined and brackets mirrored. A mark comes before its letter: fonts draw the marks of
    these scripts to the right of the pen.
    """
    shaped = _RESHAPER.reshape(text)
    return "".join(MIRRORED.get(each, each) for each in reversed(shaped))
