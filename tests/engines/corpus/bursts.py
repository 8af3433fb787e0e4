"""MP4 and QuickTime files of few bytes that claim to be, or become, very large."""

import zlib
from fractions import Fraction

from tests.engines.corpus import good
from tests.engines.corpus.atoms import box, changed, full, numbers, repeated, replaced
from tests.engines.corpus.case import Case

BROKEN = "cut off or broken"
MANY = 2**31 - 1
STBL = "moov/trak/mdia/minf/stbl"


def claiming(path: str, *values: int, content: bytes | None = None) -> bytes:
    """The film with a table that has its version and then these numbers alone."""
    return changed(good.mp4() if content is None else content, path, lambda _: numbers(*values))


def timed(*, timescale: int | None = None, delta: int | None = None) -> bytes:
    content = good.mp4()
    if timescale is not None:
        content = changed(content, "moov/trak/mdia/mdhd", replaced(12, numbers(timescale)))
    if delta is not None:
        content = claiming(f"{STBL}/stts", 0, 1, 24, delta, content=content)
    return content


def edited(*entries: tuple[int, int]) -> bytes:
    """The film with an edit list: durations, and times in the media, each played at the usual rate."""
    body = numbers(0, len(entries)) + b"".join(numbers(*entry, 1 << 16) for entry in entries)
    return changed(good.mp4(), "moov/trak/edts/elst", lambda _: body)


def compressed_index(*, claimed: int) -> bytes:
    """A QuickTime file whose index is packed, and unpacks to zeros."""
    packed = zlib.compress(bytes(8 * 2**20), 9)
    return box(b"moov", box(b"cmov", box(b"dcom", b"zlib"), box(b"cmvd", numbers(claimed), packed))) + box(
        b"mdat", bytes(64)
    )


def endless_run() -> bytes:
    """A fragment of billions of samples that take no bytes."""
    run = full(b"trun", numbers(MANY // 16, 0), flags=1)
    header = full(b"tfhd", numbers(1, 1, 0), flags=0x18)
    return good.fragmented_mp4() + box(b"moof", full(b"mfhd", numbers(9)), box(b"traf", header, run))


def deep(depth: int) -> bytes:
    """Boxes in boxes."""
    inner = b""
    for _ in range(depth):
        inner = box(b"moov", box(b"trak", inner))
    return box(b"ftyp", b"isom", numbers(0), b"isom") + inner


def codec_of(name: bytes) -> bytes:
    return good.mp4().replace(b"avc1", name)


def _video(name: str, says: str, content: object) -> Case:
    return Case(name=name, media_type="video/mp4", says=says, make=lambda _: content())


CASES = [
    _video(
        "video of too many frames",
        "more than 3600 frames",
        lambda: good.video("a.mp4", "mpeg4", count=3700, size=(16, 16), rate=Fraction(240)),
    ),
    _video("video of a thousand hours", "lasts longer", lambda: timed(delta=2_000_000_000)),
    _video("video of a second for each unit", "lasts longer", lambda: timed(timescale=1)),
    _video(
        "video in the billionth part of a second", "frames per second", lambda: timed(timescale=2**31 - 1)
    ),
    _video("video of no timescale", f"{BROKEN}|frames per second|lasts longer", lambda: timed(timescale=0)),
    _video("video edited to last for ever", "lasts longer|no frame|cut off", lambda: edited((MANY, MANY))),
    _video(
        "video of empty edits", "lasts longer|no frame|cut off", lambda: edited(*[(MANY, 2**32 - 1)] * 50)
    ),
    _video(
        "video of a million edits", f"{BROKEN}|table", lambda: claiming("moov/trak/edts/elst", 0, MANY, 1, 1)
    ),
    _video("video of hundreds of tracks", "tracks", lambda: repeated(good.mp4(), "moov/trak", 400)),
    _video("video of thousands of tracks", "tracks", lambda: repeated(good.mp4(), "moov/trak", 3000)),
    _video("sizes of billions of samples", "table", lambda: claiming(f"{STBL}/stsz", 0, 0, MANY)),
    _video("billions of samples of one byte", "samples", lambda: claiming(f"{STBL}/stsz", 0, 1, MANY)),
    _video("a hundred million samples of one byte", "samples", lambda: claiming(f"{STBL}/stsz", 0, 1, 10**8)),
    _video("times of billions of samples", "table", lambda: claiming(f"{STBL}/stts", 0, MANY, 1, 1)),
    _video("one time for billions of samples", "is cut off", lambda: claiming(f"{STBL}/stts", 0, 1, MANY, 1)),
    _video("chunks of billions of samples", "samples", lambda: claiming(f"{STBL}/stsc", 0, 1, 1, MANY, 1)),
    _video("places of billions of chunks", "table", lambda: claiming(f"{STBL}/stco", 0, MANY, 0)),
    _video("billions of key frames", "table", lambda: claiming(f"{STBL}/stss", 0, MANY, 1)),
    _video(
        "billions of descriptions",
        f"{BROKEN}|table",
        lambda: changed(good.mp4(), f"{STBL}/stsd", replaced(4, numbers(MANY))),
    ),
    _video("fragment of billions of empty samples", "samples", endless_run),
    _video("boxes without end in boxes", f"{BROKEN}|holds no|deep", lambda: deep(2000)),
    _video(
        "box larger than its file",
        f"{BROKEN}|holds no",
        lambda: good.mp4()[:32] + box(b"moov", bytes(100), size=2**31),
    ),
    _video(
        "box smaller than its header",
        f"{BROKEN}|holds no",
        lambda: good.mp4()[:32] + box(b"moov", bytes(100), size=3),
    ),
    _video("video of raw pixels", "not accepted", lambda: codec_of(b"raw ")),
    _video("video of an unknown codec", "not accepted|no video|none that", lambda: codec_of(b"zzzz")),
    _video(
        "video of too wide a picture",
        "at most",
        lambda: good.video("a.mp4", "libx264", count=1, size=(8704, 16)),
    ),
    _video(
        "video of too narrow a picture",
        "or more",
        lambda: good.video("a.mp4", "libx264", count=2, size=(64, 8)),
    ),
    Case(
        name="packed index of gigabytes",
        media_type="video/quicktime",
        says=f"{BROKEN}|holds no|packed",
        make=lambda _: compressed_index(claimed=2**32 - 1),
    ),
    Case(
        name="packed index of zeros",
        media_type="video/quicktime",
        says=f"{BROKEN}|holds no|packed",
        make=lambda _: compressed_index(claimed=8 * 2**20),
    ),
]
