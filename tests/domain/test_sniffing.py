import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.domain.media import EXTENSIONS
from rushes.domain.sniffing import sniff


def box(major: bytes, *compatible: bytes) -> bytes:
    size = 16 + 4 * len(compatible)
    return struct.pack(">I4s4sI", size, b"ftyp", major, 512) + b"".join(compatible)


def ebml(doc_type: bytes) -> bytes:
    version = b"\x42\x86\x81\x01"
    name = b"\x42\x82" + bytes([0x80 | len(doc_type)]) + doc_type
    return b"\x1a\x45\xdf\xa3" + bytes([0x80 | len(version + name)]) + version + name


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "image/webp"),
        (box(b"isom", b"isom", b"iso2", b"avc1", b"mp41"), "video/mp4"),
        (box(b"mp42"), "video/mp4"),
        (box(b"XAVC", b"XAVC", b"mp42"), "video/mp4"),
        (box(b"new!", b"isom"), "video/mp4"),
        (box(b"M4V ", b"mp42"), "video/mp4"),
        (box(b"qt  ", b"qt  "), "video/quicktime"),
        (b"\0\0\x08\0moov", "video/quicktime"),
        (b"\0\0\0\x08wide\0\x10\0\0mdat", "video/quicktime"),
        (b"\0\0\0\x08free\0\x10\0\0mdat", "video/quicktime"),
        (ebml(b"webm"), "video/webm"),
        (ebml(b"matroska"), "video/x-matroska"),
        (ebml(b"webm\0\0"), "video/webm"),
    ],
)
def test_accepted_types_are_recognised(head: bytes, expected: str) -> None:
    assert sniff(head) == expected
    assert expected in EXTENSIONS


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"hello, world",
        b"<!doctype html><html>",
        b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>",
        b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n",
        b"GIF89a",
        b"RIFF\x24\0\0\0WAVEfmt ",
        b"\0\0\0\x02moov",
        b"\0\0\0\x08free\0\0\0\x08junk",
        box(b"heic", b"mif1", b"heic"),
        box(b"mif1", b"heic", b"iso8"),
        box(b"avif", b"mif1", b"miaf", b"iso8"),
        box(b"avis", b"msf1", b"iso8", b"isom"),
        box(b"isom", b"isom", b"avif"),
        box(b"M4A ", b"M4A ", b"mp42", b"isom"),
        box(b"crx ", b"crx ", b"isom"),
        box(b"new!", b"old!"),
        ebml(b"exploit"),
        b"\x1a\x45\xdf\xa3",
        b"\x1a\x45\xdf\xa3\x00",
    ],
)
def test_everything_else_is_not(head: bytes) -> None:
    assert sniff(head) is None


@given(st.sampled_from([b"", b"\x1a\x45\xdf\xa3", b"\0\0\0\x40ftyp", b"RIFF"]), st.binary(max_size=200))
def test_no_bytes_upset_it(start: bytes, rest: bytes) -> None:
    assert sniff(start + rest) in {None, *EXTENSIONS}
