"""WebM and Matroska videos, and sounds, of few bytes that claim to be very large, or make no sense."""

import struct
from collections.abc import Callable
from typing import Any

from tests.engines.corpus import bursts, ebml, good
from tests.engines.corpus.atoms import repeated
from tests.engines.corpus.case import Case

BROKEN = "cut off or broken"
SUBTITLES = b"S_TEXT/UTF8"


def vp8_claiming(width: int, height: int) -> bytes:
    """A WebM whose frame says another size than its header (RFC 6386, 9.1)."""
    frame = bytearray(good.vp8_frames()[0])
    frame[6:10] = struct.pack("<HH", width, height)
    return ebml.film([bytes(frame)], ebml.track(), doc_type=b"webm")


def webm(*, width: int = 64, height: int = 48, tracks: int = 1, **of_film: Any) -> bytes:
    """A film of WebM whose header says what it likes."""
    entries = [ebml.track(width=width, height=height)]
    entries += [ebml.track(uid=uid, kind=17, codec=SUBTITLES) for uid in range(2, tracks + 1)]
    return ebml.film(good.vp8_frames(), b"".join(entries), doc_type=b"webm", **of_film)


def tiny_frames(count: int) -> bytes:
    return ebml.film(good.vp8_frames()[:1] * count, ebml.track(), step=1, doc_type=b"webm")


def nested(depth: int) -> bytes:
    """Chapters in chapters."""
    inner = b""
    for _ in range(depth):
        inner = ebml.element(0xB6, inner)
    return ebml.file(ebml.element(ebml.CHAPTERS, ebml.element(0x45B9, inner)), doc_type=b"webm")


def endless() -> bytes:
    """A list of tracks that is longer than all disks, with a film behind it."""
    tracks = ebml.element(ebml.TRACKS, bytes(9), size=2**55)
    return ebml.film(good.vp8_frames(), b"", before=tracks, doc_type=b"webm")


def wave(
    *, channels: int = 1, rate: int = 48_000, align: int = 2, bits: int = 16, size: int = 2**32 - 1
) -> bytes:
    """A WAV whose header says what it likes before 4,000 bytes of silence."""
    header = struct.pack("<HHIIHH", 1, channels % 2**16, rate % 2**32, 96_000, align % 2**16, bits)
    content = b"data" + struct.pack("<I", size) + bytes(4000)
    return b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0" + header + content


def id3(size: int) -> bytes:
    """A tag that says that its cover has so many bytes."""
    parts = bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x04\0\0" + parts + b"APIC" + parts + bytes(200)


def _webm(name: str, says: str, make: Callable[[], bytes]) -> Case:
    return Case(name=name, media_type="video/webm", says=says, make=lambda _: make())


def _wave(name: str, says: str, make: Callable[[], bytes]) -> Case:
    return Case(name=name, media_type="audio/wav", says=says, make=lambda _: make())


def _m4a(name: str, says: str, make: Callable[[], bytes]) -> Case:
    return Case(name=name, media_type="audio/mp4", says=says, make=lambda _: make())


CASES = [
    _webm("WebM of hundreds of tracks", "more than 32 tracks", lambda: webm(tracks=500)),
    _webm("WebM of thousands of tracks", f"tracks|{BROKEN}", lambda: webm(tracks=3000)),
    _webm("WebM whose frame claims 16383 by 16383", f"at most|{BROKEN}", lambda: vp8_claiming(16383, 16383)),
    _webm("WebM whose frame claims 8191 by 8191", f"at most|{BROKEN}", lambda: vp8_claiming(8191, 8191)),
    _webm("WebM whose frame claims no size", f"or more|no frame|{BROKEN}", lambda: vp8_claiming(0, 0)),
    _webm("WebM of too many frames", "more than 3600 frames", lambda: tiny_frames(3700)),
    _webm("WebM of units of centuries", f"longer|{BROKEN}", lambda: webm(scale=2**62, at=2**40)),
    _webm("WebM of units of hours", f"longer|{BROKEN}", lambda: webm(scale=3600 * 10**9)),
    _webm("WebM of frames of no time", "frames per second", lambda: webm(step=0)),
    _webm("WebM of units of nothing", "frames per second", lambda: webm(scale=1)),
    _webm("WebM element of exabytes", f"{BROKEN}|holds no", endless),
    _webm("WebM elements without end in elements", BROKEN, lambda: nested(3000)),
    _m4a(
        "sound of too many hours",
        "lasts longer",
        lambda: bursts.claiming(f"{bursts.STBL}/stts", 0, 1, 95, bursts.MANY, content=good.m4a()),
    ),
    _m4a(
        "sound of billions of samples",
        "samples",
        lambda: bursts.claiming(f"{bursts.STBL}/stsz", 0, 1, bursts.MANY, content=good.m4a()),
    ),
    _m4a("sound of hundreds of tracks", "tracks", lambda: repeated(good.m4a(), "moov/trak", 400)),
    _wave("WAV of no channel", "broken|no sample|holds no", lambda: wave(channels=0)),
    _wave("WAV of 65535 channels", "broken|no sample|channels", lambda: wave(channels=-1)),
    _wave("WAV of no rate", "broken|no sample|samples a second", lambda: wave(rate=0)),
    _wave("WAV of a negative rate", "broken|no sample|samples a second", lambda: wave(rate=-1)),
    _wave("WAV of one sample a second", "samples a second", lambda: wave(rate=1)),
    _wave("WAV of no bits", "broken|no sample|not accepted", lambda: wave(bits=0, align=0)),
    Case(
        name="MP3 that is a cover of 256 MiB",
        media_type="audio/mpeg",
        says="broken|holds no",
        make=lambda _: id3(2**28 - 1),
    ),
]
