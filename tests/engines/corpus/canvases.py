"""Pictures of few bytes that claim to be, or become, very large."""

import io
import struct
import zlib

from PIL import Image

from tests.engines.corpus import good
from tests.engines.corpus.case import Case

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
LARGE = "at most|too many pixels"
BROKEN = "cut off or broken|not a readable"


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(
    width: int, height: int, *extra: bytes, rows: bytes = bytes(4), depth: int = 8, colour: int = 2
) -> bytes:
    """A PNG with some more chunks before its pixels."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return PNG_MAGIC + header + b"".join(extra) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


def small_png(*extra: bytes) -> bytes:
    """A whole PNG of 16 × 16."""
    return png(16, 16, *extra, rows=(b"\0" + bytes(48)) * 16)


def jpeg_sized(width: int, height: int) -> bytes:
    content = bytearray(good.jpeg())
    at = content.index(b"\xff\xc0") + 5
    content[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(content)


def webp(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"".join(
        name + struct.pack("<I", len(part)) + part + b"\0" * (len(part) % 2) for name, part in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def webp_canvas(width: int, height: int, *, flags: int = 0) -> tuple[bytes, bytes]:
    sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"VP8X", bytes([flags, 0, 0, 0]) + sides


def moving(kind: str, *, count: int = 20, side: int = 200) -> bytes:
    """A picture that moves: each frame small as a file, and large in memory."""
    first, *rest = [Image.new("RGB", (side, side), (number % 256, 0, 0)) for number in range(count)]
    file = io.BytesIO()
    first.save(file, kind, save_all=True, append_images=rest, duration=1)
    return file.getvalue()


def with_segment(marker: int, body: bytes, *, times: int = 1) -> bytes:
    """A JPEG with application segments after its beginning."""
    segment = bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body
    return good.jpeg()[:2] + segment * times + good.jpeg()[2:]


def _png(name: str, says: str, make: object) -> Case:
    return Case(name=name, media_type="image/png", says=says, make=lambda _: make())


def _jpeg(name: str, says: str, make: object) -> Case:
    return Case(name=name, media_type="image/jpeg", says=says, make=lambda _: make())


def _webp(name: str, says: str, make: object) -> Case:
    return Case(name=name, media_type="image/webp", says=says, make=lambda _: make())


ZEROS = bytes(64 * 2**20)
METADATA = "more than 8 MiB"

CASES = [
    _png("PNG of 400 megapixels", LARGE, lambda: png(20_000, 20_000)),
    _png("PNG of too wide a line", LARGE, lambda: png(100_000, 16)),
    _png("PNG of the largest size there is", LARGE, lambda: png(2**31 - 1, 2**31 - 1)),
    _png("PNG of a negative size", f"{LARGE}|{BROKEN}", lambda: png(2**32 - 1, 2**32 - 16)),
    _png("PNG of no size", f"or more|{BROKEN}", lambda: png(0, 0)),
    _png("PNG of no height", f"or more|{BROKEN}", lambda: png(16, 0)),
    _png("PNG of 40 megapixels in few bytes", BROKEN, lambda: png(8000, 5000, rows=bytes(2**20))),
    _png("PNG of an impossible depth", BROKEN, lambda: png(16, 16, depth=7, rows=bytes(784))),
    _png(
        "PNG with a text that bursts",
        BROKEN,
        lambda: small_png(chunk(b"zTXt", b"a\0\0" + zlib.compress(ZEROS, 9))),
    ),
    _png(
        "PNG with an international text that bursts",
        BROKEN,
        lambda: small_png(chunk(b"iTXt", b"a\0\1\0\0\0" + zlib.compress(ZEROS, 9))),
    ),
    _png(
        "PNG with a hundred texts that burst",
        f"{BROKEN}|{METADATA}",
        lambda: small_png(
            *[
                chunk(b"zTXt", b"a%d\0\0" % number + zlib.compress(ZEROS[: 2**20 - 1], 9))
                for number in range(100)
            ]
        ),
    ),
    _png(
        "PNG with a colour profile that bursts",
        BROKEN,
        lambda: small_png(chunk(b"iCCP", b"a\0\0" + zlib.compress(ZEROS, 9))),
    ),
    _png(
        "PNG with huge Exif",
        METADATA,
        lambda: small_png(chunk(b"eXIf", b"MM\0*\0\0\0\x08" + ZEROS[: 9 * 2**20])),
    ),
    _png(
        "PNG with a huge description",
        METADATA,
        lambda: small_png(chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + b" " * 9 * 2**20)),
    ),
    _png("PNG that moves", "moves", lambda: moving("PNG")),
    _png(
        "PNG that claims a million frames",
        f"moves|{BROKEN}",
        lambda: small_png(chunk(b"acTL", struct.pack(">II", 10**6, 0))),
    ),
    _png(
        "PNG of a chunk larger than the file",
        BROKEN,
        lambda: PNG_MAGIC + struct.pack(">I", 2**31 - 1) + b"IHDR" + bytes(20),
    ),
    _png(
        "PNG without pixels",
        "no pixels",
        lambda: (
            PNG_MAGIC + chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 48, 8, 2, 0, 0, 0)) + chunk(b"IEND", b"")
        ),
    ),
    _jpeg("JPEG of 65535 by 65535", LARGE, lambda: jpeg_sized(65535, 65535)),
    _jpeg("JPEG of no size", f"or more|{BROKEN}", lambda: jpeg_sized(0, 0)),
    _jpeg(
        "JPEG with descriptions without end",
        METADATA,
        lambda: with_segment(0xE1, b"Exif\0\0MM\0*" + bytes(65_000), times=140),
    ),
    _jpeg(
        "JPEG with colour profiles without end",
        METADATA,
        lambda: with_segment(0xE2, b"ICC_PROFILE\0\x01\x01" + bytes(65_000), times=140),
    ),
    _jpeg("JPEG of markers alone", BROKEN, lambda: b"\xff\xd8\xff" + b"\xff\xe0\0\x02" * 10_000),
    _webp(
        "WebP of a canvas of 16 million by 16 million",
        f"{LARGE}|{BROKEN}",
        lambda: webp(webp_canvas(2**24, 2**24), (b"VP8L", bytes(20))),
    ),
    _webp(
        "WebP of a canvas of 8000 by 5000 without pixels",
        BROKEN,
        lambda: webp(webp_canvas(8000, 5000), (b"VP8 ", bytes(40))),
    ),
    _webp("WebP that moves", "moves", lambda: moving("WEBP", count=20)),
    _webp(
        "WebP with a huge colour profile",
        METADATA,
        lambda: webp(
            webp_canvas(64, 48, flags=0x20), (b"ICCP", ZEROS[: 9 * 2**20]), (b"VP8 ", good.webp()[20:])
        ),
    ),
    _webp(
        "WebP of a chunk larger than the file",
        BROKEN,
        lambda: b"RIFF\xff\xff\xff\x7fWEBPVP8 \xff\xff\xff\x7f" + bytes(50),
    ),
]
