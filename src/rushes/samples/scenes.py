"""Painted landscapes, still and moving: small media of many looks, for an account that is to be looked at."""

import colorsys
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from rushes.domain.options import VideoQuality
from rushes.engines.media.encoding import Encoder
from rushes.engines.media.sizes import Size

RATE: Final = Fraction(12)
"""Frames a second of what moves."""

_HILLS: Final = 4
_WAVES: Final = 3

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scene:
    """A landscape with a sun; each seed paints another one."""

    seed: int

    def paint(self, size: Size, *, time: float = 0.0) -> NDArray[np.uint8]:
        """Return the scene at a time in seconds, `height` × `width` × 3, RGB."""
        dice = np.random.default_rng(self.seed)
        hue = dice.uniform()
        y, x = np.mgrid[0 : size.height, 0 : size.width].astype(float)
        x, y = x / size.height, y / size.height
        picture = _blend(_colour(hue, 0.55, 0.25), _colour(hue + 0.08, 0.45, 0.95), y[..., None])
        picture = _with_sun(picture, x, y, dice, size=size, hue=hue, time=time)
        for number in range(_HILLS):
            nearness = (number + 1) / _HILLS
            ridge = 0.35 + 0.5 * nearness + _waves(x + 0.12 * time * nearness, dice, height=0.1)
            colour = _colour(hue + 0.5 + 0.06 * number, 0.5, 0.75 - 0.6 * nearness)
            cover = np.clip((y - ridge) * size.height / 2, 0, 1)[..., None]
            picture = _blend(picture, colour, cover)
        return (np.clip(picture, 0, 1) * 255).astype(np.uint8)

    def save_picture(self, path: Path, size: Size) -> Path:
        """Write the scene as it stands, in the format that the name of the file says."""
        Image.fromarray(self.paint(size)).save(path)
        return path

    def save_video(self, path: Path, size: Size, *, seconds: float) -> Path:
        """Write the scene as it moves, as an mp4; the size has even sides.

        Raises:
            EngineError: The file cannot be written.
        """
        with Encoder(path, size=size, rate=RATE, quality=VideoQuality.HIGH) as encoder:
            for frame in range(max(1, round(seconds * RATE))):
                encoder.write(self.paint(size, time=float(frame / RATE)))
        return path


def _with_sun(picture: Array, x: Array, y: Array, dice: Any, *, size: Size, hue: float, time: float) -> Array:
    column, row = dice.uniform(0.2, 0.8) * size.width / size.height, dice.uniform(0.15, 0.4)
    distance = np.hypot(x - column - 0.05 * time, y - row + 0.04 * time)
    radius = dice.uniform(0.06, 0.14)
    light = _colour(hue + 0.13, 0.2, 1.0)
    glow = 0.6 * np.exp(-((distance / (3 * radius)) ** 2))[..., None]
    disc = np.clip((radius - distance) * size.height / 2, 0, 1)[..., None]
    return _blend(_blend(picture, light, glow), light, disc)


def _waves(x: Array, dice: Any, *, height: float) -> Array:
    waves: Sequence[Array] = [
        np.sin(x * dice.uniform(2, 9) + dice.uniform(0, 6)) / (wave + 1) for wave in range(_WAVES)
    ]
    return height * np.sum(waves, axis=0)


def _colour(hue: float, saturation: float, value: float) -> Array:
    return np.array(colorsys.hsv_to_rgb(hue % 1, saturation, value))


def _blend(under: Array, over: Array, amount: Array) -> Array:
    return under + (over - under) * amount
