"""Files of one sort under the name of another, cut files, and files that are two things at once."""

import struct
from collections.abc import Callable

import numpy as np

from tests.engines import hostile
from tests.engines.corpus import ebml, good
from tests.engines.corpus.atoms import box, changed
from tests.engines.corpus.canvases import chunk, moving, small_png
from tests.engines.corpus.case import Case

FOREIGN = "none of the accepted types|its content is"
CUT = "cut off|claims more|broken|not a readable|no frame|holds no|no sample"
SCRIPT = b"<script>fetch('/api/v1/me')</script>"
DOUBLE = "something else besides"

SHARES = {"after its head": 0.1, "in the middle": 0.5, "before its end": 0.9}

CUTTABLE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "MP4": ("video/mp4", good.mp4),
    "MP4 with its index first": ("video/mp4", good.index_first_mp4),
    "QuickTime": ("video/quicktime", good.mov),
    "PNG": ("image/png", good.png),
    "JPEG": ("image/jpeg", good.jpeg),
    "WebP": ("image/webp", good.webp),
    "M4A": ("audio/mp4", good.m4a),
    "ZIP": ("application/zip", good.archive),
}

STRANGERS: dict[str, Callable[[], bytes]] = {
    "HTML": lambda: b"<!DOCTYPE html><html><body>" + SCRIPT + b"</body></html>",
    "SVG": lambda: b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">' + SCRIPT + b"</svg>",
    "XML": lambda: b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>',
    "PDF": lambda: b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\n%%EOF",
    "program of Windows": lambda: b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + bytes(200),
    "program of Linux": lambda: b"\x7fELF\x02\x01\x01" + bytes(200),
    "script": lambda: b"#!/bin/sh\ncat /etc/passwd\n",
    "PostScript": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 99999 99999\n(/etc/passwd) run\n",
    "GIF": lambda: moving("GIF", count=3, side=16),
    "GIF of scripts": lambda: b"GIF89a/*" + bytes(10) + b"*/=1;alert(1)//",
    "zeros": lambda: bytes(10_000),
    "random bytes": lambda: np.random.default_rng(1).bytes(10_000),
    "TIFF": lambda: b"II*\0\x08\0\0\0" + bytes(100),
    "ICO": lambda: b"\0\0\1\0\1\0" + bytes(100),
    "MPEG transport stream": lambda: (b"G@\0\x10" + bytes(184)) * 20,
}


def png_and(text: bytes) -> bytes:
    """A PNG with a text before its pixels."""
    return small_png(chunk(b"tEXt", b"Comment\0" + text))


def moved(offsets: bytes, by: int) -> bytes:
    count = len(offsets) // 4
    return struct.pack(f">{count}I", *(each + by for each in struct.unpack(f">{count}I", offsets)))


def mp4_and(text: bytes) -> bytes:
    """A film with a box of something else behind its head."""
    head, rest = good.mp4()[:32], good.mp4()[32:]
    more = box(b"free", text)
    shifted = changed(
        rest, "moov/trak/mdia/minf/stbl/stco", lambda body: body[:8] + moved(body[8:], len(more))
    )
    return head + more + shifted


def jpeg_and(text: bytes) -> bytes:
    return good.jpeg()[:2] + b"\xff\xfe" + struct.pack(">H", len(text) + 2) + text + good.jpeg()[2:]


def cover_alone() -> bytes:
    cover = ebml.element(
        0x61A7,
        ebml.element(0x466E, b"cover.png"),
        ebml.element(0x4660, b"image/png"),
        ebml.number(0x46AE, 7),
        ebml.element(0x465C, good.png()),
    )
    return ebml.file(ebml.element(ebml.INFO), ebml.element(ebml.ATTACHMENTS, cover))


PDF = b"\n%PDF-1.4\n1 0 obj<<>>endobj\n"

