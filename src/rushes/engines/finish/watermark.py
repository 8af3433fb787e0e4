"""The mark that outputs of the free plan carry over their lower right corner."""

# PyAV leaves open what its frames hold.
# pyright: reportUnknownMemberType=false

from dataclasses import dataclass
from typing import Final, cast

import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from rushes.engines.media.sizes import Size
from rushes.engines.typesetting.drawing import Style, draw_text, fit_style
from rushes.engines.typesetting.fonts import Weight
from rushes.engines.typesetting.layers import Layer, Overlay

TEXT: Final = "Made\u00a0with\u00a0Rushes"
"""Its spaces do not break: the mark is one line at any size."""

_LETTERS: Final = 0.036
"""The size of the letters, in short sides of the picture."""

_SMALLEST: Final = 9
_TINIEST: Final = 3
_MARGIN: Final = 0.03
_PLATE_OPACITY: Final = 0.5
_OPACITY: Final = 0.92
_BLACK_LUMA: Final = 16
_LUMA_RANGE: Final = 219
_GREY_CHROMA: Final = 128

_Share = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """The mark for pictures of one size.

    `layer` is (height, width, 4) with even sides, in grey; its left upper corner comes to `x`, `y`, even too.
    """

    layer: Layer
    x: int
    y: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameMark:
    """The mark for the planes of a 4:2:0 frame: its luma, and each of its two chroma planes."""

    luma: Overlay
    chroma: Overlay


def mark_for(size: Size) -> Mark:
    """Draw the mark for pictures of a size: white letters, outlined in black, on a soft dark plate."""
    margin = round(_MARGIN * min(size.width, size.height))
    letters = _draw_letters(size, room=max(2, size.width - 2 * margin))
    width, height = _even(letters.width), _even(letters.height)
    plate = Image.new("RGBA", (width, height))
    shade = (0, 0, 0, round(255 * _PLATE_OPACITY))
    ImageDraw.Draw(plate).rounded_rectangle((0, 0, width - 1, height - 1), radius=height // 4, fill=shade)
    plate.alpha_composite(letters, ((width - letters.width) // 2, (height - letters.height) // 2))
    layer = np.array(plate)
    layer[..., 3] = np.rint(layer[..., 3] * _OPACITY)
    x, y = size.width - margin - width, size.height - margin - height
    return Mark(layer=layer, x=max(0, x // 2 * 2), y=max(0, y // 2 * 2))


def draw_on_picture(picture: Image.Image, mark: Mark) -> None:
    """Draw the mark on a picture in RGB or RGBA, which changes."""
    layer = Image.fromarray(mark.layer)
    if picture.mode == "RGBA":
        picture.alpha_composite(layer, (mark.x, mark.y))
    else:
        picture.paste(layer, (mark.x, mark.y), layer)


def frame_mark_of(mark: Mark) -> FrameMark:
    """Return the mark for frames as files here hold them: 4:2:0, Rec. ITU-R BT.709, limited range."""
    alpha = mark.layer[..., 3].astype(np.float32) / np.float32(255)
    luma = _BLACK_LUMA + mark.layer[..., 0].astype(np.float32) * np.float32(_LUMA_RANGE / 255)
    coarse = cv2.resize(alpha, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA).astype(np.float32)
    grey = np.full_like(coarse, _GREY_CHROMA)
    return FrameMark(
        luma=_overlay(luma, alpha, x=mark.x, y=mark.y),
        chroma=_overlay(grey, coarse, x=mark.x // 2, y=mark.y // 2),
    )


def draw_on_frame(frame: VideoFrame, mark: FrameMark) -> VideoFrame:
    """Return a copy of a frame with the mark; the frame is one that `encoding.broadcast` returns."""
    # A copy: the decoder predicts the next frames from its own.
    flat = cast("NDArray[np.uint8]", frame.to_ndarray(format="yuv420p")).reshape(-1)
    whole, quarter = frame.width * frame.height, frame.width * frame.height // 4
    mark.luma.lay_over(flat[:whole].reshape(frame.height, frame.width))
    for start in (whole, whole + quarter):
        mark.chroma.lay_over(flat[start : start + quarter].reshape(frame.height // 2, frame.width // 2))
    marked = VideoFrame.from_ndarray(flat.reshape(-1, frame.width), format="yuv420p")
    marked.colorspace, marked.color_range = Colorspace.ITU709, ColorRange.MPEG
    return marked


def _draw_letters(size: Size, *, room: int) -> Image.Image:
    wished = max(_SMALLEST, round(_LETTERS * min(size.width, size.height)))
    style = Style(size=wished, weight=Weight.BOLD, outline=max(1, wished // 16))
    style = fit_style(TEXT, width=room, height=size.height, style=style, smallest=_TINIEST)
    layer = draw_text(TEXT, width=room, style=style)
    x, y, width, height = cv2.boundingRect(layer[..., 3])
    pad = max(1, style.size // 3)
    letters = Image.new("RGBA", (width + 2 * pad, height + 2 * pad))
    letters.paste(Image.fromarray(layer[y : y + height, x : x + width]), (pad, pad))
    return letters


def _overlay(value: _Share, alpha: _Share, *, x: int, y: int) -> Overlay:
    colour, kept = np.rint(value * alpha), np.rint(255 * (1 - alpha))
    return Overlay(colour.astype(np.uint8), kept.astype(np.uint8), x, y)


def _even(side: int) -> int:
    return side + side % 2
