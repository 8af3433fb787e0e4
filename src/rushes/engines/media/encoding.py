"""Writes pictures as an H.264 mp4 that starts to play before it is loaded whole."""

# PyAV types its packets only in part.
# pyright: reportUnknownMemberType=false

import contextlib
import functools
import math
from collections.abc import Generator, Mapping
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import av
from av.codec.context import ThreadType
from av.error import FFmpegError
from av.video.frame import PictureType, VideoFrame
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

from rushes.domain.options import VideoQuality
from rushes.engines.arrays import Picture
from rushes.engines.media.sizes import Size
from rushes.errors import EngineError

SETTINGS: Final[Mapping[VideoQuality, Mapping[str, str]]] = {
    VideoQuality.HIGH: {"preset": "veryfast", "crf": "20"},
    VideoQuality.ULTRA: {"preset": "medium", "crf": "15"},
}
"""x264's effort and its constant rate factor; a lower factor keeps more."""

_KEY_FRAME_SECONDS: Final = 2
_THREADS: Final = 4
"""Fixed, for x264's choices depend on it: one request gives one file, however many cores there are."""

_BT709: Final = 1

_BLOCK: Final = 16
_AVX512_BLOCKS: Final = 16


class Encoder:
    """A file being written, in a `with`: finished when it ends well, removed when it does not."""

    def __init__(self, path: Path, *, size: Size, rate: Fraction, quality: VideoQuality) -> None:
        """Open the file; `size` must be even, `rate` is frames a second.

        Raises:
            EngineError: It cannot be opened.
        """
        self._path, self._rate, self._frames = path, rate, 0
        with writing():
            self._container = av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})
        self._stream = self._container.add_stream("libx264", rate=rate)
        self._stream.width, self._stream.height = size.width, size.height
        self._stream.pix_fmt = "yuv420p"
        codec = self._stream.codec_context
        codec.thread_count = _THREADS
        # Not slices of one frame, PyAV's choice: they end up larger, and keep two cores less busy.
        codec.thread_type = ThreadType.FRAME
        codec.gop_size = max(1, round(_KEY_FRAME_SECONDS * rate))
        codec.color_range = ColorRange.MPEG
        codec.colorspace = codec.color_primaries = codec.color_trc = _BT709
        codec.options = {**SETTINGS[quality], **_instructions(size)}

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def write(self, picture: Picture | VideoFrame) -> None:
        """Add the next picture, of the size that the file was opened with; a frame's own time is not kept.

        Raises:
            EngineError: It cannot be encoded or stored.
        """
        is_frame = isinstance(picture, VideoFrame)
        frame = broadcast(picture if is_frame else VideoFrame.from_ndarray(picture, format="rgb24"))
        # Else the encoder would take over the I, P and B of the file that the frame was read from.
        frame.pict_type = PictureType.NONE
        frame.pts, frame.time_base = self._frames, 1 / self._rate
        self._frames += 1
        self._encode(frame)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish the file, or remove it when something was raised.

        Raises:
            EngineError: It cannot be finished.
        """
        try:
            with writing():
                # Not flushed after an error: what the encoder still holds is not worth waiting for.
                if kind is None:
                    self._encode(None)
                self._container.close()
        except EngineError:
            self._path.unlink(missing_ok=True)
            raise
        if kind is not None:
            self._path.unlink(missing_ok=True)

    def _encode(self, frame: VideoFrame | None) -> None:
        with writing():
            self._container.mux(self._stream.encode(frame))


def broadcast(frame: VideoFrame) -> VideoFrame:
    """Return a frame as files here hold it: 4:2:0, eight bits, Rec. ITU-R BT.709, limited range.

    One that is so already is returned itself; where it does not say what its colours mean, it is BT.601.
    """
    is_limited = frame.color_range in {ColorRange.MPEG, ColorRange.UNSPECIFIED}
    if frame.format.name == "yuv420p" and frame.colorspace == _BT709 and is_limited:
        return frame
    return frame.reformat(
        format="yuv420p",
        dst_colorspace=Colorspace.ITU709,
        dst_color_range=ColorRange.MPEG,
        dst_color_trc=ColorTrc.BT709,
        dst_color_primaries=ColorPrimaries.BT709,
    )


@contextlib.contextmanager
def writing() -> Generator[None]:
    """Turn what FFmpeg cannot write into words.

    Raises:
        EngineError: The output cannot be written.
    """
    try:
        yield
    except FFmpegError as error:
        raise EngineError(f"The output cannot be written: {error.strerror}.") from error


def _instructions(size: Size) -> Mapping[str, str]:
    """Return what keeps x264's choices from depending on what the memory held before.

    Its AVX-512 code for macroblock trees takes rows of 16 blocks, and reads on beyond shorter ones.
    """
    is_whole = math.ceil(size.width / _BLOCK) % _AVX512_BLOCKS == 0
    return {} if is_whole or not _has_avx512() else {"x264-params": "asm=avx2"}


@functools.cache
def _has_avx512() -> bool:
    try:
        return "avx512" in Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
