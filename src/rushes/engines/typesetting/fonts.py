"""Which font draws a character: one that ships with the software, else one of the system."""

import bisect
import os
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Final

from PIL import ImageFont

from rushes.engines.typesetting.coverage import Ranges, faces_in

_SHIPPED: Final = Path(str(resources.files("rushes.engines.typesetting"))) / "fonts"
_SYSTEM: Final = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
_SUFFIXES: Final = frozenset({".ttf", ".otf", ".ttc"})
_MAX_FONTS: Final = 2000
_MAX_FONT_BYTES: Final = 128 * 1024**2
_TRIED_SIZE: Final = 48
_FANCY: Final = ("condensed", "italic", "light", "mono", "oblique", "serif", "thin")
_FIRST_EMOJI: Final = 0x1F000
_EMOJI_SELECTOR: Final = "\ufe0f"


class Weight(StrEnum):
    """How heavy letters are."""

    REGULAR = "regular"
    BOLD = "bold"


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """One face of a font file, and the characters that it has."""

    path: Path
    index: int
    ranges: Ranges

    def has(self, character: str) -> bool:
        """Tell whether it has a glyph for one character."""
        code = ord(character)
        at = bisect.bisect_right(self.ranges, (code, 0x110000)) - 1
        return at >= 0 and self.ranges[at][0] <= code <= self.ranges[at][1]


@lru_cache(maxsize=4096)
def face_for(cluster: str, weight: Weight) -> Face | None:
    """Return the face that draws a cluster, which is a character and its marks.

    `None` if there is none on this machine.
    """
    first = cluster[0]
    emoji_first = ord(first) >= _FIRST_EMOJI or _EMOJI_SELECTOR in cluster
    faces = [face for face in _shipped(weight, emoji_first=emoji_first) if face.has(first)]
    if not faces:
        faces = [face for face in faces_below(_SYSTEM) if face.has(first) and draws(face, first)]
    whole = (face for face in faces if all(face.has(each) for each in cluster))
    return next(whole, faces[0] if faces else None)


def main_face(weight: Weight) -> Face:
    """Return the face of plain text; it also draws the box that stands for what no font has."""
    return _shipped(weight, emoji_first=False)[0]


@lru_cache(maxsize=256)
def open_font(face: Face, size: int, *, layout: ImageFont.Layout) -> ImageFont.FreeTypeFont:
    """Open a face at a size in pixels.

    Raises:
        OSError: It cannot be opened, or not at this size.
    """
    return ImageFont.truetype(str(face.path), size, index=face.index, layout_engine=layout)


@lru_cache(maxsize=4)
def faces_below(folders: tuple[Path, ...]) -> tuple[Face, ...]:
    """Return the faces of all font files in folders, plain ones first; what cannot be read is left out."""
    # In a fixed order, so that the same machine always takes the same font.
    paths = sorted((path for folder in folders for path in _font_files(folder)), key=_plainness)
    return tuple(face for path in paths[:_MAX_FONTS] for face in _readable_faces(path))


def draws(face: Face, character: str) -> bool:
    """Tell whether a glyph is more than a name: FreeType cannot draw those of some colour fonts."""
    try:
        font = open_font(face, _TRIED_SIZE, layout=ImageFont.Layout.BASIC)
        return font.getmask(character).getbbox() is not None
    except (OSError, ValueError):
        return False


@lru_cache(maxsize=4)
def _shipped(weight: Weight, *, emoji_first: bool) -> tuple[Face, ...]:
    text = "DejaVuSans-Bold.ttf" if weight is Weight.BOLD else "DejaVuSans.ttf"
    # The two weights do not have the same characters: the other one helps out.
    other = "DejaVuSans.ttf" if weight is Weight.BOLD else "DejaVuSans-Bold.ttf"
    names = [text, other, "NotoEmoji-Bold.ttf"]
    if emoji_first:
        names = names[2:] + names[:2]
    return tuple(face for name in names for face in _faces(_SHIPPED / name))


def _font_files(folder: Path) -> Iterator[Path]:
    for parent, _, names in os.walk(folder):
        for path in (Path(parent, name) for name in names):
            if path.suffix.lower() in _SUFFIXES:
                yield path


def _plainness(path: Path) -> tuple[int, Path]:
    name = path.name.lower()
    return sum(word in name for word in _FANCY), path


def _readable_faces(path: Path) -> list[Face]:
    try:
        return _faces(path) if path.stat().st_size <= _MAX_FONT_BYTES else []
    except (OSError, ValueError):
        return []


@lru_cache(maxsize=_MAX_FONTS)
def _faces(path: Path) -> list[Face]:
    return [Face(path, index, ranges) for index, ranges in enumerate(faces_in(path))]
