"""Which accepted media type the first bytes of a file are of."""

from collections.abc import Iterator
from typing import Final

HEAD_BYTES: Final = 4096
"""How much of a file `sniff` wants to see."""

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_JPEG: Final = b"\xff\xd8\xff"
_EBML: Final = b"\x1a\x45\xdf\xa3"
_DOC_TYPE: Final = b"\x42\x82"
_DOC_TYPES: Final = {b"webm": "video/webm", b"matroska": "video/x-matroska"}

_BRAND_BYTES: Final = 4
_VIDEO_BRANDS: Final = (
    b"isom iso2 iso3 iso4 iso5 iso6 iso7 iso8 iso9 mp41 mp42 mp71 avc1 hvc1 hev1 av01 "
    b"M4V M4VH M4VP MSNV f4v XAVC dash cmfc 3gp4 3gp5 3gp6 3g2a"
).split()
_PICTURE_BRANDS: Final = b"mif1 msf1 heic heix heim heis hevc hevx avif avis crx jp2".split()
_AUDIO_BRANDS: Final = b"M4A M4B M4P F4A F4B aax".split()
_QUICKTIME_ATOMS: Final = frozenset((b"moov", b"mdat", b"wide", b"pnot"))
_QUICKTIME_FILLER: Final = frozenset((b"free", b"skip"))


def sniff(head: bytes) -> str | None:
    """Return one of the types in `EXTENSIONS`, or `None`, from the first `HEAD_BYTES` bytes of a file.

    Sources: PNG (RFC 2083), JPEG (ITU T.81), WebP (RFC 9649), ISO base media files (ISO/IEC 14496-12, 4.3),
    QuickTime (Apple, QuickTime File Format), Matroska (RFC 8794, RFC 9559).
    """
    if head.startswith(_PNG):
        return "image/png"
    if head.startswith(_JPEG):
        return "image/jpeg"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head.startswith(_EBML):
        return _sniff_ebml(head)
    if head[4:8] == b"ftyp":
        return _sniff_brands(head)
    return _sniff_old_quicktime(head)


def _sniff_brands(head: bytes) -> str | None:
    size = int.from_bytes(head[:4], "big")
    major = _brand(head, 8)
    brands = {major, *(_brand(head, at) for at in range(16, min(size, len(head)), _BRAND_BYTES))}
    # Pictures and sound come in the same box as video, and often name its brands as compatible.
    if major in _AUDIO_BRANDS or not brands.isdisjoint(_PICTURE_BRANDS):
        return None
    if major == b"qt":
        return "video/quicktime"
    return None if brands.isdisjoint(_VIDEO_BRANDS) else "video/mp4"


def _brand(head: bytes, at: int) -> bytes:
    return head[at : at + _BRAND_BYTES].rstrip(b" ")


def _sniff_old_quicktime(head: bytes) -> str | None:
    """Tell a file from before the `ftyp` box by the atom that it starts with."""
    size, kind = int.from_bytes(head[:4], "big"), head[4:8]
    is_sized = size >= 8 or size == 1  # noqa: PLR2004 — an atom's header has 8 bytes; 1 says that a long size follows
    if not is_sized:
        return None
    if kind in _QUICKTIME_ATOMS:
        return "video/quicktime"
    follows = head[size + 4 : size + 8]
    is_quicktime = kind in _QUICKTIME_FILLER and follows in _QUICKTIME_ATOMS
    return "video/quicktime" if is_quicktime else None


def _sniff_ebml(head: bytes) -> str | None:
    for name, value in _ebml_elements(head):
        if name == _DOC_TYPE:
            return _DOC_TYPES.get(value.rstrip(b"\0"))
    return None


def _ebml_elements(head: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the names and values in an EBML header."""
    at = len(_EBML)
    header_size, at = _ebml_number(head, at)
    end = min(at + header_size, len(head))
    while at < end:
        name = head[at : at + _ebml_length(head[at])]
        size, at = _ebml_number(head, at + len(name))
        yield name, head[at : at + size]
        at += size


def _ebml_number(head: bytes, at: int) -> tuple[int, int]:
    """Return a variable-size integer and where it ends; past the end of the head it is 0."""
    if at >= len(head):
        return 0, len(head)
    length = _ebml_length(head[at])
    marker = 1 << (7 * length)
    return int.from_bytes(head[at : at + length], "big") & (marker - 1), at + length


def _ebml_length(first: int) -> int:
    # The number of leading zeros tells; a first byte of zeros alone is not allowed, and read as the longest.
    return min(8, 9 - first.bit_length())
