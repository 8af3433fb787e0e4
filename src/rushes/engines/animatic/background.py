"""The moving picture behind a card: coloured clouds with points of light out of focus, or a given picture."""

import math
from typing import Final, Protocol

import cv2
import numpy as np

from rushes.engines.animatic.noise import Clouds, Sheet
from rushes.engines.animatic.palette import Colours
from rushes.engines.arrays import Picture
from rushes.engines.media.sizes import Size, with_short_side

LOW_SHORT_SIDE: Final = 144
"""The size at which clouds are computed, in pixels; nothing in them is finer."""

_LIGHTS: Final = 34
_LIGHT_RADII: Final = (0.022, 0.06)
"""In short sides."""

_LIGHT: Final = 34.0
"""How much a light adds where it is brightest, 0 to 255."""

_SPEED: Final = 0.05
_SUBPIXEL: Final = 4
_BLUR: Final = 0.012
_OVERSIZE: Final = 1.12
_DIMMED: Final = 0.78
_CROP_MARGIN: Final = 2
"""How many pixels of the picture beyond what is shown are scaled with it, as the scaling looks at them."""


class Background(Protocol):
    """What is behind a card."""

    def at(self, seconds: float, age: float) -> Picture:
        """Draw it at a time, in seconds, and a share of the shot's length, 0 to 1."""
        ...


class CloudyBackground:
    """Two colours from top to bottom, clouds of the third, lights that rise slowly, darker corners."""

    def __init__(self, size: Size, colours: Colours, dice: np.random.Generator, *, octaves: int) -> None:
        """Prepare pictures of a size, in pixels."""
        self._size = size
        low = with_short_side(size, LOW_SHORT_SIDE)
        self._clouds = Clouds(low, dice, octaves=octaves)
        self._lights = _Lights(low, dice)
        down = np.linspace(0, 1, low.height, dtype=np.float32)[:, None, None]
        self._base = (colours[0] * (1 - down) + colours[1] * down) * _vignette(low)[..., None]
        self._towards_clouds = colours[2] * _vignette(low)[..., None] - self._base

    def at(self, seconds: float, age: float) -> Picture:  # noqa: ARG002 - a background's interface
        """Draw it at a time, in seconds."""
        share = np.clip(self._clouds.at(seconds) * np.float32(0.5) + np.float32(0.4), 0, 1)
        picture = self._base + share[..., None] * self._towards_clouds
        picture += self._lights.at(seconds)[..., None]
        low = np.clip(picture, 0, 255).astype(np.uint8)
        return np.asarray(
            cv2.resize(low, (self._size.width, self._size.height), interpolation=cv2.INTER_CUBIC), np.uint8
        )


class PictureBackground:
    """A picture that fills the frame, soft and a little dimmed, and pans slowly."""

    def __init__(self, size: Size, picture: Picture, dice: np.random.Generator, *, is_exact: bool) -> None:
        """Prepare pictures of a size, in pixels.

        If it `is_exact`, the given picture stays sharp and in its place.
        """
        self._size = size
        room = 1.0 if is_exact else _OVERSIZE
        large = _filling(picture, Size(width=round(room * size.width), height=round(room * size.height)))
        if not is_exact:
            blurred = cv2.GaussianBlur(large, (0, 0), _BLUR * min(size.width, size.height))
            large = np.asarray(cv2.convertScaleAbs(blurred, alpha=_DIMMED), np.uint8)
        self._picture = large
        angle = dice.uniform(0, 2 * np.pi)
        self._way = np.array([np.cos(angle), np.sin(angle)])
        self._spare = np.array([large.shape[1] - size.width, large.shape[0] - size.height])

    def at(self, seconds: float, age: float) -> Picture:  # noqa: ARG002 - a background's interface
        """Draw it at a share of the shot's length, 0 to 1."""
        x, y = self._spare * (0.5 + self._way * (age - 0.5) * 0.9)
        place = np.array([[1, 0, -x], [0, 1, -y]])
        moved = cv2.warpAffine(
            self._picture, place, (self._size.width, self._size.height), flags=cv2.INTER_LINEAR
        )
        return np.asarray(moved, np.uint8)


