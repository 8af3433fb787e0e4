"""Files that name other files and addresses, under the names and beginnings of media."""

from tests.engines.corpus import ebml, good
from tests.engines.corpus.atoms import box, changed, full, numbers
from tests.engines.corpus.case import Bait, Case

FOREIGN = "none of the accepted types|its content is something else"
BROKEN = "cut off or broken"
OUTSIDE = "refers to other files"


def hls(bait: Bait) -> bytes:
    lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:1", "#EXTINF:1,", bait.url, "#EXTINF:1,", str(bait.canary)]
    return "\n".join([*lines, "#EXT-X-ENDLIST", ""]).encode()


def hls_key(bait: Bait) -> bytes:
    return f'#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="{bait.url}"\n#EXTINF:1,\n{bait.canary}\n'.encode()


def dash(bait: Bait) -> bytes:
    return (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT2S"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1" '
        f'bandwidth="1"><BaseURL>{bait.url}</BaseURL></Representation></AdaptationSet></Period></MPD>'
    ).encode()


def concat(bait: Bait) -> bytes:
    return f"ffconcat version 1.0\nfile '{bait.canary}'\nfile '{bait.url}'\n".encode()


def metadata(bait: Bait) -> bytes:
    return f";FFMETADATA1\ntitle={bait.url}\n[CHAPTER]\nTIMEBASE=1/1\nSTART=0\nEND=9\n".encode()


def sdp(bait: Bait) -> bytes:
    return (
        f"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        f"m=video {bait.port} RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
    ).encode()


def smil(bait: Bait) -> bytes:
    return f'<smil><body><video src="{bait.url}"/></body></smil>'.encode()


def xxe(bait: Bait) -> bytes:
    return (
        f'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file://{bait.canary}">]>'
        f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{bait.url}"/><text>&x;</text></svg>'
    ).encode()


def quicktime_link(bait: Bait) -> bytes:
    kind = '<?xml version="1.0"?><?quicktime type="application/x-quicktime-media-link"?>'
    return f'{kind}<embed src="{bait.url}"/>'.encode()


BEGINNINGS = {
    "MP4": ("video/mp4", box(b"ftyp", b"isom", numbers(0), b"isom")),
    "QuickTime": ("video/quicktime", box(b"wide")),
    "WebM": ("video/webm", ebml.element(ebml.HEADER, ebml.element(ebml.DOC_TYPE, b"webm"))),
    "Matroska": ("video/x-matroska", ebml.element(ebml.HEADER, ebml.element(ebml.DOC_TYPE, b"matroska"))),
    "WAV": ("audio/wav", b"RIFF\xff\0\0\0WAVE"),
    "MP3": ("audio/mpeg", b"ID3\x04\0\0\0\0\0\0"),
    "M4A": ("audio/mp4", box(b"ftyp", b"M4A ", numbers(0), b"M4A ")),
    "Ogg": ("audio/ogg", b"OggS\0\x02" + bytes(20) + b"\x01\x13OpusHead"),
    "PNG": ("image/png", b"\x89PNG\r\n\x1a\n"),
    "JPEG": ("image/jpeg", b"\xff\xd8\xff\xe0"),
    "WebP": ("image/webp", b"RIFF\xff\0\0\0WEBP"),
}

NAKED = {
    "HLS playlist": hls,
    "HLS playlist with a key": hls_key,
    "DASH manifest": dash,
    "concat list": concat,
    "metadata of FFmpeg": metadata,
    "session description": sdp,
    "SMIL": smil,
    "SVG with an entity": xxe,
    "media link": quicktime_link,
}


def with_data_reference(content: bytes, *references: bytes) -> bytes:
    return changed(
        content,
        "moov/trak/mdia/minf/dinf/dref",
        lambda _: numbers(0, len(references)) + b"".join(references),
    )


def alias(bait: Bait) -> bytes:
    """A reference as the Finder writes it: the path of the file, and of its volume."""
    path = str(bait.canary).encode()
    head = bytes(10) + bytes([4]) + b"disk".ljust(27, b"\0") + bytes(12) + bytes([6]) + b"canary".ljust(63)
    names = b"".join(
        kind.to_bytes(2, "big") + len(text).to_bytes(2, "big") + text + b"\0" * (len(text) % 2)
        for kind, text in ((2, path), (18, path), (0xFFFF, b""))
    )
    return full(b"alis", head[:150].ljust(150, b"\0"), names)


