"""Opens video files that nobody vouches for."""

# PyAV's types leave open what a packet belongs to.
# pyright: reportUnknownMemberType=false

import contextlib
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Final

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image

from rushes.errors import MediaRejected

DEMUXERS: Final[Mapping[str, str]] = {
    "video/mp4": "mov,mp4,m4a,3gp,3g2,mj2",
    "video/quicktime": "mov,mp4,m4a,3gp,3g2,mj2",
    "video/webm": "matroska,webm",
    "video/x-matroska": "matroska,webm",
}
"""FFmpeg's name of the one demuxer of each accepted type."""

DECODERS: Final = frozenset(
    ("h264", "hevc", "libdav1d", "av1", "vp8", "vp9", "libvpx", "libvpx-vp9", "mpeg4", "mjpeg", "prores")
)


@contextlib.contextmanager
def open_video(
    path: Path, *, media_type: str, max_pixels: int, threads: int = 1
) -> Generator[tuple[InputContainer, VideoStream]]:
    """Open a video by the one demuxer of its type, so that it can name no other file and no address.

    Yields the container and its first true video stream. Decode inside the `with`: what FFmpeg then finds
    broken is refused too.

    Raises:
        MediaRejected: It is broken, or has no picture that can be decoded here.
    """
    demuxer = DEMUXERS[media_type]
    name = media_type.partition("/")[2].removeprefix("x-")
    limits = {"max_pixels": str(max_pixels), "threads": str(threads), "codec_whitelist": ",".join(DECODERS)}
    whitelists = {"format_whitelist": demuxer, "protocol_whitelist": "file"}
    # By path, never by a Python file: that would put FFmpeg's restriction of protocols out of force.
    full = str(path.absolute())
    try:
        with av.open(
            full, format=demuxer.partition(",")[0], options=limits, container_options=whitelists
        ) as file:
            stream = _picture_stream(file)
            stream.codec_context.thread_count = threads
            stream.codec_context.options = {"max_pixels": str(max_pixels)}
            yield file, stream
    except MemoryError:
        raise
    except (FFmpegError, UnicodeError) as error:
        raise MediaRejected(f"The {name} video is cut off or broken; export it again.") from error


def upright(frame: VideoFrame) -> Image.Image:
    """Return a frame as displayed: turned as the file's display matrix says."""
    picture = Image.fromarray(frame.to_ndarray(format="rgb24"))
    turns = {90: Image.Transpose.ROTATE_90, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_270}
    turn = turns.get(round(frame.rotation) % 360)
    return picture if turn is None else picture.transpose(turn)


def is_turned(frame: VideoFrame) -> bool:
    """Tell whether width and height are exchanged when the frame is displayed."""
    return round(frame.rotation) % 180 != 0


def _picture_stream(file: InputContainer) -> VideoStream:
    # A cover picture is a video stream of one frame.
    streams = [stream for stream in file.streams.video if not stream.disposition & Disposition.attached_pic]
    if not streams:
        raise MediaRejected("The file holds no video.")
    stream = streams[0]
    codec = stream.codec_context.codec.name
    if codec not in DECODERS:
        raise MediaRejected(f"The video codec {codec} is not accepted; export the video as H.264.")
    return stream