CASES = [
    *(
        Case(
            name=f"{name} cut {where}",
            media_type=media_type,
            says=CUT,
            make=lambda _, make=make, share=share: make()[: int(len(make()) * share)],
        )
        for name, (media_type, make) in CUTTABLE.items()
        for where, share in SHARES.items()
    ),
    *(
        Case(
            name=f"{name} cut after its head",
            media_type=media_type,
            says=CUT,
            make=lambda _, make=make: make()[:60],
        )
        for name, (media_type, make) in {
            "WebM": ("video/webm", good.webm),
            "Matroska": ("video/x-matroska", good.mkv),
            "WAV": ("audio/wav", good.wav),
            "MP3": ("audio/mpeg", good.mp3),
            "Ogg": ("audio/ogg", good.ogg),
        }.items()
    ),
    *(
        Case(
            name=f"{name} without its head",
            media_type=media_type,
            says=FOREIGN,
            make=lambda _, make=make: make()[100:],
        )
        for name, (media_type, make) in {
            "MP4": ("video/mp4", good.mp4),
            "WebM": ("video/webm", good.webm),
            "PNG": ("image/png", good.png),
        }.items()
    ),
    *(
        Case(name=f"{name} as PNG", media_type="image/png", says=FOREIGN, make=lambda _, make=make: make())
        for name, make in STRANGERS.items()
    ),
    *(
        Case(name=f"nothing as {media_type}", media_type=media_type, says="empty", make=lambda _: b"")
        for media_type in ("image/png", "video/mp4", "audio/mpeg", "application/zip", "application/json")
    ),
    *(
        Case(
            name=f"random bytes as {media_type}",
            media_type=media_type,
            says=f"{FOREIGN}|{CUT}",
            make=lambda _: np.random.default_rng(2).bytes(10_000),
        )
        for media_type in (
            "video/mp4",
            "video/webm",
            "audio/mpeg",
            "audio/wav",
            "application/zip",
            "application/json",
        )
    ),
    Case(
        name="PNG as JPEG",
        media_type="image/jpeg",
        says="its content is image/png",
        make=lambda _: good.png(),
    ),
    Case(
        name="sound as video",
        media_type="video/mp4",
        says="none of the accepted types",
        make=lambda _: good.m4a(),
    ),
    Case(
        name="MP4 of sound alone",
        media_type="video/mp4",
        says="holds no video",
        make=lambda _: good.made("a.mp4", hostile.only_sound),
    ),
    Case(
        name="cover without a video",
        media_type="video/x-matroska",
        says="holds no video|no frame|broken",
        make=lambda _: cover_alone(),
    ),
    Case(
        name="Matroska of MPEG-2",
        media_type="video/x-matroska",
        says="mpeg2video is not accepted",
        make=lambda _: good.made("a.mkv", hostile.old_codec),
    ),
    Case(
        name="PNG that is an archive too",
        media_type="image/png",
        says=DOUBLE,
        make=lambda _: good.png() + good.archive(),
    ),
    Case(
        name="JPEG that is an archive too",
        media_type="image/jpeg",
        says=DOUBLE,
        make=lambda _: good.jpeg() + good.archive(),
    ),
    Case(
        name="MP4 that is an archive too",
        media_type="video/mp4",
        says=DOUBLE,
        make=lambda _: good.mp4() + box(b"free", good.archive()),
    ),
    Case(
        name="MP3 that is an archive too",
        media_type="audio/mpeg",
        says=DOUBLE,
        make=lambda _: good.mp3() + good.archive(),
    ),
    Case(name="MP4 that is a PDF too", media_type="video/mp4", says=DOUBLE, make=lambda _: mp4_and(PDF)),
    Case(name="JPEG that is a PDF too", media_type="image/jpeg", says=DOUBLE, make=lambda _: jpeg_and(PDF)),
    Case(
        name="PNG that is a page too",
        media_type="image/png",
        says=DOUBLE,
        make=lambda _: png_and(b"<html>" + SCRIPT),
    ),
    Case(
        name="JPEG that is a script too",
        media_type="image/jpeg",
        says=DOUBLE,
        make=lambda _: jpeg_and(SCRIPT),
    ),
    Case(
        name="WAV that is a page too",
        media_type="audio/wav",
        says=DOUBLE,
        make=lambda _: (
            good.wav()[:12]
            + b"note"
            + struct.pack("<I", 100)
            + b"<!DOCTYPE html>".ljust(100)
            + good.wav()[12:]
        ),
    ),
]