def linked_segment(bait: Bait) -> bytes:
    info = ebml.element(
        ebml.INFO,
        ebml.element(0x73A4, bytes(16)),
        ebml.element(0x3CB923, bytes(16)),
        ebml.element(0x3C83AB, str(bait.canary).encode()),
        ebml.element(0x3EB923, bytes(16)),
        ebml.element(0x3E83BB, bait.url.encode()),
    )
    return ebml.file(info, ebml.element(ebml.TRACKS, ebml.track()))


def ordered_chapters(bait: Bait) -> bytes:
    atom = ebml.element(
        0xB6, ebml.number(0x73C4, 1), ebml.number(0x91, 0), ebml.element(0x6E67, bytes(range(16)))
    )
    edition = ebml.element(0x45B9, ebml.number(0x45DD, 1), atom)
    name = ebml.element(0x3C83AB, str(bait.canary).encode())
    return ebml.file(ebml.element(ebml.INFO, name), ebml.element(ebml.CHAPTERS, edition))


def attachment(bait: Bait) -> bytes:
    file = ebml.element(
        0x61A7,
        ebml.element(0x466E, b"../../run.sh"),
        ebml.element(0x4660, b"application/x-sh"),
        ebml.number(0x46AE, 7),
        ebml.element(0x465C, f"curl {bait.url}".encode()),
    )
    return ebml.with_child(good.mkv(), ebml.element(ebml.ATTACHMENTS, file))


CASES = [
    *(
        Case(name=f"{name} as MP4", media_type="video/mp4", says=FOREIGN, make=make, baited=True)
        for name, make in NAKED.items()
    ),
    *(
        Case(
            name=f"HLS playlist behind the beginning of {name}",
            media_type=media_type,
            says=f"{BROKEN}|not a readable|holds no",
            make=lambda bait, head=head: head + hls(bait),
            baited=True,
        )
        for name, (media_type, head) in BEGINNINGS.items()
    ),
    *(
        Case(
            name=f"concat list behind the beginning of {name}",
            media_type=media_type,
            says=f"{BROKEN}|holds no",
            make=lambda bait, head=head: head + b"\n" + concat(bait),
            baited=True,
        )
        for name, (media_type, head) in list(BEGINNINGS.items())[:8]
    ),
    Case(
        name="MP4 whose samples lie at an address",
        media_type="video/mp4",
        says=OUTSIDE,
        make=lambda bait: with_data_reference(good.mp4(), full(b"url ", bait.url.encode() + b"\0")),
        baited=True,
    ),
    Case(
        name="MP4 whose samples lie in another file by its name",
        media_type="video/mp4",
        says=OUTSIDE,
        make=lambda bait: with_data_reference(
            good.mp4(), full(b"urn ", b"x\0" + bait.canary.as_uri().encode() + b"\0")
        ),
        baited=True,
    ),
    Case(
        name="QuickTime whose samples lie behind an alias",
        media_type="video/quicktime",
        says=OUTSIDE,
        make=lambda bait: with_data_reference(good.mov(), alias(bait)),
        baited=True,
    ),
    Case(
        name="QuickTime with a reference movie",
        media_type="video/quicktime",
        says=f"{BROKEN}|holds no|{OUTSIDE}",
        make=lambda bait: box(
            b"moov",
            box(
                b"rmra",
                box(b"rmda", full(b"rdrf", b"url ", numbers(len(bait.url) + 1), bait.url.encode() + b"\0")),
            ),
        ),
        baited=True,
    ),
    Case(
        name="M4A whose samples lie at an address",
        media_type="audio/mp4",
        says=OUTSIDE,
        make=lambda bait: with_data_reference(good.m4a(), full(b"url ", bait.url.encode() + b"\0")),
        baited=True,
    ),
    Case(
        name="Matroska segment that goes on in other files",
        media_type="video/x-matroska",
        says=f"no frame|{BROKEN}",
        make=linked_segment,
        baited=True,
    ),
    Case(
        name="Matroska chapters of another segment",
        media_type="video/x-matroska",
        says=f"holds no|{BROKEN}",
        make=ordered_chapters,
        baited=True,
    ),
    Case(
        name="Matroska with a program attached",
        media_type="video/x-matroska",
        says="attached",
        make=attachment,
        baited=True,
    ),
]
