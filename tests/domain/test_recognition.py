import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.domain.media import INPUT_TYPES, AssetRole
from rushes.domain.recognition import recognise
from rushes.domain.sniffing import HEAD_BYTES

SRT = b"1\r\n00:00:01,000 --> 00:00:02,500\r\nHallo\r\n"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
M4A = b"\0\0\0\x18ftypM4A \0\0\0\0M4A mp42"


@pytest.mark.parametrize(
    ("head", "role", "expected"),
    [
        (PNG, "reference", "image/png"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp41", "motion", "video/mp4"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "audio", "audio/wav"),
        (b"ID3\x04\0\0\0\0\0\0", "audio", "audio/mpeg"),
        (b"\xff\xfb\x90\x64", "audio", "audio/mpeg"),
        (M4A, "audio", "audio/mp4"),
        (b"OggS\0\x02" + bytes(20) + b"\x01\x1e\x01vorbis", "audio", "audio/ogg"),
        (b"OggS\0\x02" + bytes(20) + b"\x01\x13OpusHead", "audio", "audio/ogg"),
        (b"PK\x03\x04\x14\0", "template", "application/zip"),
        (b' \n{"a": 1}', "data", "application/json"),
        (b"[1]", "data", "application/json"),
        (SRT, "subtitles", "application/x-subrip"),
        (b"\xef\xbb\xbf" + SRT, "subtitles", "application/x-subrip"),
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\nHi", "subtitles", "text/vtt"),
        (b"\xef\xbb\xbfWEBVTT - a title", "subtitles", "text/vtt"),
        ("Grüße an alle".encode(), "subtitles", "text/plain"),
        (b"[applause]", "subtitles", "text/plain"),
        (SRT.decode().encode("utf-16"), "subtitles", "application/x-subrip"),
        (b"\xfe\xff" + "WEBVTT\n".encode("utf-16-be"), "subtitles", "text/vtt"),
        (SRT + b"Gr\xfc\xdfe", "subtitles", "application/x-subrip"),
        (b"\xff\xfe" + b"H\0" * (HEAD_BYTES // 2 - 2) + b"\xd8\xd8", "subtitles", "text/plain"),
        (b"x" * (HEAD_BYTES - 4) + b"\xfc    ", "subtitles", "text/plain"),
        (b"x" * (HEAD_BYTES - 1) + "ü".encode()[:1], "subtitles", "text/plain"),
    ],
)
def test_type_is_one_that_the_role_takes(head: bytes, role: str, expected: str | None) -> None:
    assert recognise(head, AssetRole(role)) == expected


@pytest.mark.parametrize(
    ("head", "role"),
    [
        (b"", "subtitles"),
        (PNG, "subtitles"),
        (PNG, "motion"),
        (M4A, "motion"),
        (b"OggS\0\x02" + bytes(20) + b"\x01\x2a\x80theora", "audio"),
        (b"\xff\xff\xff\xff", "audio"),
        (b"\xff\xfb\xf0\x64", "audio"),
        (b"RIFF\x24\0\0\0AVI LIST", "audio"),
        (b"<svg/>", "reference"),
        (b"<html>", "template"),
        (b"hello", "data"),
        (b"  \n ", "subtitles"),
        (b"bell \x07", "subtitles"),
        (b"H\0i\0", "subtitles"),
        (b"\xff\xfeH\0\x07\0", "subtitles"),
        (b"\xff\xfeH\0\0\xd8i\0", "subtitles"),
        (b"\xff\xfe", "subtitles"),
        (b"\xef\xbb\xbfGr\xfc\xdfe", "subtitles"),
        (b"[\xfc]", "data"),
    ],
)
def test_everything_else_is_not(head: bytes, role: str) -> None:
    assert recognise(head, AssetRole(role)) is None


@given(st.sampled_from(list(INPUT_TYPES)), st.binary(max_size=200))
def test_no_bytes_upset_it(role: AssetRole, head: bytes) -> None:
    assert recognise(head, role) in {None, *INPUT_TYPES[role]}


@given(st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=20))
def test_every_array_of_json_is_taken_for_data(value: object) -> None:
    assert recognise(json.dumps([value]).encode()[:HEAD_BYTES], AssetRole.DATA) == "application/json"
