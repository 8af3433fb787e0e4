"""Draws a figure before its wall, with the mask of where it is."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.engines.arrays import Gray, Picture
from rushes.engines.media.sizes import Size
from tests.engines.rig.affine import Matrix, Point
from tests.engines.rig.figure import Ellipse, Line, Look, Part, Polygon, Shape, parts_of
from tests.engines.rig.poses import Pose, bones

Floats = NDArray[np.float32]

SUPERSAMPLING = 2
MARGIN = 0.2
"""What is painted around a part, in units."""


class Layer(NamedTuple):
    """A part as painted: (height, width, 4) float32, RGB 0 to 255 and cover 0 to 1, and units to pixels."""

    paint: Floats
    placed: Matrix


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A figure before a wall; `centre` and `base` say where its waist line is, as shares of the size."""

    size: Size
    look: Look
    seed: int
    scale: float
    centre: float
    base: float

    def draw(self, pose: Pose) -> tuple[Picture, Gray]:
        """Return the picture (height, width, 3) and the figure's mask (height, width), 0 to 255."""
        large = (self.size.width * SUPERSAMPLING, self.size.height * SUPERSAMPLING)
        picture: Floats = cv2.resize(self.wall, large, interpolation=cv2.INTER_CUBIC)
        mask = np.zeros(picture.shape[:2], np.float32)
        moved = bones(pose)
        for part, layer in self._layers:
            _lay(picture, mask, layer, self._to_pixels @ moved[part.bone] @ np.linalg.inv(layer.placed))
        small = (self.size.width, self.size.height)
        picture = cv2.resize(picture, small, interpolation=cv2.INTER_AREA)
        mask = cv2.resize(mask, small, interpolation=cv2.INTER_AREA) * 255
        return np.clip(picture + 0.5, 0, 255).astype(np.uint8), (mask + 0.5).astype(np.uint8)

    @cached_property
    def wall(self) -> Floats:
        """Return what is behind the figure: (height, width, 3) float32."""
        height, width = self.size.height, self.size.width
        top, bottom = (np.array(colour, np.float32) for colour in self.look.wall)
        down = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
        coarse, fine = height * 0.19, max(2.0, height * 0.006)
        picture = top * (1 - down) + bottom * down + 14 * noise(self.size, self.seed + 99, coarse)
        random = np.random.default_rng(self.seed + 5)
        for _ in range(14):
            left, up = random.integers(width), random.integers(height)
            across, along = random.uniform(0.04, 0.23) * height, random.uniform(0.04, 0.33) * height
            colour = np.clip(top + random.normal(0, 45, 3), 0, 255)
            picture[up : up + int(along), left : left + int(across)] = colour
        picture = cv2.GaussianBlur(picture, (0, 0), height * 0.004)
        return np.clip(picture + 3 * noise(self.size, self.seed + 98, fine), 0, 255).astype(np.float32)

    @property
    def _unit(self) -> float:
        return self.scale * self.size.height * SUPERSAMPLING / 10

    @property
    def _to_pixels(self) -> Matrix:
        across = self.centre * self.size.width * SUPERSAMPLING
        down = self.base * self.size.height * SUPERSAMPLING
        return np.array([[self._unit, 0, across], [0, self._unit, down], [0, 0, 1]])

    @cached_property
    def _layers(self) -> list[tuple[Part, Layer]]:
        return [(part, _paint(part, self._unit, self.seed)) for part in parts_of(self.look)]


