import json
import stat
import zipfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from rushes.domain.media import MediaLimits, Probe
from rushes.engines.probing.probe import probe
from rushes.errors import MediaRejected

LIMITS = MediaLimits()
CUES = "1\n00:00:01,000 --> 00:00:02,000\nHi\n"
SOUNDS = {
    "a.wav": ("audio/wav", "pcm_s16le", "s16"),
    "a.mp3": ("audio/mpeg", "libmp3lame", "s16p"),
    "a.m4a": ("audio/mp4", "aac", "fltp"),
    "a.ogg": ("audio/ogg", "libopus", "s16"),
}


def sound(path: Path, codec: str, sample_format: str, *, seconds: float = 2.0) -> Path:
    rate = 48_000
    with av.open(str(path), "w", format="ipod" if path.suffix == ".m4a" else None) as file:
        stream = file.add_stream(codec, rate=rate, layout="mono")
        for number in range(int(seconds * rate / 960)):
            samples = np.zeros((1, 960), np.float32 if sample_format == "fltp" else np.int16)
            frame = av.AudioFrame.from_ndarray(samples, format=sample_format, layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = rate, number * 960, Fraction(1, rate)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


def archive(path: Path, entries: dict[str, bytes], **of_each: Any) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in entries.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            for attribute, value in of_each.items():
                setattr(entry, attribute, value)
            file.writestr(entry, content)
    return path


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refused(path: Path, media_type: str, limits: MediaLimits = LIMITS) -> str:
    with pytest.raises(MediaRejected) as rejected:
        probe(path, media_type=media_type, limits=limits)
    return rejected.value.message


@pytest.mark.parametrize("name", SOUNDS)
def test_sound_is_measured(tmp_path: Path, name: str) -> None:
    media_type, codec, sample_format = SOUNDS[name]

    measured = probe(sound(tmp_path / name, codec, sample_format), media_type=media_type, limits=LIMITS)

    assert measured.duration_seconds == pytest.approx(2.0, abs=0.1)
    assert measured == Probe(
        media_type=media_type,
        width=0,
        height=0,
        duration_seconds=measured.duration_seconds,
        codec={"a.wav": "pcm_s16le", "a.mp3": "mp3", "a.m4a": "aac", "a.ogg": "opus"}[name],
    )


def test_long_sound_is_refused(tmp_path: Path) -> None:
    path = sound(tmp_path / "a.wav", "pcm_s16le", "s16")

    assert "longer than the allowed 1 s" in refused(path, "audio/wav", replace(LIMITS, audio_seconds=1.0))


@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        ("audio/mpeg", b"ID3\x04\0\0\0\0\0\0" + bytes(100)),
        ("audio/wav", b"RIFF\x24\0\0\0WAVEfmt "),
        ("audio/ogg", b"OggS\0\x02" + bytes(20) + b"\x01\x13OpusHead"),
    ],
)
def test_broken_sound_is_refused(tmp_path: Path, media_type: str, content: bytes) -> None:
    assert refused(written(tmp_path / "a", content), media_type)


@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        ("application/x-subrip", "1\n00:00:01,000 --> 00:00:02,000\nGrüße\n"),
        ("text/vtt", "\ufeffWEBVTT\n\n00:01.000 --> 00:02.000\nHi\n"),
        ("text/plain", "Just words."),
        ("application/x-subrip", CUES.encode("utf-16")),
        ("text/vtt", b"\xfe\xff" + "WEBVTT\n\n00:01.000 --> 00:02.000\nHi\n".encode("utf-16-be")),
        ("application/x-subrip", CUES.encode() + "Grüße".encode("cp1252")),
        ("application/json", '{"name": "Grüße", "n": [1, 2.5, null]}'),
    ],
)
def test_text_is_read_to_its_end(tmp_path: Path, media_type: str, content: str | bytes) -> None:
    measured = probe(written(tmp_path / "a", content), media_type=media_type, limits=LIMITS)

    assert measured == Probe(media_type=media_type, width=0, height=0)


@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        ("application/x-subrip", CUES.encode("utf-16") + b"\0"),
        ("application/x-subrip", CUES.encode("utf-16") + b" \0" * 5000 + b"\x07\0"),
        ("application/x-subrip", CUES.encode("utf-16") + b" \0" * 5000 + b"\0\xd8 \0"),
        ("application/x-subrip", (CUES * 20_001).encode("utf-16")),
        ("application/x-subrip", CUES.encode() + b"\xff" + b" " * 5000 + b"\0"),
        ("application/x-subrip", CUES + " " * 5000 + "\x07"),
        ("application/x-subrip", CUES * 20_001),
        ("text/vtt", CUES),
        ("application/json", '{"a": '),
        ("application/json", '{"a": "ü"}'.encode("utf-16")),
        ("application/json", '{"a": NaN}'),
        ("application/json", '{"a": 1e999}' + " " * 5000 + "x"),
        ("application/json", '["\\ud800"]'),
        ("application/json", f"[{2**70}]"),
        ("application/json", "[" * 65 + "]" * 65),
        ("application/json", "[" * 100_000),
        ("application/zip", b"PK\x03\x04" + bytes(100)),
    ],
)
def test_broken_document_is_refused(tmp_path: Path, media_type: str, content: str | bytes) -> None:
    assert refused(written(tmp_path / "a", content), media_type)


def test_long_text_is_refused_unread(tmp_path: Path) -> None:
    path = written(tmp_path / "a", json.dumps(["x" * 1000]))

    assert "at most" in refused(path, "application/json", replace(LIMITS, text_bytes=1000))


def test_archive_of_a_template_is_accepted(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {"footage/": b"", "footage/logo.png": b"png", "Grüße.json": b"{}"})

    assert probe(path, media_type="application/zip", limits=LIMITS).width == 0


@pytest.mark.parametrize(
    "name", ["../a", "/etc/passwd", "a/../b", "a//b", "./a", "a\\b", "C:a", "a\nb", "a/..", ".."]
)
def test_entry_outside_of_the_archives_folder_is_refused(tmp_path: Path, name: str) -> None:
    assert "leave its folder" in refused(archive(tmp_path / "a.zip", {name: b"x"}), "application/zip")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_entry_that_is_no_file_is_refused(tmp_path: Path, kind: int) -> None:
    path = archive(tmp_path / "a.zip", {"a": b"/etc/passwd"}, external_attr=(kind | 0o777) << 16)

    assert "link or a device" in refused(path, "application/zip")


def test_two_entries_of_one_name_are_refused(tmp_path: Path) -> None:
    assert "one name" in refused(archive(tmp_path / "a.zip", {"a": b"1", "A": b"2"}), "application/zip")


def test_too_many_entries_are_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {str(number): b"" for number in range(11)})

    assert "more than 10" in refused(path, "application/zip", replace(LIMITS, archive_files=10))


def test_archive_that_bursts_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {"a": bytes(20_000_000)})

    assert path.stat().st_size < 100_000
    assert "unpacks to more" in refused(path, "application/zip")


def test_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {"a": b"a" * 600, "b": b"b" * 600})

    assert "unpacks to more" in refused(path, "application/zip", replace(LIMITS, unpacked_bytes=1000))


def test_archive_with_a_changed_byte_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {"a": b"content" * 100})
    content = bytearray(path.read_bytes())
    content[40] ^= 0xFF

    assert refused(written(path, bytes(content)), "application/zip")


def test_empty_archive_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {})

    assert refused(path, "application/zip")


def test_encrypted_archive_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {"a": b"content"})
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1

    assert "encrypted" in refused(written(path, bytes(content)), "application/zip")
