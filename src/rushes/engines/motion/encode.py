"""Writes pictures as an H.264 mp4 that starts to play before it is loaded whole."""

# PyAV types its packets only in part.
# pyright: reportUnknownMemberType=false

import contextlib
from collections.abc import Generator, Mapping
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import av
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

from rushes.domain.options import VideoQuality
from rushes.engines.motion.arrays import Picture
from rushes.engines.motion.geometry import Size
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


class Encoder:
    """A file being written, in a `with`: finished when it ends well, removed when it does not."""

    def __init__(self, path: Path, *, size: Size, rate: Fraction, quality: VideoQuality) -> None:
        """Open the file; `size` must be even, `rate` is frames a second.

        Raises:
            EngineError: It cannot be opened.
        """
        self._path, self._rate, self._frames = path, rate, 0
        with _translated():
            self._container = av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})
        self._stream = self._container.add_stream("libx264", rate=rate)
        self._stream.width, self._stream.height = size.width, size.height
        self._stream.pix_fmt = "yuv420p"
        codec = self._stream.codec_context
        codec.thread_count = _THREADS
        codec.gop_size = max(1, round(_KEY_FRAME_SECONDS * rate))
        codec.color_range = ColorRange.MPEG
        codec.colorspace = codec.color_primaries = codec.color_trc = _BT709
        codec.options = dict(SETTINGS[quality])

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def write(self, picture: Picture) -> None:
        """Add the next picture, of the size that the file was opened with.

        Raises:
            EngineError: It cannot be encoded or stored.
        """
        frame = VideoFrame.from_ndarray(picture, format="rgb24").reformat(
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            dst_color_trc=ColorTrc.BT709,
            dst_color_primaries=ColorPrimaries.BT709,
        )
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
            with _translated():
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
        with _translated():
            self._container.mux(self._stream.encode(frame))


@contextlib.contextmanager
def _translated() -> Generator[None]:
    try:
        yield
    except FFmpegError as error:
        raise EngineError(f"The output cannot be written: {error.strerror}.") from error
