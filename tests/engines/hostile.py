"""Makes files: sound ones, and such that try to break or deceive whoever opens them."""

import struct
import zlib
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

from tests.engines.fakes import write_video

TURNED_MATRIX = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)


def picture(path: Path, *, size: tuple[int, int] = (64, 48), **options: object) -> Path:
    noise = np.random.default_rng(1).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(noise).save(path, **options)
    return path


def turned_picture(path: Path) -> Path:
    exif = Image.Exif()
    exif[0x0112] = 6
    return picture(path, exif=exif)


def video(path: Path, *, count: int = 24, fps: int = 12, **options: str) -> Path:
    dice = np.random.default_rng(1)
    frames = [dice.integers(60, 200, (48, 64, 3), dtype=np.uint8) for _ in range(3)]
    write_video(path, frames, count=count, fps=fps, **options)
    return path


def webm(path: Path) -> Path:
    return _write(path, codec="libvpx-vp9", pixels="yuv420p")


def old_codec(path: Path) -> Path:
    return _write(path, codec="mpeg2video", pixels="yuv420p")


def _write(path: Path, *, codec: str, pixels: str) -> Path:
    with av.open(str(path), "w") as file:
        stream = file.add_stream(codec, rate=24)
        stream.width, stream.height, stream.pix_fmt = 64, 48, pixels
        for number in range(12):
            frame = av.VideoFrame(64, 48, pixels)
            frame.pts, frame.time_base = number, Fraction(1, 24)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


def only_sound(path: Path) -> Path:
    with av.open(str(path), "w") as file:
        stream = file.add_stream("aac", rate=44100, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 44100
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


def png_claiming(path: Path, *, width: int, height: int) -> Path:
    """A PNG whose header claims a size, and whose pixels end after the first."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(4))), (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)
    return path


def cut(path: Path, *, share: float) -> Path:
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    return path


def patched(path: Path, *, atom: bytes, at: int, value: bytes) -> Path:
    """Overwrite bytes in the first MP4 atom of a name, counted from the end of that name."""
    content = bytearray(path.read_bytes())
    start = content.index(atom) + len(atom) + at
    content[start : start + len(value)] = value
    path.write_bytes(content)
    return path


def index_first(path: Path) -> Path:
    """Move an MP4's index before its pictures, by writing its packets anew."""
    target = path.with_suffix(".fast.mp4")
    with av.open(str(path)) as source, av.open(str(target), "w", options={"movflags": "+faststart"}) as file:
        stream = file.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                file.mux(packet)
    target.replace(path)
    return path


def turned_video(path: Path) -> Path:
    return patched(video(path), atom=b"tkhd", at=40, value=TURNED_MATRIX)


def playlist(path: Path, *, port: int) -> Path:
    path.write_text(
        f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:{port}/a.ts\n#EXT-X-ENDLIST\n"
    )
    return path


def playlist_behind_magic(path: Path, *, port: int) -> Path:
    """A playlist after the first box of an MP4."""
    playlist(path, port=port)
    path.write_bytes(struct.pack(">I4s4sI4s", 20, b"ftyp", b"isom", 0, b"isom") + path.read_bytes())
    return path


def noise_behind_magic(path: Path) -> Path:
    noise = np.random.default_rng(1).bytes(50_000)
    path.write_bytes(struct.pack(">I4s4sI4s", 20, b"ftyp", b"isom", 0, b"isom") + noise)
    return path
