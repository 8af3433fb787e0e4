"""How text is written that people send to be read, such as subtitles."""

import codecs
import re
from typing import Final

CONTROLS: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
"""The characters that control a terminal, but for those that part words and lines."""

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode_words(raw: bytes, *, is_cut: bool = False) -> str | None:
    """Return a text in UTF-8, in UTF-16 if it says so by a byte order mark, else in Windows-1252.

    `None` stands for one that is broken, or has characters that control a terminal; if it `is_cut`, its last
    character need not be whole.
    """
    encoding = next((name for mark, name in _MARKS if raw.startswith(mark)), "utf-8")
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(raw, final=not is_cut)
    except UnicodeDecodeError:
        if encoding != "utf-8":
            return None
        text = raw.decode("cp1252", errors="replace")
    return None if CONTROLS.search(text) else text
