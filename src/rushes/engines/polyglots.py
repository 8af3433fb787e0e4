"""Recognises media files that are something else besides, for a reader that looks elsewhere in them."""

import re
from pathlib import Path
from typing import Final

from rushes.errors import MediaRejected

HEAD_BYTES: Final = 1024
"""Where readers of PDF (ISO 32000-1, annex H) and of HTML (WHATWG, MIME Sniffing) look for a beginning."""

_OTHER_BEGINNINGS: Final = re.compile(
    rb"%PDF-|<!doctype html|<html[\s>]|<script[\s>]|<svg[\s>]", re.IGNORECASE
)

_ZIP_END: Final = b"PK\x05\x06"
_ZIP_END_BYTES: Final = 22
_ZIP_COMMENT_BYTES: Final = 65_535


def require_one_type(path: Path) -> None:
    """Require that a picture, video or sound is no archive, page or document as well.

    An archive is read from its end (PKWARE APPNOTE, 4.3.16), so that any file can have one appended.

    Raises:
        MediaRejected: It is.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        file.seek(max(0, size - _ZIP_END_BYTES - _ZIP_COMMENT_BYTES))
        tail = file.read()
    if _OTHER_BEGINNINGS.search(head) or _ends_as_archive(tail):
        raise MediaRejected("The file is something else besides a picture, video or sound; export it again.")


def _ends_as_archive(tail: bytes) -> bool:
    at = tail.rfind(_ZIP_END)
    if at < 0 or at + _ZIP_END_BYTES > len(tail):
        return False
    comment = int.from_bytes(tail[at + 20 : at + _ZIP_END_BYTES], "little")
    return at + _ZIP_END_BYTES + comment <= len(tail)
