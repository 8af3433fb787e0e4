"""Opens video files that nobody vouches for."""

# PyAV's types leave open what a packet belongs to.
# pyright: reportUnknownMemberType=false

import contextlib
from collections.abc import Generator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition, Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image

from rushes.domain.media import MediaLimits
from rushes.engines.media.sizes import Size
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

MAX_TRACKS: Final = 32

_MOST_PRIMING: Final = Fraction(1, 10)
_LONGEST_WAIT: Final = Fraction(1)
"""Both in seconds."""

_PIXELS: Final = MediaLimits().pixels


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
    with open_media(
        path,
        what=media_type.partition("/")[2].removeprefix("x-") + " video",
        demuxer=DEMUXERS[media_type],
        decoders=DECODERS,
        max_pixels=max_pixels,
        threads=threads,
    ) as file:
        stream = picture_stream(file)
        stream.codec_context.thread_count = threads
        stream.codec_context.options = {"max_pixels": str(max_pixels)}
        yield file, stream


@contextlib.contextmanager
def open_media(
    path: Path, *, what: str, demuxer: str, decoders: AbstractSet[str], max_pixels: int, threads: int = 1
) -> Generator[InputContainer]:
    """Open a media file by one demuxer, so that it can name no other file and no address.

    Only these decoders may look at it; `what` it is called when it is refused. Read inside the `with`: what
    FFmpeg then finds broken is refused too.

    Raises:
        MediaRejected: It is broken.
    """
    whitelist = ",".join(sorted(decoders))
    limits = {"max_pixels": str(max_pixels), "threads": str(threads), "codec_whitelist": whitelist}
    whitelists = {"format_whitelist": demuxer, "protocol_whitelist": "file"}
    # By path, never by a Python file: that would put FFmpeg's restriction of protocols out of force.
    full = str(path.absolute())
    try:
        with av.open(
            full, format=demuxer.partition(",")[0], options=limits, container_options=whitelists
        ) as file:
            yield file
    except MemoryError:
        raise
    except (FFmpegError, UnicodeError) as error:
        raise MediaRejected(f"The {what} is cut off or broken; export it again.") from error


def picture_stream(file: InputContainer) -> VideoStream:
    """Return the first true video stream.

    Raises:
        MediaRejected: There is none, or none that can be decoded here.
    """
    streams = _true_videos(file)
    if not streams:
        raise MediaRejected("The file holds no video.")
    stream = streams[0]
    codec = codec_name(stream)
    if codec not in DECODERS:
        raise MediaRejected(f"The video codec {codec} is not accepted; export the video as H.264.")
    return stream


def origin_of(file: InputContainer) -> Fraction:
    """Return where what a video shows begins, in seconds of the file's own clock; 0 for a sound alone.

    It is counted from there for all of its streams, so that they stay together. It is the first picture's
    time, or the sound's where that begins earlier: the first picture then stands still until the next is due.
    What a codec of sound needs to get going, less than `_MOST_PRIMING`, does not count.
    """
    streams: list[Stream] = [*_true_videos(file)[:1], *file.streams.audio[:1]]
    if not streams or streams[0].type != "video":
        return Fraction(0)
    times = {stream.index: _start(stream) for stream in streams}
    if None in times.values():
        times.update(_first_times(file, list(times)))
    seen, heard = times[streams[0].index] or Fraction(0), times[streams[-1].index]
    return seen if heard is None or heard > seen - _MOST_PRIMING else heard


def _start(stream: Stream) -> Fraction | None:
    if stream.start_time is None or not stream.time_base:
        return None
    return stream.start_time * stream.time_base


def _first_times(file: InputContainer, indexes: Sequence[int]) -> Mapping[int, Fraction]:
    """Return when each of some streams of a file begins, if it does so soon, by its packets."""
    first: dict[int, Fraction] = {}
    with open_media(
        Path(file.name), what="video", demuxer=file.format.name, decoders=DECODERS, max_pixels=_PIXELS
    ) as again:
        for packet in again.demux([again.streams[index] for index in indexes]):
            if packet.pts is None or not packet.size:
                continue
            time = packet.pts * packet.time_base
            first.setdefault(packet.stream.index, time)
            if len(first) == len(indexes) or time > min(first.values()) + _LONGEST_WAIT:
                break
    return first


def _true_videos(file: InputContainer) -> list[VideoStream]:
    # A cover picture is a video stream of one frame.
    return [stream for stream in file.streams.video if not stream.disposition & Disposition.attached_pic]


def displayed_size(stream: VideoStream) -> Size:
    """Return a video's size with pixels as wide as they are high, before it is turned."""
    return Size(width=round(stream.width * (stream.sample_aspect_ratio or 1)), height=stream.height)


def codec_name(stream: Stream) -> str:
    """Return FFmpeg's name of a stream's decoder, "unknown" if it has none."""
    # A stream of an unknown codec has no context, which PyAV's types leave out.
    context = getattr(stream, "codec_context", None)
    return "unknown" if context is None else context.codec.name


def require_few_tracks(file: InputContainer) -> None:
    """Refuse a file that carries hundreds of tracks, or files that are no media.

    Raises:
        MediaRejected: It does.
    """
    if len(file.streams) > MAX_TRACKS:
        raise MediaRejected(f"The file has more than {MAX_TRACKS} tracks; export it with those you need.")
    if any(stream.type == "attachment" for stream in file.streams):
        raise MediaRejected("The video has other files attached; export it without them.")


def upright(frame: VideoFrame) -> Image.Image:
    """Return a frame as displayed: turned as the file's display matrix says."""
    picture = Image.fromarray(frame.to_ndarray(format="rgb24"))
    turns = {1: Image.Transpose.ROTATE_90, 2: Image.Transpose.ROTATE_180, 3: Image.Transpose.ROTATE_270}
    turn = turns.get(quarters_of(frame))
    return picture if turn is None else picture.transpose(turn)


def is_turned(frame: VideoFrame) -> bool:
    """Tell whether width and height are exchanged when the frame is displayed."""
    return quarters_of(frame) in {1, 3}


def quarters_of(frame: VideoFrame) -> int:
    """Return by how many quarters, 0 to 3, a frame is turned to the left when it is displayed."""
    # A matrix that makes no sense gives other angles, and turns nothing.
    quarters, rest = divmod(round(frame.rotation) % 360, 90)
    return 0 if rest else quarters
