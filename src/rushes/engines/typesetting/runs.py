"""The pieces of a line that are drawn at one go: one font, one direction."""

import itertools
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from PIL import ImageFont, features

from rushes.engines.typesetting.bidi import visual_runs
from rushes.engines.typesetting.clusters import clusters, is_ignorable
from rushes.engines.typesetting.fonts import Face, Weight, face_for, main_face, open_font
from rushes.engines.typesetting.shaping import shape_rtl

_HAS_RAQM: Final = features.check("raqm") and features.check("fribidi")
LAYOUT: Final = ImageFont.Layout.RAQM if _HAS_RAQM else ImageFont.Layout.BASIC
"""Who sets letters: Raqm (HarfBuzz) shapes all scripts, but is only there where the system has FriBidi."""


@dataclass(frozen=True, slots=True)
class Run:
    """Text as its font gets it."""

    text: str
    face: Face
    is_rtl: bool
    layout: ImageFont.Layout

    @property
    def direction(self) -> Literal["ltr", "rtl"] | None:
        """Return the direction to ask the font for; the basic layout knows none."""
        if self.layout is ImageFont.Layout.BASIC:
            return None
        return "rtl" if self.is_rtl else "ltr"

    def font(self, size: int) -> ImageFont.FreeTypeFont:
        """Open its font at a size in pixels."""
        return open_font(self.face, size, layout=self.layout)

    def width(self, size: int) -> float:
        """Return how far it moves the pen, in pixels."""
        return self.font(size).getlength(self.text, direction=self.direction)


def runs_of(
    line: str,
    base: int,
    *,
    weight: Weight,
    layout: ImageFont.Layout = LAYOUT,
) -> list[Run]:
    """Return the runs of a line from left to right; `base` is its base level."""
    found: list[Run] = []
    for text, is_rtl in visual_runs(line, base):
        pieces = _by_face(text, weight)
        for piece, face in reversed(pieces) if is_rtl else pieces:
            found.append(_run(piece, face, is_rtl=is_rtl, layout=layout))
    return [run for run in found if run.text]


@lru_cache(maxsize=8192)
def width_of(text: str, *, size: int, weight: Weight) -> float:
    """Return the width of a piece of a line, in pixels, whichever way it is read."""
    pieces = (_run(text, face, is_rtl=False, layout=LAYOUT) for text, face in _by_face(text, weight))
    return sum(run.width(size) for run in pieces if run.text)


def _run(text: str, face: Face, *, is_rtl: bool, layout: ImageFont.Layout) -> Run:
    if layout is ImageFont.Layout.BASIC:
        text = shape_rtl(text) if is_rtl else text
        text = "".join(each for each in text if not is_ignorable(each))
    return Run(text, face, is_rtl, layout)


def _by_face(text: str, weight: Weight) -> list[tuple[str, Face]]:
    drawn = [(_drawable(cluster, weight), _face(cluster, weight)) for cluster in clusters(text)]
    grouped = itertools.groupby(drawn, key=lambda each: each[1])
    return [("".join(cluster for cluster, _ in group), face) for face, group in grouped]


def _face(cluster: str, weight: Weight) -> Face:
    main = main_face(weight)
    # White space and the like must not change the font within a word or sentence.
    if cluster.isspace() or is_ignorable(cluster[0]):
        return main
    return face_for(cluster, weight) or main


def _drawable(cluster: str, weight: Weight) -> str:
    if cluster.isspace():
        return " "
    if is_ignorable(cluster[0]):
        return ""
    # One box stands for all that a cluster without a font would have shown.
    return cluster if face_for(cluster, weight) else cluster[0]
