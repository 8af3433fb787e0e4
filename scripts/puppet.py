"""A drawn cartoon figure whose parts hang on bones, so that one motion can be given to several looks.

Coordinates are in units of a tenth of the picture's height times the figure's scale, x to the right and y
downwards, from the middle of the figure's waist line. Colours are RGB, 0 to 255. Angles are degrees,
clockwise as seen.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.engines.rig.affine import Matrix, Point, shift, stretch, turn

Colour = tuple[int, int, int]
Floats = NDArray[np.float32]

SUPERSAMPLING = 2
CURVE_STEPS = 12


class Bone(Enum):
    """What a part is fixed to."""

    BODY = auto()
    HEAD = auto()
    FACE = auto()
    EYES = auto()
    BROWS = auto()
    MOUTH = auto()
    LEFT_ARM = auto()
    LEFT_FOREARM = auto()
    RIGHT_ARM = auto()
    RIGHT_FOREARM = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """How far each bone is from rest: angles in degrees, shifts in units, `blink` and `mouth` 0 to 1."""

    sway: float = 0.0
    bob: float = 0.0
    tilt: float = 0.0
    turn: float = 0.0
    nod: float = 0.0
    left_arm: float = 0.0
    left_forearm: float = 0.0
    right_arm: float = 0.0
    right_forearm: float = 0.0
    blink: float = 0.0
    mouth: float = 0.0
    brow: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ellipse:
    """A filled ellipse."""

    centre: Point
    radii: Point
    angle: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """A filled closed smooth curve through its points."""

    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroke:
    """A smooth line with round ends."""

    points: tuple[Point, ...]
    width: float


Shape = Ellipse | Blob | Stroke


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One layer of the figure, drawn in the order of the list.

    `grain` is the strength of its texture in grey levels, `strands` how many times longer than wide its
    texture is, `relief` how strongly light falls on it from the upper left, `soft` its blur in units.
    """

    bone: Bone
    shapes: tuple[Shape, ...]
    colour: Colour
    grain: float = 5.0
    strands: float = 1.0
    relief: float = 0.35
    opacity: float = 1.0
    soft: float = 0.0
    inside: tuple[Shape, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layer:
    colour: Floats
    alpha: Floats


@dataclass(slots=True, kw_only=True)
class Puppet:
    """A figure of parts before a background.

    `background` is (height, width, 3) uint8 RGB and gives the picture's size; `centre` is the figure's place
    across the picture and `base` the place of its waist line down it, both 0 to 1.
    """

    parts: tuple[Part, ...]
    background: NDArray[np.uint8]
    seed: int
    scale: float = 1.0
    centre: float = 0.5
    base: float = 1.0
    _layers: list[_Layer] = field(default_factory=list[_Layer])

    def draw(self, pose: Pose) -> NDArray[np.uint8]:
        """Return the picture of one pose: (height, width, 3) uint8 RGB."""
        if not self._layers:
            self._layers = [self._paint(part, self.seed + index) for index, part in enumerate(self.parts)]
        height, width = self.background.shape[:2]
        large = (width * SUPERSAMPLING, height * SUPERSAMPLING)
        picture = cv2.resize(self.background, large, interpolation=cv2.INTER_CUBIC).astype(np.float32)
        bones = _bones(pose)
        for part, layer in zip(self.parts, self._layers, strict=True):
            motion = self._to_pixels() @ bones[part.bone] @ np.linalg.inv(self._to_pixels())
            colour = cv2.warpAffine(layer.colour, motion[:2], large, borderMode=cv2.BORDER_REPLICATE)
            # Replicated too: a body that leans must not come loose from the picture's lower edge.
            alpha = cv2.warpAffine(layer.alpha, motion[:2], large, borderMode=cv2.BORDER_REPLICATE)[..., None]
            picture += (colour - picture) * alpha
        small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
        return np.clip(small + 0.5, 0, 255).astype(np.uint8)

    def _to_pixels(self) -> Matrix:
        height, width = (side * SUPERSAMPLING for side in self.background.shape[:2])
        unit = height / 10 * self.scale
        return np.array([[unit, 0, self.centre * width], [0, unit, self.base * height], [0, 0, 1]])

    def _paint(self, part: Part, seed: int) -> _Layer:
        height, width = (side * SUPERSAMPLING for side in self.background.shape[:2])
        to_pixels = self._to_pixels()
        unit = float(to_pixels[0, 0])
        mask = _mask(part.shapes, to_pixels, (height, width))
        if part.inside:
            mask *= _mask(part.inside, to_pixels, (height, width))
        blur = max(1.0, part.soft * unit)
        alpha = cv2.GaussianBlur(mask, (0, 0), blur)
        if part.inside and part.soft:
            alpha *= _mask(part.inside, to_pixels, (height, width))
        light = 1 + part.relief * _relief(mask, unit)
        grain = part.grain * noise((height, width), seed=seed, scale=unit * 0.15, stretch=part.strands)
        colour = np.array(part.colour, np.float32) * light[..., None] + grain[..., None]
        return _Layer(colour=np.clip(colour, 0, 255), alpha=alpha * part.opacity)


def noise(size: tuple[int, int], *, seed: int, scale: float, stretch: float = 1.0) -> Floats:
    """Return (height, width) float32 noise of four octaves, about -2 to 2, `scale` pixels coarse."""
    random = np.random.default_rng(seed)
    height, width = size
    total = np.zeros(size, np.float32)
    for octave in range(4):
        step = max(2.0, scale / 2**octave)
        rows, columns = int(height / (step * stretch)) + 3, int(width / step) + 3
        grid = random.standard_normal((rows, columns)).astype(np.float32)
        total += cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC) / 2**octave
    return total