def noise(size: Size, seed: int, coarse: float) -> Floats:
    """Return (height, width, 1) float32 noise of four octaves, about -2 to 2, `coarse` in pixels."""
    random = np.random.default_rng(seed)
    total = np.zeros((size.height, size.width), np.float32)
    for octave in range(4):
        step = max(2, int(coarse / 2**octave))
        grid = random.standard_normal((size.height // step + 3, size.width // step + 3)).astype(np.float32)
        total += cv2.resize(grid, (size.width, size.height), interpolation=cv2.INTER_CUBIC) / 2**octave
    return total[..., None]


def _paint(part: Part, unit: float, seed: int) -> Layer:
    corners = np.array([corner for shape in part.shapes for corner in _extent(shape)])
    low, high = corners.min(axis=0) - MARGIN, corners.max(axis=0) + MARGIN
    placed = np.array([[unit, 0, -low[0] * unit], [0, unit, -low[1] * unit], [0, 0, 1]])
    width, height = np.ceil((high - low) * unit).astype(int)
    cover = np.zeros((height, width), np.uint8)
    for shape in part.shapes:
        _draw(cover, shape, placed, 255)
    colour = np.empty((height, width, 3), np.float32)
    colour[:] = part.colour
    if part.textured:
        colour = _textured(colour, cover, unit, seed + sum(map(ord, part.name)))
    for line in part.trim:
        _draw(colour, line, placed, part.trim_colour)
    alpha = cv2.GaussianBlur(cover, (0, 0), 1.2).astype(np.float32) / 255
    return Layer(np.dstack([np.clip(colour, 0, 255), alpha]), placed)


def _textured(colour: Floats, cover: Gray, unit: float, seed: int) -> Floats:
    depth = cv2.distanceTransform(cover, cv2.DIST_L2, 5)
    light = 0.62 + 0.5 * np.sqrt(depth / max(1.0, float(depth.max())))
    size = Size(width=cover.shape[1], height=cover.shape[0])
    coarse = 9 * noise(size, seed, 0.24 * unit) + 5 * noise(size, seed + 1, 0.05 * unit)
    return (colour * light[..., None] + coarse).astype(np.float32)


def _extent(shape: Shape) -> tuple[Point, ...]:
    match shape:
        case Ellipse((x, y), (across, down)):
            return (x - across, y - down), (x + across, y + down)
        case Line((x0, y0), (x1, y1), width):
            return (
                (min(x0, x1) - width / 2, min(y0, y1) - width / 2),
                (max(x0, x1) + width / 2, max(y0, y1) + width / 2),
            )
        case Polygon(corners):
            return corners


def _draw(canvas: NDArray[np.uint8] | Floats, shape: Shape, placed: Matrix, colour: object) -> None:
    unit = float(placed[0, 0])
    # Drawing with anti-aliasing is for 8 bits only.
    kind = cv2.LINE_AA if canvas.dtype == np.uint8 else cv2.LINE_8
    match shape:
        case Ellipse(centre, radii, start, end):
            axes = (max(1, int(radii[0] * unit)), max(1, int(radii[1] * unit)))
            cv2.ellipse(canvas, _pixel(centre, placed), axes, 0, start, end, colour, -1, kind)
        case Line(begin, end, width):
            thick = max(1, round(width * unit))
            cv2.line(canvas, _pixel(begin, placed), _pixel(end, placed), colour, thick, kind)
        case Polygon(corners):
            points = np.array([_pixel(corner, placed) for corner in corners])
            cv2.fillPoly(canvas, [points], colour, kind)


def _pixel(point: Point, placed: Matrix) -> tuple[int, int]:
    x, y, _ = placed @ [*point, 1]
    return round(float(x)), round(float(y))


def _lay(picture: Floats, mask: Floats, layer: Layer, motion: Matrix) -> None:
    """Blend a layer, moved, into the part of the picture that it covers."""
    height, width = layer.paint.shape[:2]
    corners = (motion @ np.array([[0, width, width, 0], [0, 0, height, height], [1, 1, 1, 1]]))[:2]
    limits = (picture.shape[1], picture.shape[0])
    left, top = np.clip(np.floor(corners.min(axis=1)).astype(int), 0, limits)
    right, bottom = np.clip(np.ceil(corners.max(axis=1)).astype(int), 0, limits)
    if right <= left or bottom <= top:
        return
    onto = np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1]]) @ motion
    moved = cv2.warpAffine(layer.paint, onto[:2], (int(right - left), int(bottom - top)))
    cover = moved[..., 3:]
    region = picture[top:bottom, left:right]
    region += (moved[..., :3] - region) * cover
    np.maximum(mask[top:bottom, left:right], cover[..., 0], out=mask[top:bottom, left:right])
