"""Draws wrapped text as a layer with transparency."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from rushes.engines.typesetting.clusters import clusters, is_ignorable
from rushes.engines.typesetting.fonts import Weight, face_for, main_face, open_font
from rushes.engines.typesetting.layers import Layer
from rushes.engines.typesetting.runs import LAYOUT, Run
from rushes.engines.typesetting.wrapping import Line, breaks_no_word, wrap

Colour = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""

WHITE: Final[Colour] = (255, 255, 255)
BLACK: Final[Colour] = (0, 0, 0)


class Align(StrEnum):
    """Where the lines of a text stand; the start of a text that is read from right to left is right."""

    START = "start"
    CENTRE = "centre"
    END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a text looks.

    `size` is the letters' (the em) in pixels, `outline` the width of the line around them in pixels,
    `leading` the distance between two lines in sizes.
    """

    size: int
    weight: Weight = Weight.REGULAR
    align: Align = Align.START
    colour: Colour = WHITE
    outline: int = 0
    outline_colour: Colour = BLACK
    leading: float = 1.3

    @property
    def margin(self) -> int:
        """Return the room around the letters that their outline and their overshoot take, in pixels."""
        return self.outline + max(1, self.size // 8)


def draw_text(text: str, *, width: int, style: Style) -> Layer:
    """Draw a text, wrapped, on a layer of `width` pixels, as high as its lines need."""
    lines = _wrap(text, width=width, style=style)
    ascent, descent = _extent(style)
    pitch = _pitch(style)
    height = ascent + descent + (len(lines) - 1) * pitch + 2 * style.margin
    canvas = _Canvas((width, height), style)
    for index, line in enumerate(lines):
        canvas.write(line, baseline=style.margin + ascent + index * pitch)
    return canvas.layer()


def text_height(text: str, *, width: int, style: Style) -> int:
    """Return the height of the layer that `draw_text` would make, in pixels."""
    lines = len(_wrap(text, width=width, style=style))
    return sum(_extent(style)) + (lines - 1) * _pitch(style) + 2 * style.margin


def fit_style(text: str, *, width: int, height: int, style: Style, smallest: int) -> Style:
    """Return the style with the largest size, up to its own, at which a text fits a box.

    Words are broken only if they are too wide at every size. `smallest`, in pixels, is returned if nothing
    fits: the text is then higher than the box.
    """
    whole = _largest(text, width=width, height=height, style=style, smallest=smallest, may_break=False)
    if whole is not None:
        return whole
    broken = _largest(text, width=width, height=height, style=style, smallest=smallest, may_break=True)
    return broken or replace(style, size=smallest)


def missing_glyphs(text: str, weight: Weight = Weight.REGULAR) -> str:
    """Return the characters that no font on this machine has, each once; a box is drawn in their place."""
    shown = (cluster for cluster in clusters(text) if not cluster.isspace() and not is_ignorable(cluster[0]))
    missing = (cluster[0] for cluster in shown if face_for(cluster, weight) is None)
    return "".join(dict.fromkeys(missing))


class _Canvas:
    """Two sheets: the letters, and what is under them as their outline."""

    def __init__(self, size: tuple[int, int], style: Style) -> None:
        self._style = style
        self._letters, self._outline = Image.new("L", size), Image.new("L", size)

    def write(self, line: Line, *, baseline: int) -> None:
        """Write a line at its place."""
        size = self._style.size
        runs = line.runs(self._style.weight)
        x = self._start(line, sum(run.width(size) for run in runs))
        for run in runs:
            self._write_run(run, x, baseline)
            x += run.width(size)

    def layer(self) -> Layer:
        """Return all that was written, as one layer."""
        letters, outline = _share(self._letters), _share(self._outline)
        alpha = letters + outline * (1 - letters)
        colour = np.asarray(self._style.colour, np.float32) * letters
        colour += np.asarray(self._style.outline_colour, np.float32) * (outline * (1 - letters))
        colour /= np.maximum(alpha, np.float32(1e-6))
        return np.rint(np.dstack([colour, alpha * 255])).astype(np.uint8)

    def _start(self, line: Line, width: float) -> float:
        margin, room = self._style.margin, self._letters.width
        to_the_right = line.is_rtl == (self._style.align is Align.START)
        if self._style.align is Align.CENTRE:
            return (room - width) / 2
        return room - margin - width if to_the_right else margin

    def _write_run(self, run: Run, x: float, baseline: int) -> None:
        font, direction = run.font(self._style.size), run.direction
        ImageDraw.Draw(self._letters).text(
            (x, baseline), run.text, fill=255, font=font, anchor="ls", direction=direction
        )
        if self._style.outline:
            ImageDraw.Draw(self._outline).text(
                (x, baseline),
                run.text,
                fill=255,
                font=font,
                anchor="ls",
                direction=direction,
                stroke_width=self._style.outline,
            )


def _share(sheet: Image.Image) -> NDArray[np.float32]:
    return np.asarray(sheet, np.float32)[..., None] / np.float32(255)


def _wrap(text: str, *, width: int, style: Style) -> list[Line]:
    room = max(1, width - 2 * style.margin)
    return wrap(text, width=room, size=style.size, weight=style.weight)


def _largest(
    text: str, *, width: int, height: int, style: Style, smallest: int, may_break: bool
) -> Style | None:
    low, high = smallest - 1, max(smallest, style.size)
    while low < high:
        middle = (low + high + 1) // 2
        tried = replace(style, size=middle)
        if _fits(text, width=width, height=height, style=tried, may_break=may_break):
            low = middle
        else:
            high = middle - 1
    return None if low < smallest else replace(style, size=low)


def _fits(text: str, *, width: int, height: int, style: Style, may_break: bool) -> bool:
    room = max(1, width - 2 * style.margin)
    if not may_break and not breaks_no_word(text, width=room, size=style.size, weight=style.weight):
        return False
    return text_height(text, width=width, style=style) <= height


def _extent(style: Style) -> tuple[int, int]:
    """Return how far plain letters reach above and below the line that they stand on, in pixels."""
    return open_font(main_face(style.weight), style.size, layout=LAYOUT).getmetrics()


def _pitch(style: Style) -> int:
    return round(style.leading * style.size)
