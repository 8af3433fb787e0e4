"""Draws subtitles into the frames of a video, inside the safe area and nowhere else."""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Final, cast

import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from numpy.typing import NDArray

from rushes.domain.options import SubtitlePosition
from rushes.engines.media.sizes import Size
from rushes.engines.post.cues import Cue
from rushes.engines.typesetting.drawing import Align, Style, draw_text, fit_style, text_height
from rushes.engines.typesetting.layers import Layer, Overlay

SAFE_SHARE: Final = 0.05
"""The margin of a picture that may be cut off or covered (EBU R 95), in shares of its width and height."""

_LINES: Final = 2
_SIZE_SHARE: Final = 0.052
_SMALLEST_SHARE: Final = 0.03
_LEAST_SIZE: Final = 10
_OUTLINE_SHARE: Final = 0.09
_LEADING: Final = 1.2

# Rec. ITU-R BT.709, 3.2 and 4.6: from R'G'B' of 0 to 1 to Y'CbCr of eight bits, limited range.
_TO_YCC: Final = np.array(
    [
        [0.2126 * 219, 0.7152 * 219, 0.0722 * 219],
        [-0.2126 / 1.8556 * 224, -0.7152 / 1.8556 * 224, 0.5 * 224],
        [0.5 * 224, -0.7152 / 1.5748 * 224, -0.0722 / 1.5748 * 224],
    ],
    np.float32,
)
_YCC_ZERO: Final = np.array([16, 128, 128], np.float32)


class Burner:
    """Draws the subtitles of a video, each once."""

    def __init__(self, cues: Sequence[Cue], size: Size, *, position: SubtitlePosition) -> None:
        """Draw cues, in order of time, on frames of a size with even sides."""
        self._cues, self._size, self._position = cues, size, position
        self._next = 0
        self._drawn: tuple[Cue, list[Overlay]] | None = None

    def burn(self, frames: Iterable[VideoFrame], rate: Fraction) -> Iterator[VideoFrame]:
        """Return the frames, 4:2:0 in BT.709, `rate` of them a second, with the subtitles of their times."""
        for number, frame in enumerate(frames):
            cue = self._cue_at(1000 * number / rate)
            yield frame if cue is None else self._with(frame, cue)

    def _cue_at(self, time_ms: Fraction) -> Cue | None:
        while self._next < len(self._cues) and self._cues[self._next].end_ms <= time_ms:
            self._next += 1
        if self._next == len(self._cues):
            return None
        cue = self._cues[self._next]
        return cue if cue.start_ms <= time_ms else None

    def _with(self, frame: VideoFrame, cue: Cue) -> VideoFrame:
        if self._drawn is None or self._drawn[0] is not cue:
            self._drawn = cue, _stamps(draw_cue(cue.text, self._size), self._size, self._position)
        stamps = self._drawn[1]
        if not stamps:
            return frame
        copy = _copied(frame)
        for plane, stamp in zip(copy.planes, stamps, strict=True):
            stamp.lay_over(_pixels(plane))
        return copy


def draw_cue(text: str, size: Size) -> Layer:
    """Return a subtitle as a layer as wide as the safe area of a frame, on two lines if it can be."""
    width = round(size.width * (1 - 2 * SAFE_SHARE))
    short = min(size.width, size.height)
    style = Style(
        size=max(_LEAST_SIZE, round(short * _SIZE_SHARE)),
        align=Align.CENTRE,
        outline=max(1, round(short * _SIZE_SHARE * _OUTLINE_SHARE)),
        leading=_LEADING,
    )
    lines = max(_LINES, text.count("\n") + 1)
    fitted = fit_style(
        text,
        width=width,
        height=text_height("\n".join("x" * lines), width=width, style=style),
        style=style,
        smallest=max(_LEAST_SIZE, round(short * _SMALLEST_SHARE)),
    )
    return draw_text(text, width=width, style=fitted)


def _stamps(layer: Layer, size: Size, position: SubtitlePosition) -> list[Overlay]:
    """Place a layer in the safe area, its corners even as 4:2:0 needs them, and part it into planes.

    Of a layer that shows nothing there are none.
    """
    layer = layer[: round(size.height * (1 - 2 * SAFE_SHARE))]
    left, top, width, height = cv2.boundingRect(layer[..., 3])
    if not width or not height:
        return []
    safe_y = round(size.height * SAFE_SHARE)
    x = round(size.width * SAFE_SHARE) + left
    y = safe_y if position is SubtitlePosition.TOP else size.height - safe_y - height
    drawn = layer[top : top + height, left : left + width].astype(np.float32) / np.float32(255)
    padded: NDArray[np.float32] = np.pad(drawn, ((y % 2, (y + height) % 2), (x % 2, (x + width) % 2), (0, 0)))
    x, y = x - x % 2, y - y % 2
    alpha = padded[..., 3]
    ycc: NDArray[np.float32] = (padded[..., :3] @ _TO_YCC.T + _YCC_ZERO) * alpha[..., None]
    stamps = [_stamp(ycc[..., 0], alpha, x, y)]
    half = padded.shape[1] // 2, padded.shape[0] // 2
    small_alpha = _halved(alpha, half)
    stamps += [_stamp(_halved(ycc[..., index], half), small_alpha, x // 2, y // 2) for index in (1, 2)]
    return stamps


def _halved(plane: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.float32)


def _stamp(added: NDArray[np.float32], alpha: NDArray[np.float32], x: int, y: int) -> Overlay:
    kept = np.rint(255 * (1 - alpha)).astype(np.uint8)
    return Overlay(np.rint(added).astype(np.uint8), kept, x, y)


def _copied(frame: VideoFrame) -> VideoFrame:
    """Return a frame that may be drawn on: the decoder still predicts from the one that it gave."""
    copy = VideoFrame(frame.width, frame.height, "yuv420p")
    for mine, its in zip(copy.planes, frame.planes, strict=True):
        _pixels(mine)[:] = _pixels(its)
    copy.colorspace, copy.color_range = frame.colorspace, frame.color_range
    return copy


def _pixels(plane: VideoPlane) -> NDArray[np.uint8]:
    # A plane is a buffer that can be written, which PyAV's types leave out.
    rows = np.frombuffer(cast("memoryview[int]", plane), np.uint8)[: plane.line_size * plane.height].reshape(
        plane.height, -1
    )
    return rows[:, : plane.width]
