"""Which of the types that a role takes an upload is of, by its first bytes alone."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from rushes.domain.encodings import CONTROLS, decode_words
from rushes.domain.media import INPUT_TYPES, AssetRole
from rushes.domain.sniffing import HEAD_BYTES, sniff

_ZIP: Final = b"PK\x03\x04"
_BYTE_ORDER_MARK: Final = "\ufeff"
_CUE: Final = re.compile(r"\s*\d+[ \t]*\r?\n[ \t]*\d{1,3}:\d{2}:\d{2}[,.]\d{1,3}[ \t]*-->")
_OGG_CODECS: Final = (b"\x01vorbis", b"OpusHead", b"\x7fFLAC", b"Speex   ")
_OGG_HEADER_BYTES: Final = 28
_AUDIO_BRANDS: Final = frozenset((b"M4A ", b"M4B ", b"F4A ", b"F4B "))


def recognise(head: bytes, role: AssetRole) -> str | None:
    """Return the type among those that the role takes, or `None`, from a file's first `HEAD_BYTES` bytes.

    Of text, only what it looks like can be told: the check of the whole file decides. Sources besides those
    of `sniff`: WAVE (RFC 2361), MPEG audio (ISO/IEC 11172-3, ID3v2), Ogg (RFC 3533), ZIP (PKWARE APPNOTE,
    4.3.7), WebVTT (W3C), SubRip, JSON (RFC 8259).
    """
    if not head:
        return None
    known = sniff(head)
    if known is not None:
        return known if known in INPUT_TYPES[role] else None
    return next(
        (type_ for type_, fits in _RECOGNISERS.items() if type_ in INPUT_TYPES[role] and fits(head)), None
    )


def _is_wave(head: bytes) -> bool:
    return head[:4] == b"RIFF" and head[8:12] == b"WAVE"


def _is_mpeg_audio(head: bytes) -> bool:
    if head.startswith(b"ID3"):
        return True
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:  # noqa: PLR2004 — a frame's sync word
        return False
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    rate, frequency = head[2] >> 4, head[2] >> 2 & 3
    # Each of these values is reserved.
    return version != 1 and layer == 1 and rate not in {0, 15} and frequency != 3  # noqa: PLR2004 — a frame's header has fields of two bits


def _is_mpeg4_audio(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and head[8:12] in _AUDIO_BRANDS


def _is_ogg_audio(head: bytes) -> bool:
    return head.startswith(b"OggS") and head[_OGG_HEADER_BYTES:].startswith(_OGG_CODECS)


def _is_zip(head: bytes) -> bool:
    return head.startswith(_ZIP)


def _is_vtt(head: bytes) -> bool:
    text = _words(head)
    return text is not None and re.match(r"WEBVTT(?:[ \t\r\n]|\Z)", text) is not None


def _is_subrip(head: bytes) -> bool:
    text = _words(head)
    return text is not None and _CUE.match(text) is not None


def _is_json(head: bytes) -> bool:
    text = _text(head)
    return text is not None and text.lstrip(" \t\r\n").startswith(("{", "["))


def _is_text(head: bytes) -> bool:
    text = _words(head)
    return text is not None and text.strip() != ""


def _words(head: bytes) -> str | None:
    return decode_words(head, is_cut=len(head) >= HEAD_BYTES)


def _text(head: bytes) -> str | None:
    """Return the head as text in UTF-8, whose last character may be cut; `None` if it is none."""
    try:
        text = head.decode()
    except UnicodeDecodeError as error:
        if len(head) < HEAD_BYTES or error.end < len(head) - 3 or error.reason != "unexpected end of data":
            return None
        text = head[: error.start].decode()
    return None if CONTROLS.search(text) else text.removeprefix(_BYTE_ORDER_MARK)


_RECOGNISERS: Final[Mapping[str, Callable[[bytes], bool]]] = {
    "audio/wav": _is_wave,
    "audio/mpeg": _is_mpeg_audio,
    "audio/mp4": _is_mpeg4_audio,
    "audio/ogg": _is_ogg_audio,
    "application/zip": _is_zip,
    "text/vtt": _is_vtt,
    "application/x-subrip": _is_subrip,
    "application/json": _is_json,
    "text/plain": _is_text,
}
"""In this order: what looks like subtitles is no plain text."""
