"""Checks files that are neither seen nor heard: subtitles, data and archives of templates."""

import json
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, NoReturn, cast

import orjson

from rushes.domain.encodings import decode_words
from rushes.domain.media import MediaLimits
from rushes.errors import MediaRejected

MAX_CUES: Final = 20_000
MAX_DEPTH: Final = 64

_ARCHIVE: Final = b"PK\x03\x04"
_CHUNK_BYTES: Final = 1024 * 1024
_MAX_RATIO: Final = 200
"""No template's text is packed that much smaller; what was made to burst is."""
_ALWAYS_ALLOWED_BYTES: Final = 10 * 1024 * 1024


def check_text(path: Path) -> None:
    """Require text as the engines read it, without characters that control a terminal.

    Raises:
        MediaRejected: It is none, or has too many cues.
    """
    text = decode_words(path.read_bytes())
    if text is None:
        raise MediaRejected("The file is cut off, or no text; save it as text in UTF-8.")
    if not text.strip():
        raise MediaRejected("The file has no text.")
    if text.count("-->") > MAX_CUES:
        raise MediaRejected(f"The file has more than {MAX_CUES} subtitles; split it.")


def check_data(path: Path) -> None:
    """Require an object or array of JSON that can be stored and handed on.

    Raises:
        MediaRejected: It is none, or nested too deeply.
    """
    try:
        value: Any = json.loads(_text(path), parse_constant=_refuse)
        # Numbers beyond 64 bits and halves of surrogate pairs cannot be written again.
        orjson.dumps(value)
    except (ValueError, RecursionError, TypeError) as error:
        raise MediaRejected("The file is no valid JSON.") from error
    if _depth(value) > MAX_DEPTH:
        raise MediaRejected(f"The JSON is nested more than {MAX_DEPTH} levels deep.")


def check_archive(path: Path, limits: MediaLimits) -> None:
    """Require an archive whose entries stay in one folder and unpack to no more than is allowed.

    Every entry is unpacked, for what an archive says of its sizes need not be true.

    Raises:
        MediaRejected: It is broken, encrypted, or made to break out or to burst.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            _require_entries(entries, limits)
            left = min(limits.unpacked_bytes, max(_ALWAYS_ALLOWED_BYTES, path.stat().st_size * _MAX_RATIO))
            for entry in entries:
                left = _unpack(archive, entry, left)
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError) as error:
        raise MediaRejected("The archive is cut off or broken.") from error
    except (NotImplementedError, RuntimeError, UnicodeError) as error:
        raise MediaRejected("The archive is encrypted or packed in a way that is not accepted.") from error


def _require_entries(entries: list[zipfile.ZipInfo], limits: MediaLimits) -> None:
    if not entries:
        raise MediaRejected("The archive is empty.")
    if len(entries) > limits.archive_files:
        raise MediaRejected(f"The archive has more than {limits.archive_files} entries.")
    names = [entry.filename.rstrip("/") for entry in entries]
    if len({name.casefold() for name in names}) < len(names):
        raise MediaRejected("The archive has two entries of one name.")
    for entry in entries:
        _require_inside(entry)


def _require_inside(entry: zipfile.ZipInfo) -> None:
    name = entry.orig_filename
    parts = name.rstrip("/").split("/")
    is_outside = name.startswith("/") or {"", ".", ".."} & set(parts) or any(c in name for c in "\\:\0")
    if is_outside or not name.isprintable():
        raise MediaRejected("The archive has an entry that would leave its folder.")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise MediaRejected(f"{name} in the archive is a link or a device.")


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int) -> int:
    """Read an entry to its end, throwing it away; return how much the others may still have."""
    with archive.open(entry) as file:
        chunk = file.read(_CHUNK_BYTES)
        if chunk.startswith(_ARCHIVE):
            raise MediaRejected(f"{entry.filename} is another archive; put its files into this one.")
        while chunk:
            left -= len(chunk)
            if left < 0:
                raise MediaRejected("The archive unpacks to more than is allowed.")
            chunk = file.read(_CHUNK_BYTES)
    return left


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MediaRejected("The file is not written in UTF-8.") from error


def _depth(value: Any) -> int:
    """Return how deep a value is nested, counting no further than is needed to refuse it."""
    depth, level = 0, [value]
    while level and depth <= MAX_DEPTH:
        depth += 1
        level = [inner for each in level for inner in _children(each)]
    return depth


def _children(value: Any) -> Iterable[Any]:
    match value:
        case dict():
            return cast("dict[str, Any]", value).values()
        case list():
            return cast("list[Any]", value)
        case _:
            return ()


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a number")
