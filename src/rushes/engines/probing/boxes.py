"""Looks through the boxes of an MP4 or QuickTime file before FFmpeg believes what they claim."""

import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from rushes.engines.media.videos import MAX_TRACKS
from rushes.errors import MediaRejected

MAX_BOXES: Final = 200_000
MAX_DEPTH: Final = 16
MAX_TABLE_BYTES: Final = 16 * 1024 * 1024

_CONTAINERS: Final = frozenset(b"moov hoov trak mdia minf stbl dinf edts moof traf mvex".split())
_HEADER_BYTES: Final = 8
_LONG_HEADER_BYTES: Final = 16
_FULL_BYTES: Final = 4
"""Of the version and flags that many boxes begin with."""

_SELF_CONTAINED: Final = 1
_RUN_FIELDS: Final = 0xF00
_RUN_OFFSET, _RUN_FIRST_FLAGS = 1, 4


@dataclass(frozen=True, slots=True)
class _Box:
    kind: bytes
    start: int
    end: int


@dataclass(slots=True)
class _Tally:
    """What the boxes seen so far claim together."""

    file_bytes: int
    boxes: int = 0
    tracks: int = 0
    samples: int = 0

    def add_samples(self, count: int) -> None:
        # A sample has a byte at least.
        self.samples += count
        if self.samples > self.file_bytes:
            raise MediaRejected("The file claims more samples than it can have; export it again.")


def check_boxes(path: Path) -> None:
    """Require a file that keeps its samples to itself, and whose tables are as long as they say.

    FFmpeg makes room for what a table claims before it reads it, so that some bytes can cost gigabytes.
    Broken boxes are left to it: it says what is cut off. Source: ISO/IEC 14496-12; QuickTime File Format.

    Raises:
        MediaRejected: It refers to other files, has too many tracks, or claims what cannot be.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        _walk(file, start=0, end=size, depth=0, tally=_Tally(size))


def _walk(file: BinaryIO, *, start: int, end: int, depth: int, tally: _Tally) -> None:
    if depth > MAX_DEPTH:
        raise MediaRejected("The file's boxes are nested too deeply; export it again.")
    for box in _boxes(file, start, end):
        tally.boxes += 1
        if tally.boxes > MAX_BOXES:
            raise MediaRejected("The file is in too many pieces; export it again.")
        if box.kind in _CONTAINERS:
            _count_track(box, tally)
            _walk(file, start=box.start, end=box.end, depth=depth + 1, tally=tally)
        elif box.kind in _CHECKS:
            _CHECKS[box.kind](_body(file, box), tally)


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[_Box]:
    at = start
    while at + _HEADER_BYTES <= end:
        file.seek(at)
        header = file.read(_LONG_HEADER_BYTES)
        size, kind, body = int.from_bytes(header[:4], "big"), header[4:8], at + _HEADER_BYTES
        if size == 1:
            size, body = int.from_bytes(header[8:16], "big"), at + _LONG_HEADER_BYTES
        elif size == 0:
            size = end - at
        if at + size < body:
            return
        yield _Box(kind, body, min(at + size, end))
        at += size


def _body(file: BinaryIO, box: _Box) -> bytes:
    if box.end - box.start > MAX_TABLE_BYTES:
        raise MediaRejected("The file's index is too large; export it again.")
    file.seek(box.start)
    return file.read(box.end - box.start)


def _count_track(box: _Box, tally: _Tally) -> None:
    tally.tracks += box.kind == b"trak"
    if tally.tracks > MAX_TRACKS:
        raise MediaRejected(f"The file has more than {MAX_TRACKS} tracks; export it with those you need.")


def _number(body: bytes, at: int) -> int:
    return int.from_bytes(body[at : at + 4], "big")


def _require_room(body: bytes, *, head: int, count: int, width: int) -> None:
    if head + count * width > len(body):
        raise MediaRejected("The file has a table that claims more than it holds; export it again.")


def _table(width: int) -> Callable[[bytes, _Tally], None]:
    """Return the check of a table whose entries have `width` bytes each."""

    def check(body: bytes, _: _Tally) -> None:
        _require_room(body, head=_FULL_BYTES + 4, count=_number(body, _FULL_BYTES), width=width)

    return check


def _check_edits(body: bytes, tally: _Tally) -> None:
    _table(20 if body[:1] == b"\1" else 12)(body, tally)


def _check_sizes(body: bytes, tally: _Tally) -> None:
    size, count = _number(body, 4), _number(body, 8)
    if size == 0:
        _require_room(body, head=12, count=count, width=4)
    tally.add_samples(count)


def _check_compact_sizes(body: bytes, tally: _Tally) -> None:
    bits, count = body[7] if len(body) > 7 else 0, _number(body, 8)  # noqa: PLR2004 — the field's place
    _require_room(body, head=12, count=count * bits // 8, width=1)
    tally.add_samples(count)


def _check_chunks(body: bytes, tally: _Tally) -> None:
    _table(12)(body, tally)
    entries = body[8 : 8 + 12 * _number(body, 4)]
    if any(samples > tally.file_bytes for _, samples, _ in struct.iter_unpack(">III", entries)):
        raise MediaRejected("The file claims more samples than it can have; export it again.")


def _check_run(body: bytes, tally: _Tally) -> None:
    flags, count = _number(body, 0) & 0xFFFFFF, _number(body, 4)
    head = 8 + 4 * bool(flags & _RUN_OFFSET) + 4 * bool(flags & _RUN_FIRST_FLAGS)
    _require_room(body, head=head, count=count, width=4 * (flags & _RUN_FIELDS).bit_count())
    tally.add_samples(count)


def _check_references(body: bytes, _: _Tally) -> None:
    at = _FULL_BYTES + 4
    while at + _HEADER_BYTES + _FULL_BYTES <= len(body):
        if not _number(body, at + _HEADER_BYTES) & _SELF_CONTAINED:
            _refuse_reference(body, _)
        at += max(_HEADER_BYTES, _number(body, at))


def _refuse_reference(_body: bytes, _tally: _Tally) -> None:
    raise MediaRejected("The file refers to other files for its content; export it as one file.")


def _refuse_packed(_body: bytes, _tally: _Tally) -> None:
    raise MediaRejected("The file's index is packed; export it again.")


_CHECKS: Final[Mapping[bytes, Callable[[bytes, _Tally], None]]] = {
    b"stsz": _check_sizes,
    b"stz2": _check_compact_sizes,
    b"stts": _table(8),
    b"ctts": _table(8),
    b"stco": _table(4),
    b"co64": _table(8),
    b"stss": _table(4),
    b"stps": _table(4),
    b"stsc": _check_chunks,
    b"elst": _check_edits,
    b"trun": _check_run,
    b"dref": _check_references,
    b"rmra": _refuse_reference,
    b"cmov": _refuse_packed,
}
"""What is asked of each box, by its name; samples: 8.7, 8.8; references: 8.7.2; edits: 8.6.6; runs: 8.8.8."""
