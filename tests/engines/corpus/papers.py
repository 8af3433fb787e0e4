"""Archives, data and subtitles that break out of their folder or burst."""

import io
import stat
import struct
import warnings
import zipfile
from collections.abc import Iterable

from tests.engines.corpus import good
from tests.engines.corpus.case import Bait, Case

OUT = "would leave its folder"
CUE = "1\n00:00:01,000 --> 00:00:02,000\nHi\n\n"


def packed(*entries: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    file = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        warnings.simplefilter("ignore")
        for name, content in entries:
            target.writestr(name, content, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def special(name: str, kind: int) -> zipfile.ZipInfo:
    """An entry that is no plain file."""
    entry = zipfile.ZipInfo(name)
    entry.create_system = 3
    entry.external_attr = (kind | 0o777) << 16
    return entry


def overlapping(count: int) -> bytes:
    """An archive whose entries are all one and the same stretch of the file (D. Fifield, 2019)."""
    content = packed(("a", bytes(5 * 2**20)))
    start = content.index(b"PK\x01\x02")
    end = content.index(b"PK\x05\x06")
    entry = bytearray(content[start:end])
    directory = b"".join(
        bytes(entry[:28] + struct.pack("<HHH", 4, 0, 0) + entry[34:46]) + b"%04d" % number
        for number in range(count)
    )
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, len(directory), start, 0)
    return content[:start] + directory + tail


def lying_about_size() -> bytes:
    """An archive that says that its gigabyte is a byte."""
    content = bytearray(packed(("a", bytes(64 * 2**20))))
    for signature, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = content.index(signature) + at
        content[place : place + 4] = struct.pack("<I", 1)
    return bytes(content)


def encrypted() -> bytes:
    content = bytearray(packed(("a", b"content")))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def _zip(name: str, says: str, *entries: tuple[str | zipfile.ZipInfo, bytes]) -> Case:
    return Case(name=name, media_type="application/zip", says=says, make=lambda _: packed(*entries))


def _text(name: str, media_type: str, says: str, content: bytes | str) -> Case:
    raw = content if isinstance(content, bytes) else content.encode()
    return Case(name=name, media_type=media_type, says=says, make=lambda _: raw)


def _many(count: int) -> Iterable[tuple[str, bytes]]:
    return ((f"{number}", b"") for number in range(count))


def linking(bait: Bait) -> bytes:
    return packed((special("link", stat.S_IFLNK), str(bait.canary).encode()))


JSON = "application/json"
SUBRIP = "application/x-subrip"
INVALID = "no valid JSON|its content is"

CASES = [
    *(
        _zip(f"entry {name!r}", OUT, (name, b"x"))
        for name in ("../a", "/etc/cron.d/a", "a/../../b", "..\\a", "C:\\a", "a//b", "..", "a\nb", "./a")
    ),
    Case(
        name="link to a file",
        media_type="application/zip",
        says="link or a device",
        make=linking,
        baited=True,
    ),
    _zip("device", "link or a device", (special("zero", stat.S_IFCHR), b"")),
    _zip("pipe", "link or a device", (special("pipe", stat.S_IFIFO), b"")),
    _zip("two entries of one name", "one name", ("a", b"1"), ("A", b"2")),
    _zip("archive of too many entries", "more than 1000 entries", *_many(1001)),
    _zip("archive that bursts", "unpacks to more", ("a", bytes(64 * 2**20))),
    _zip(
        "archive of many that burst together", "unpacks to more", *((str(n), bytes(2**20)) for n in range(20))
    ),
    _zip("archive in an archive", "another archive", ("inner.zip", packed(("a", bytes(2**20))))),
    _zip(
        "archive of archives",
        "another archive",
        *((f"{n}.bin", packed(("a", bytes(2**16)))) for n in range(16)),
    ),
    _zip("empty archive", "its content is"),
    Case(
        name="entries that overlap",
        media_type="application/zip",
        says="unpacks to more|broken",
        make=lambda _: overlapping(500),
    ),
    Case(
        name="archive that lies about its size",
        media_type="application/zip",
        says="unpacks to more|broken",
        make=lambda _: lying_about_size(),
    ),
    Case(
        name="encrypted archive", media_type="application/zip", says="encrypted", make=lambda _: encrypted()
    ),
    Case(
        name="archive behind a film",
        media_type="application/zip",
        says="its content is",
        make=lambda _: good.mp4() + good.archive(),
    ),
    _text("JSON of a hundred thousand levels", JSON, INVALID, "[" * 100_000),
    _text("JSON of 65 levels", JSON, "levels deep", "[" * 65 + "]" * 65),
    _text("JSON of objects in objects", JSON, "levels deep|no valid", '{"a":' * 900 + "1" + "}" * 900),
    _text("JSON of too many bytes", JSON, "at most 2.0 MiB", '["' + "x" * (2 * 2**20) + '"]'),
    _text("JSON of a number of a million digits", JSON, INVALID, "[" + "9" * 1_000_000 + "]"),
    _text("JSON of what is no number", JSON, INVALID, '{"a": NaN}'),
    _text("JSON of infinity", JSON, INVALID, '{"a": -Infinity}'),
    _text("JSON of half a character", JSON, INVALID, '["\\ud800"]'),
    _text("JSON of zeros", JSON, INVALID, b"{" + bytes(1000)),
    _text("JSON cut off", JSON, INVALID, '{"a": [1, 2'),
    _text("subtitles without end", SUBRIP, "more than 20000", CUE * 20_001),
    _text("subtitles of too many bytes", SUBRIP, "at most 2.0 MiB", CUE + "x" * (2 * 2**20)),
    _text("subtitles of zeros", SUBRIP, "no text", CUE.encode() + b" " * 5000 + bytes(100)),
    _text("subtitles of controls", SUBRIP, "no text", CUE + " " * 5000 + "\x1b]0;owned\x07"),
    _text(
        "subtitles of broken characters", SUBRIP, "cut off", (CUE + " " * 5000).encode("utf-16") + b"\x00\xd8"
    ),
    _text("WebVTT of HTML", "text/vtt", "its content is", "<!DOCTYPE html><script>alert(1)</script>"),
    _text(
        "WebVTT without end",
        "text/vtt",
        "more than 20000",
        "WEBVTT\n\n" + "00:01.000 --> 00:02.000\nHi\n\n" * 20_001,
    ),
    _text("text of half a character", "text/plain", "its content is|cut off", "Hello".encode("utf-16")[:-1]),
]
