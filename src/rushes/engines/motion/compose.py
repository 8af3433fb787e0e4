"""Draws the moved picture: each pixel fetched from where it came from, and laid over the background."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.engines.arrays import Gray, Picture
from rushes.engines.media.sizes import Size, size_of
from rushes.engines.motion.lattice import Lattice
from rushes.engines.motion.splat import Landed

SOFTNESS: Final = 1 / 400
"""How soft the figure's outline is (σ of a Gaussian), as a share of the short side."""

_NO_SECOND_MAP: Final = np.empty(0, np.float32)
_OPAQUE: Final = 255

_COVER_BLUR: Final = 1.5
_COVER_SLOPE: Final = 4.0
_COVER_FLOOR: Final = 0.4
"""Coverage below a tenth shows nothing, and from a third on everything."""
Numbers = NDArray[np.float32]


class Sheet:
    """A picture that is moved as a whole."""

    def __init__(self, picture: Picture) -> None:
        """Take the picture at rest, (height, width, 3)."""
        self._picture = picture
        self._fine = _doubled(picture)
        self._grid = _grid(size_of(picture))

    def draw(self, landed: Landed | None) -> Picture:
        """Return the moved picture; where nothing landed it stays."""
        picture = self._picture.copy()
        if landed is not None:
            rows, columns = _window(landed.area, size_of(picture))
            inner = _inner(landed.area, rows, columns)
            shift = _enlarged(landed.shift, landed.area)[inner]
            picture[rows, columns] = _fetched(self._fine, self._grid[rows, columns] - shift)
        return picture


class Cutout:
    """A figure that is moved over a background that stays."""

    def __init__(self, picture: Picture, figure: Gray, backdrop: Picture) -> None:
        """Take the picture at rest, its figure, (height, width), 0 to 255, and what is behind it."""
        size = size_of(picture)
        sigma = SOFTNESS * min(size.width, size.height)
        soft = np.asarray(cv2.GaussianBlur(figure, (0, 0), sigma), np.uint8)
        self._fine = _doubled(np.dstack([picture, soft]))
        self._backdrop = backdrop
        self._grid = _grid(size)

    def draw(self, landed: Landed | None) -> Picture:
        """Return the figure where it landed, over the background."""
        picture = self._backdrop.copy()
        if landed is None:
            return picture
        rows, columns = _window(landed.area, size_of(picture))
        inner = _inner(landed.area, rows, columns)
        shift = _enlarged(landed.shift, landed.area)[inner]
        layer = _fetched(self._fine, self._grid[rows, columns] - shift)
        cover = _enlarged(_cover(landed.coverage), landed.area)[inner]
        alpha = layer[..., 3] * (cover / _OPAQUE)
        colours = np.ascontiguousarray(layer[..., :3])
        picture[rows, columns] = cv2.blendLinear(colours, picture[rows, columns], alpha, 1 - alpha)
        return picture


def _grid(size: Size) -> Numbers:
    """Return each pixel's own place, (height, width, 2), x then y."""
    y, x = np.mgrid[0 : size.height, 0 : size.width].astype(np.float32)
    return np.dstack([x, y])


def _window(area: Lattice, size: Size) -> tuple[slice, slice]:
    """Return the rows and columns of the picture that an area covers."""
    left, top = area.left * area.pitch, area.top * area.pitch
    return (
        slice(max(0, top), min(size.height, top + area.rows * area.pitch)),
        slice(max(0, left), min(size.width, left + area.columns * area.pitch)),
    )


def _inner(area: Lattice, rows: slice, columns: slice) -> tuple[slice, slice]:
    """Return where the picture's rows and columns are in an enlarged area."""
    left, top = area.left * area.pitch, area.top * area.pitch
    return slice(rows.start - top, rows.stop - top), slice(columns.start - left, columns.stop - left)


def _enlarged(values: Numbers, area: Lattice) -> Numbers:
    size = (area.columns * area.pitch, area.rows * area.pitch)
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_LINEAR), np.float32)


def _doubled(picture: Picture) -> Picture:
    """Return the picture with a pixel more between each two, by cubic interpolation; those that were stay.

    What is then fetched linearly comes near to cubic interpolation, in a third of the time.
    """
    size = size_of(picture)
    halves = np.array([[0.5, 0, 0], [0, 0.5, 0]])
    return np.asarray(
        cv2.warpAffine(
            picture,
            halves,
            (2 * size.width - 1, 2 * size.height - 1),
            flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        np.uint8,
    )


def _fetched(fine: Picture, places: Numbers) -> Picture:
    """Return what a doubled picture has at places given in pixels of the single one."""
    found = cv2.remap(fine, places * 2, _NO_SECOND_MAP, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found, np.uint8)


def _cover(coverage: Numbers) -> Numbers:
    soft = np.asarray(cv2.GaussianBlur(coverage, (0, 0), _COVER_BLUR), np.float32)
    return np.clip(soft * _COVER_SLOPE - _COVER_FLOOR, 0, 1)