def _mask(shapes: tuple[Shape, ...], to_pixels: Matrix, size: tuple[int, int]) -> Floats:
    canvas = np.zeros(size, np.uint8)
    unit = float(to_pixels[0, 0])
    for shape in shapes:
        match shape:
            case Ellipse():
                points = _pixels(_ellipse(shape), to_pixels)
                cv2.fillPoly(canvas, [points], 255, cv2.LINE_AA)
            case Blob():
                points = _pixels(_smooth(shape.points, closed=True), to_pixels)
                cv2.fillPoly(canvas, [points], 255, cv2.LINE_AA)
            case Stroke():
                points = _pixels(_smooth(shape.points, closed=False), to_pixels)
                cv2.polylines(canvas, [points], False, 255, max(1, round(shape.width * unit)), cv2.LINE_AA)
    return canvas.astype(np.float32) / 255


def _ellipse(shape: Ellipse) -> list[Point]:
    tilt = math.radians(shape.angle)
    points: list[Point] = []
    for step in range(64):
        angle = 2 * math.pi * step / 64
        x, y = shape.radii[0] * math.cos(angle), shape.radii[1] * math.sin(angle)
        points.append(
            (
                shape.centre[0] + x * math.cos(tilt) - y * math.sin(tilt),
                shape.centre[1] + x * math.sin(tilt) + y * math.cos(tilt),
            )
        )
    return points


def _smooth(points: tuple[Point, ...], *, closed: bool) -> list[Point]:
    """Return points along the Catmull–Rom spline through the given ones (Catmull & Rom 1974)."""
    ring = [points[-1], *points, points[0], points[1]] if closed else [points[0], *points, points[-1]]
    result: list[Point] = []
    for before, start, end, after in zip(ring, ring[1:], ring[2:], ring[3:], strict=False):
        for step in range(CURVE_STEPS):
            t = step / CURVE_STEPS
            weights = (
                (-t + 2 * t**2 - t**3) / 2,
                (2 - 5 * t**2 + 3 * t**3) / 2,
                (t + 4 * t**2 - 3 * t**3) / 2,
                (-(t**2) + t**3) / 2,
            )
            corners = (before, start, end, after)
            result.append(
                (
                    sum(weight * corner[0] for weight, corner in zip(weights, corners, strict=True)),
                    sum(weight * corner[1] for weight, corner in zip(weights, corners, strict=True)),
                )
            )
    return result if closed else [*result, points[-1]]


def _pixels(points: list[Point], to_pixels: Matrix) -> NDArray[np.int32]:
    homogeneous = np.column_stack([np.array(points), np.ones(len(points))])
    return np.rint(homogeneous @ to_pixels[:2].T).astype(np.int32)


def _relief(mask: Floats, unit: float) -> Floats:
    """Return how much lighter (above 0) or darker each pixel is by light from the upper left."""
    swollen = cv2.GaussianBlur(mask, (0, 0), 0.28 * unit)
    slope_x = cv2.Sobel(swollen, cv2.CV_32F, 1, 0)
    slope_y = cv2.Sobel(swollen, cv2.CV_32F, 0, 1)
    return ((slope_x * 0.6 + slope_y * 0.8) * (0.12 * unit)).astype(np.float32)


def _bones(pose: Pose) -> Mapping[Bone, Matrix]:
    body = turn(pose.sway, (0, 0)) @ shift(0, pose.bob)
    head = body @ turn(pose.tilt, (0, -4.9))
    face = head @ shift(pose.turn, pose.nod)
    left = body @ turn(pose.left_arm, (-1.3, -3.7))
    right = body @ turn(pose.right_arm, (1.3, -3.7))
    return {
        Bone.BODY: body,
        Bone.HEAD: head,
        Bone.FACE: face,
        Bone.EYES: face @ stretch(1, max(0.08, 1 - pose.blink), (0, -6.2)),
        Bone.BROWS: face @ shift(0, -0.12 * pose.brow),
        Bone.MOUTH: face @ stretch(1 - 0.1 * pose.mouth, 1 + 1.4 * pose.mouth, (0, -5.42)),
        Bone.LEFT_ARM: left,
        Bone.LEFT_FOREARM: left @ turn(pose.left_forearm, (-2.0, -1.9)),
        Bone.RIGHT_ARM: right,
        Bone.RIGHT_FOREARM: right @ turn(pose.right_forearm, (2.25, -2.1)),
    }
