"""Recognises media files that are something else besides, for a reader that looks elsewhere in them."""

import re
from pathlib import Path
from typing import BinaryIO, Final

from rushes.errors import MediaRejected

HEAD_BYTES: Final = 1024
"""Where readers of PDF (ISO 32000-1, annex H) and of HTML (WHATWG, MIME Sniffing) look for a beginning."""

_OTHER_BEGINNINGS: Final = re.compile(
    rb"%PDF-|<!doctype html|<html[\s>]|<script[\s>]|<svg[\s>]", re.IGNORECASE
)

_ZIP_END: Final = b"PK\x05\x06"
_ZIP_END_BYTES: Final = 22
_ZIP_DIRECTORY: Final = b"PK\x01\x02"
_ZIP64_LOCATOR: Final = b"PK\x06\x07"
_ZIP64_LOCATOR_BYTES: Final = 20
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
        is_other = _OTHER_BEGINNINGS.search(head) is not None or _ends_as_archive(file, tail, size=size)
    if is_other:
        raise MediaRejected("The file is something else besides a picture, video or sound; export it again.")


def _ends_as_archive(file: BinaryIO, tail: bytes, *, size: int) -> bool:
    """Tell whether a file's last bytes hold an archive's end, with its directory where that says it is."""
    found = (match.start() for match in re.finditer(re.escape(_ZIP_END), tail))
    return any(_is_end(file, tail, at, place=size - len(tail) + at) for at in found)


def _is_end(file: BinaryIO, tail: bytes, at: int, *, place: int) -> bool:
    record = tail[at : at + _ZIP_END_BYTES]
    if len(record) < _ZIP_END_BYTES:
        return False
    if tail[max(0, at - _ZIP64_LOCATOR_BYTES) : at].startswith(_ZIP64_LOCATOR):
        return True
    length, start = (int.from_bytes(record[begin : begin + 4], "little") for begin in (12, 16))
    # The start is counted from where the archive's own first byte was before it was appended.
    return any(_has_directory(file, at) for at in (place - length, start))


def _has_directory(file: BinaryIO, at: int) -> bool:
    if at < 0:
        return False
    file.seek(at)
    return file.read(len(_ZIP_DIRECTORY)) == _ZIP_DIRECTORY
