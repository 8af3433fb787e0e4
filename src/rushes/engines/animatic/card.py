"""The card of a shot: its text, as large as fits, over its own shadow."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from rushes.engines.arrays import Picture
from rushes.engines.media.sizes import Size
from rushes.engines.typesetting.bidi import base_level
from rushes.engines.typesetting.drawing import WHITE, Align, Style, draw_text, fit_style, text_height
from rushes.engines.typesetting.fonts import Weight
from rushes.engines.typesetting.layers import Layer, Overlay, overlay_of

_MARGIN: Final = 0.09
"""Left and right of the text, in widths."""

_LARGEST: Final = 0.13
_SMALLEST: Final = 10
_HEIGHT: Final = 0.68
_BAR: Final = (1.5, 0.09, 0.55)
"""The line above the text: length, thickness and distance, in sizes of the letters."""

_SHADOW_BLUR: Final = 0.022
_SHADOW: Final = 0.68
_SHADOW_GAIN: Final = 1.6
_ZOOM: Final = 0.035
_SLIDE: Final = 0.025
_OUTLINE: Final = 0.007
_FOOTER: Final = 0.03
_FOOTER_OPACITY: Final = 0.78


@dataclass(frozen=True, slots=True)
class Card:
    """A drawn card: `sheet` is (height, width, 4), its colours multiplied by its alpha, 0 to 255.

    `x` and `y` are where its left upper corner comes in a picture of `size`.
    """

    sheet: Layer
    x: int
    y: int
    size: Size

    def lay_over(self, picture: Picture, *, age: float, presence: float) -> None:
        """Draw it over a picture, which changes.

        `age` is the share of the shot that is over: it comes slowly nearer; `presence` from 0 to 1 is how far
        it has come: it rises into its place.
        """
        if presence <= 0:
            return
        zoom = 1 + _ZOOM * age
        drop = (1 - presence) * _SLIDE * min(self.size.width, self.size.height)
        height, width = self.sheet.shape[:2]
        # It grows from the middle of the picture, in which the sheet's own corner is at x, y.
        shift_x = (1 - zoom) * (self.size.width / 2 - self.x)
        shift_y = (1 - zoom) * (self.size.height / 2 - self.y) + drop
        place = np.array([[zoom, 0, shift_x], [0, zoom, shift_y]])
        moved = cv2.warpAffine(self.sheet, place, (width, height), flags=cv2.INTER_LINEAR)
        if presence < 1:
            moved = cv2.convertScaleAbs(moved, alpha=presence)
        colour = cv2.cvtColor(moved, cv2.COLOR_RGBA2RGB)
        kept = cv2.cvtColor(cv2.bitwise_not(cv2.extractChannel(moved, 3)), cv2.COLOR_GRAY2RGB)
        Overlay(np.asarray(colour, np.uint8), np.asarray(kept, np.uint8), self.x, self.y).lay_over(picture)


def draw_card(text: str, size: Size, *, is_outlined: bool = False) -> Card:
    """Set a text as large as fits the middle of a picture of a size, in pixels.

    Letters that are outlined can be read over any picture.
    """
    short = min(size.width, size.height)
    layer, style = _typeset(text, size, outline=max(2, round(_OUTLINE * short)) if is_outlined else 0)
    sheet = np.zeros((size.height, size.width, 4), np.uint8)
    x, y = round(_MARGIN * size.width), (size.height - layer.shape[0]) // 2
    _put(sheet, layer, x=x, y=max(0, y))
    _draw_bar(sheet, style, x=size.width - x if base_level(text) else x, y=y, is_rtl=base_level(text) == 1)
    shaded = _with_shadow(sheet, blur=_SHADOW_BLUR * short)
    left, top, width, height = cv2.boundingRect(np.ascontiguousarray(shaded[..., 3]))
    # Coming nearer, it must not leave its sheet.
    room = round(_ZOOM * max(size.width, size.height) / 2 + _SLIDE * short)
    left, right = max(0, left - room), min(size.width, left + width + room)
    top, bottom = max(0, top - room), min(size.height, top + height + room)
    return Card(np.ascontiguousarray(shaded[top:bottom, left:right]), left, top, size)


def draw_footer(text: str, size: Size) -> Overlay:
    """Set a line at the foot of a picture of a size, in pixels."""
    short = min(size.width, size.height)
    style = Style(size=max(_SMALLEST, round(_FOOTER * short)), align=Align.CENTRE, outline=1)
    room = round((1 - 2 * _FOOTER) * size.width)
    style = fit_style(text, width=room, height=2 * style.size, style=style, smallest=_SMALLEST)
    layer = draw_text(text, width=room, style=style)
    x, y = (size.width - room) // 2, size.height - layer.shape[0] - round(_FOOTER * short)
    return overlay_of(layer, x=x, y=y, opacity=_FOOTER_OPACITY)


def _typeset(text: str, size: Size, *, outline: int) -> tuple[Layer, Style]:
    short = min(size.width, size.height)
    width, height = round((1 - 2 * _MARGIN) * size.width), round(_HEIGHT * size.height)
    largest = Style(
        size=round(_LARGEST * short), weight=Weight.BOLD, align=Align.START, colour=WHITE, outline=outline
    )
    style = fit_style(text, width=width, height=height, style=largest, smallest=_SMALLEST)
    if text_height(text, width=width, style=style) > height:
        # Too many lines: their ends are given up before any word is.
        text = " ".join(text.split())
        style = fit_style(text, width=width, height=height, style=largest, smallest=_SMALLEST)
    return draw_text(text, width=width, style=style)[: size.height], style


def _put(sheet: Layer, layer: Layer, *, x: int, y: int) -> None:
    """Write a layer on an empty sheet, its colours multiplied by its alpha."""
    alpha = layer[..., 3:]
    place = sheet[y : y + layer.shape[0], x : x + layer.shape[1]]
    place[..., :3] = cv2.multiply(layer[..., :3], np.repeat(alpha, 3, axis=2), scale=1 / 255)
    place[..., 3:] = alpha


def _draw_bar(sheet: Layer, style: Style, *, x: int, y: int, is_rtl: bool) -> None:
    length, thickness, distance = (max(1, round(part * style.size)) for part in _BAR)
    x += -style.margin - length if is_rtl else style.margin
    bottom = y - distance + style.margin
    if bottom > thickness:
        sheet[bottom - thickness : bottom, x : x + length] = 255


def _with_shadow(sheet: Layer, *, blur: float) -> Layer:
    """Return the sheet over its own blurred shape in black."""
    alpha = sheet[..., 3]
    spread = cv2.GaussianBlur(alpha, (0, 0), blur).astype(np.float32)
    wide = cv2.GaussianBlur(alpha, (0, 0), 2.5 * blur).astype(np.float32)
    shadow = np.clip(_SHADOW_GAIN * (spread + wide) / 2, 0, 255) * np.float32(_SHADOW)
    covered = alpha + shadow * (1 - alpha / np.float32(255))
    return np.dstack([sheet[..., :3], np.rint(covered).astype(np.uint8)])
