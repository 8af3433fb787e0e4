"""Sound files of every accepted type, small, and made once in a process."""

import io
import json
import math
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np
from PIL import Image

from tests.engines import hostile
from tests.engines.corpus import ebml

RATE = 48_000


@cache
def png() -> bytes:
    return _picture("PNG")


@cache
def jpeg() -> bytes:
    return _picture("JPEG")


@cache
def webp() -> bytes:
    return _picture("WEBP")


@cache
def transparent_webp() -> bytes:
    return _saved(Image.radial_gradient("L").convert("RGBA"), "WEBP", lossless=True)


@cache
def large_jpeg() -> bytes:
    """A picture of 24 megapixels, as cameras make them, though of few bytes."""
    return _saved(Image.new("RGB", (6000, 4000), "teal"), "JPEG")


@cache
def turned_jpeg() -> bytes:
    return made("a.jpg", hostile.turned_picture)


@cache
def mp4() -> bytes:
    return made("a.mp4", hostile.video)


@cache
def index_first_mp4() -> bytes:
    return made("a.mp4", lambda path: hostile.index_first(hostile.video(path, count=120)))


@cache
def turned_mp4() -> bytes:
    return made("a.mp4", hostile.turned_video)


@cache
def fragmented_mp4() -> bytes:
    return video("a.mp4", "libx264", options={"movflags": "frag_keyframe+empty_moov"})


@cache
def one_frame_mp4() -> bytes:
    return video("a.mp4", "libx264", count=1)


@cache
def mov() -> bytes:
    return made("a.mov", hostile.video)


@cache
def webm() -> bytes:
    return video("a.webm", "libvpx-vp9", count=24)


@cache
def vp8_frames() -> list[bytes]:
    """The frames of a film of VP8, as any container may hold them."""
    with av.open(io.BytesIO(video("a.webm", "libvpx", count=6))) as file:
        return [bytes(packet) for packet in file.demux(video=0) if packet.size]


@cache
def webm_by_hand() -> bytes:
    return ebml.film(vp8_frames(), ebml.track(), doc_type=b"webm")


@cache
def webm_of_no_length() -> bytes:
    """A film whose header says that it lasts a time that is no number; its frames know better."""
    return ebml.film(vp8_frames(), ebml.track(), duration=math.nan, doc_type=b"webm")


@cache
def mkv() -> bytes:
    return video("a.mkv", "libx264", count=24)


@cache
def wav() -> bytes:
    return sound("a.wav", "pcm_s16le", "s16")


@cache
def mp3() -> bytes:
    return sound("a.mp3", "libmp3lame", "s16p")


@cache
def m4a() -> bytes:
    return sound("a.m4a", "aac", "fltp")


@cache
def ogg() -> bytes:
    return sound("a.ogg", "libopus", "s16")


@cache
def srt() -> bytes:
    return "1\n00:00:01,000 --> 00:00:02,500\nGrüße\n".encode()


@cache
def vtt() -> bytes:
    return b"WEBVTT\n\n00:01.000 --> 00:02.500\nHello\n"


@cache
def data() -> bytes:
    return json.dumps({"title": "Grüße", "items": [1, 2.5, None, {"deep": True}]}).encode()


@cache
def archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("project.json", data())
        target.writestr("footage/logo.png", png())
    return file.getvalue()


GOOD: Mapping[str, tuple[str, Callable[[], bytes]]] = {
    "picture of PNG": ("image/png", png),
    "picture of JPEG": ("image/jpeg", jpeg),
    "picture of a camera": ("image/jpeg", large_jpeg),
    "picture turned by its camera": ("image/jpeg", turned_jpeg),
    "picture of WebP": ("image/webp", webp),
    "picture with transparency": ("image/webp", transparent_webp),
    "video of MP4": ("video/mp4", mp4),
    "video whose index comes first": ("video/mp4", index_first_mp4),
    "video turned by its camera": ("video/mp4", turned_mp4),
    "video in fragments": ("video/mp4", fragmented_mp4),
    "video of one frame": ("video/mp4", one_frame_mp4),
    "video of QuickTime": ("video/quicktime", mov),
    "video of WebM": ("video/webm", webm),
    "video of WebM, written by hand": ("video/webm", webm_by_hand),
    "video whose header knows no length": ("video/webm", webm_of_no_length),
    "video of Matroska": ("video/x-matroska", mkv),
    "sound of WAV": ("audio/wav", wav),
    "sound of MP3": ("audio/mpeg", mp3),
    "sound of MPEG-4": ("audio/mp4", m4a),
    "sound of Ogg": ("audio/ogg", ogg),
    "subtitles of SubRip": ("application/x-subrip", srt),
    "subtitles of WebVTT": ("text/vtt", vtt),
    "data": ("application/json", data),
    "archive of a template": ("application/zip", archive),
}
"""Each with its media type; whoever refuses one of them refuses too much."""


def video(
    name: str,
    codec: str,
    *,
    count: int = 24,
    size: tuple[int, int] = (64, 48),
    rate: Fraction = Fraction(12),
    options: Mapping[str, str] | None = None,
) -> bytes:
    """A film of noise; the name's extension says in which container, `options` are the container's."""
    width, height = size
    dice = np.random.default_rng(1)

    def write(path: Path) -> None:
        with av.open(str(path), "w", options=dict(options or {})) as file:
            stream = file.add_stream(codec, rate=rate)
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            for number in range(count):
                pixels = dice.integers(60, 200, (height, width, 3), dtype=np.uint8)
                frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
                frame.pts, frame.time_base = number, 1 / rate
                file.mux(stream.encode(frame))
            file.mux(stream.encode(None))

    return made(name, write)


def sound(name: str, codec: str, sample_format: str, *, seconds: float = 2.0) -> bytes:
    """A quiet hum; the name's extension says in which container."""

    def write(path: Path) -> None:
        with av.open(str(path), "w", format="ipod" if name.endswith("m4a") else None) as file:
            stream = file.add_stream(codec, rate=RATE, layout="mono")
            for number in range(int(seconds * RATE / 960)):
                frame = av.AudioFrame.from_ndarray(_hum(number, sample_format), sample_format, "mono")
                frame.sample_rate, frame.pts, frame.time_base = RATE, number * 960, Fraction(1, RATE)
                file.mux(stream.encode(frame))
            file.mux(stream.encode(None))

    return made(name, write)


def _hum(number: int, sample_format: str) -> np.ndarray:
    wave = np.sin(np.arange(number * 960, (number + 1) * 960) * 2 * np.pi * 220 / RATE)[None]
    return wave.astype(np.float32) if sample_format == "fltp" else (wave * 8000).astype(np.int16)


def _picture(kind: str) -> bytes:
    noise = np.random.default_rng(1).integers(0, 255, (48, 64, 3), dtype=np.uint8)
    return _saved(Image.fromarray(noise), kind)


def _saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def made(name: str, write: Callable[[Path], object]) -> bytes:
    """What is written to a file of a name."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        write(path)
        return path.read_bytes()
