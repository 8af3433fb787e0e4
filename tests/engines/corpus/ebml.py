"""Writes Matroska files by their elements (RFC 8794, RFC 9559)."""

import struct
from collections.abc import Sequence

HEADER, DOC_TYPE, SEGMENT, INFO, TRACKS = 0x1A45DFA3, 0x4282, 0x18538067, 0x1549A966, 0x1654AE6B
CLUSTER, CHAPTERS, ATTACHMENTS = 0x1F43B675, 0x1043A770, 0x1941A469
TRACK, TRACK_NUMBER, TRACK_UID, TRACK_TYPE, CODEC_ID = 0xAE, 0xD7, 0x73C5, 0x83, 0x86
VIDEO, WIDTH, HEIGHT = 0xE0, 0xB0, 0xBA
TIMESTAMP_SCALE, DURATION = 0x2AD7B1, 0x4489
TIMESTAMP, SIMPLE_BLOCK = 0xE7, 0xA3
UNKNOWN_SIZE = b"\x01" + b"\xff" * 7


def element(name: int, *bodies: bytes, size: int | None = None) -> bytes:
    """An element, whose header may lie about its size."""
    body = b"".join(bodies)
    length = len(body) if size is None else size
    return _name(name) + (1 << 56 | length).to_bytes(8, "big") + body


def number(name: int, value: int) -> bytes:
    """An element with an unsigned number."""
    return element(name, value.to_bytes(8, "big"))


def real(name: int, value: float) -> bytes:
    """An element with a number of floating point."""
    return element(name, struct.pack(">d", value))


def file(*children: bytes, doc_type: bytes = b"matroska") -> bytes:
    """A file of one segment."""
    return element(HEADER, element(DOC_TYPE, doc_type)) + element(SEGMENT, *children)


def track(
    *extra: bytes, codec: bytes = b"V_VP8", kind: int = 1, width: int = 64, height: int = 48, uid: int = 1
) -> bytes:
    """A track's entry, of a video if its kind is not another."""
    size = element(VIDEO, number(WIDTH, width), number(HEIGHT, height))
    return element(
        TRACK,
        number(TRACK_NUMBER, uid),
        number(TRACK_UID, uid),
        number(TRACK_TYPE, kind),
        element(CODEC_ID, codec),
        size,
        *extra,
    )


def film(
    frames: Sequence[bytes],
    tracks: bytes,
    *,
    scale: int = 1_000_000,
    at: int = 0,
    step: int = 100,
    duration: float = 1000.0,
    before: bytes = b"",
    doc_type: bytes = b"matroska",
) -> bytes:
    """A file of these frames, one each `step` units after a time; a unit has `scale` nanoseconds."""
    info = element(INFO, number(TIMESTAMP_SCALE, scale), real(DURATION, duration))
    blocks = (
        element(SIMPLE_BLOCK, b"\x81" + struct.pack(">hB", index * step, 0x80 * (index == 0)), frame)
        for index, frame in enumerate(frames)
    )
    cluster = element(CLUSTER, number(TIMESTAMP, at), *blocks)
    return file(info, before, element(TRACKS, tracks), cluster, doc_type=doc_type)


def with_child(content: bytes, *children: bytes) -> bytes:
    """A muxer's file with more elements at its segment's beginning, and the segment's size unknown."""
    at = content.index(_name(SEGMENT)) + 4
    return content[:at] + UNKNOWN_SIZE + b"".join(children) + content[at + 8 :]


def _name(name: int) -> bytes:
    return name.to_bytes((name.bit_length() + 7) // 8, "big")