class MixedBackground:
    """Two backgrounds over each other."""

    def __init__(self, over: Background, under: Background, *, share: float) -> None:
        """Show `share`, 0 to 1, of the first."""
        self._over, self._under, self._share = over, under, share

    def at(self, seconds: float, age: float) -> Picture:
        """Draw both at a time."""
        return mixed(self._over.at(seconds, age), self._under.at(seconds, age), share=self._share)


def mixed(first: Picture, second: Picture, *, share: float) -> Picture:
    """Return `share`, 0 to 1, of the first picture and the rest of the second."""
    return np.asarray(cv2.addWeighted(first, share, second, 1 - share, 0), np.uint8)


class _Lights:
    def __init__(self, size: Size, dice: np.random.Generator) -> None:
        self._size = size
        short = min(size.width, size.height)
        # Small ones last, for each covers what it is drawn over.
        self._radii = np.sort(dice.uniform(*_LIGHT_RADII, _LIGHTS))[::-1] * short
        self._places = dice.uniform(0, 1, (_LIGHTS, 2))
        self._speeds = dice.uniform(-1, 1, (_LIGHTS, 2)) * _SPEED * np.array([0.6, 0.4])
        self._speeds[:, 1] -= 0.8 * _SPEED
        self._strengths = dice.uniform(0.25, 1.0, _LIGHTS)

    def at(self, seconds: float) -> Sheet:
        """Return how much they add to the picture: (height, width)."""
        places = (self._places + seconds * self._speeds) % 1
        # They fade towards the edges, where they go out of sight and come back on the other side.
        shine = self._strengths * np.prod(np.sin(np.pi * places), axis=1) ** 0.5
        centres = np.rint(places * (self._size.width << _SUBPIXEL, self._size.height << _SUBPIXEL)).astype(
            int
        )
        radii = np.rint(self._radii * (1 << _SUBPIXEL)).astype(int)
        sheet = np.zeros((self._size.height, self._size.width), np.uint8)
        for (x, y), radius, light in zip(centres.tolist(), radii.tolist(), shine.tolist(), strict=True):
            cv2.circle(sheet, (x, y), radius, 255 * light, cv2.FILLED, cv2.LINE_AA, _SUBPIXEL)
        return sheet * np.float32(_LIGHT / 255)


def _vignette(size: Size) -> Sheet:
    y, x = np.mgrid[-1 : 1 : size.height * 1j, -1 : 1 : size.width * 1j]
    return np.clip(1.08 - 0.3 * (x * x + y * y), 0.5, 1.05).astype(np.float32)


def _filling(picture: Picture, size: Size) -> Picture:
    """Return the middle of a picture, scaled to cover a size."""
    scale = max(size.width / picture.shape[1], size.height / picture.shape[0])
    # Cropped first: a strip would become enormous as a whole.
    margins = 2 * _CROP_MARGIN
    near = _middle(
        picture,
        Size(
            width=math.ceil(size.width / scale) + margins,
            height=math.ceil(size.height / scale) + margins,
        ),
    )
    width = max(size.width, round(scale * near.shape[1]))
    height = max(size.height, round(scale * near.shape[0]))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    large = np.asarray(cv2.resize(near, (width, height), interpolation=method), np.uint8)
    return _middle(large, size)


def _middle(picture: Picture, size: Size) -> Picture:
    """Return the middle of a picture, of a size or as much of it as there is."""
    height, width = min(size.height, picture.shape[0]), min(size.width, picture.shape[1])
    left, top = (picture.shape[1] - width) // 2, (picture.shape[0] - height) // 2
    return picture[top : top + height, left : left + width]
