"""The two figures of the sample media: a presenter for the picture, a performer for the motion."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scripts.puppet import Blob, Bone, Colour, Ellipse, Floats, Part, Pose, Puppet, Shape, Stroke, noise

WIDTH, HEIGHT = 854, 480

HEAD = Blob(
    points=(
        *((-1.12, -6.5), (-0.85, -7.25), (0.0, -7.55), (0.85, -7.25), (1.12, -6.5), (1.02, -5.6)),
        *((0.62, -4.95), (0.0, -4.7), (-0.62, -4.95), (-1.02, -5.6)),
    )
)
EARS = (Ellipse(centre=(-1.13, -6.1), radii=(0.2, 0.32)), Ellipse(centre=(1.13, -6.1), radii=(0.2, 0.32)))
TORSO = Blob(
    points=(
        *((-0.5, -4.3), (0.5, -4.3), (1.35, -3.95), (1.75, -3.3), (1.5, -1.5), (1.55, 0.6)),
        *((0.0, 0.8), (-1.55, 0.6), (-1.5, -1.5), (-1.75, -3.3), (-1.35, -3.95)),
    )
)
NECK = Stroke(points=((0.0, -5.2), (0.0, -4.2)), width=0.78)
FRINGE = Blob(
    points=(
        *((-1.22, -6.1), (-1.2, -7.0), (-0.7, -7.75), (0.1, -7.95), (0.85, -7.65), (1.22, -6.9)),
        *((1.2, -6.1), (1.0, -6.55), (0.55, -7.0), (-0.1, -6.85), (-0.75, -6.75), (-1.05, -6.45)),
    )
)
CROP = Blob(
    points=(
        *((-1.18, -6.4), (-1.25, -7.1), (-0.8, -7.8), (0.0, -7.85), (0.8, -7.8), (1.25, -7.1)),
        *((1.18, -6.4), (0.95, -6.95), (0.4, -7.1), (-0.4, -7.0), (-0.95, -6.95)),
    )
)
LONG_HAIR = Blob(
    points=(
        *((0.0, -8.0), (1.1, -7.5), (1.45, -6.3), (1.5, -4.9), (1.35, -3.7), (0.8, -3.6)),
        *((0.0, -4.4), (-0.8, -3.6), (-1.35, -3.7), (-1.5, -4.9), (-1.45, -6.3), (-1.1, -7.5)),
    )
)
SHORT_HAIR = Ellipse(centre=(0.0, -6.6), radii=(1.24, 1.2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What tells one figure from another."""

    skin: Colour
    hair: Colour
    shirt: Colour
    trim: Colour
    iris: Colour
    lips: Colour
    back_hair: Shape
    front_hair: Shape
    stripes: bool


PRESENTER = Look(
    skin=(236, 188, 156),
    hair=(92, 52, 38),
    shirt=(38, 122, 132),
    trim=(240, 232, 214),
    iris=(66, 98, 74),
    lips=(196, 92, 92),
    back_hair=LONG_HAIR,
    front_hair=FRINGE,
    stripes=False,
)
PERFORMER = Look(
    skin=(158, 108, 78),
    hair=(34, 28, 30),
    shirt=(214, 128, 56),
    trim=(120, 48, 36),
    iris=(70, 44, 26),
    lips=(138, 70, 66),
    back_hair=SHORT_HAIR,
    front_hair=CROP,
    stripes=True,
)


def presenter() -> Puppet:
    """Return the figure of the reference picture."""
    return Puppet(parts=figure(PRESENTER), background=studio(), seed=11, scale=1.16, base=1.02)


def performer() -> Puppet:
    """Return the figure of the motion video, a little smaller and before a wall that stands still."""
    return Puppet(parts=figure(PERFORMER), background=wall(), seed=47, scale=1.14, base=1.02)


def performance(seconds: float) -> Pose:
    """Return a talk with sways, tilts and a waving hand; it starts and stays smooth from rest."""

    def wave(period: float) -> float:
        return ease * math.sin(2 * math.pi * seconds / period)

    ease = min(1.0, seconds / 0.4) ** 2 * (3 - 2 * min(1.0, seconds / 0.4))
    return Pose(
        sway=3.2 * wave(1.6),
        bob=0.1 * wave(0.9),
        tilt=5.5 * wave(1.5),
        turn=0.12 * wave(1.9),
        nod=0.07 * wave(1.1),
        left_arm=4 * wave(1.7),
        right_arm=-3 * wave(1.4),
        right_forearm=13 * wave(0.75),
        blink=max(0.0, 1 - abs((seconds % 1.4) - 1.0) / 0.1),
        mouth=max(0.0, 0.8 * wave(0.5)),
        brow=max(0.0, wave(1.7)),
    )


def figure(look: Look) -> tuple[Part, ...]:
    """Return the parts of one figure from back to front."""
    return (
        Part(bone=Bone.HEAD, shapes=(look.back_hair,), colour=look.hair, grain=7, strands=6),
        *_torso(look),
        *_arm(look, side=-1),
        Part(bone=Bone.HEAD, shapes=EARS, colour=look.skin),
        Part(bone=Bone.HEAD, shapes=(HEAD,), colour=look.skin, grain=3),
        *_face(look),
        Part(bone=Bone.HEAD, shapes=(look.front_hair,), colour=look.hair, grain=8, strands=5, relief=0.6),
        *_raised_arm(look),
    )


def _torso(look: Look) -> tuple[Part, ...]:
    shadow = Ellipse(centre=(0.0, -4.55), radii=(0.7, 0.5))
    collar = Stroke(points=((-0.62, -4.32), (-0.3, -3.85), (0.3, -3.85), (0.62, -4.32)), width=0.26)
    stripes = tuple(Stroke(points=((-2.2, y), (0, y + 0.12), (2.2, y)), width=0.2) for y in _stripe_heights())
    parts = [
        Part(bone=Bone.BODY, shapes=(TORSO,), colour=look.shirt, grain=7),
        Part(bone=Bone.BODY, shapes=(NECK,), colour=look.skin, grain=3),
        Part(bone=Bone.BODY, shapes=(shadow,), inside=(NECK,), colour=(60, 30, 20), opacity=0.35, soft=0.15),
        Part(bone=Bone.BODY, shapes=(collar,), colour=look.trim),
    ]
    if look.stripes:
        parts.insert(1, Part(bone=Bone.BODY, shapes=stripes, inside=(TORSO,), colour=look.trim, relief=0.0))
    else:
        buttons = tuple(Ellipse(centre=(0.0, y), radii=(0.09, 0.09)) for y in (-3.2, -2.3, -1.4, -0.5))
        seam = Stroke(points=((0.0, -3.7), (0.0, 0.6)), width=0.05)
        parts.append(Part(bone=Bone.BODY, shapes=(seam,), colour=(24, 84, 92), relief=0.0))
        parts.append(Part(bone=Bone.BODY, shapes=buttons, colour=look.trim))
    return tuple(parts)


def _stripe_heights() -> tuple[float, ...]:
    return tuple(-3.3 + 0.62 * index for index in range(6))


def _arm(look: Look, *, side: int) -> tuple[Part, ...]:
    sleeve = Stroke(points=((side * 1.42, -3.5), (side * 1.8, -2.6), (side * 2.0, -1.9)), width=0.82)
    forearm = Stroke(points=((side * 2.0, -1.7), (side * 2.1, -0.5)), width=0.56)
    hand = Ellipse(centre=(side * 2.12, -0.1), radii=(0.34, 0.46))
    return (
        Part(bone=Bone.LEFT_FOREARM, shapes=(forearm, hand), colour=look.skin),
        Part(bone=Bone.LEFT_ARM, shapes=(sleeve,), colour=look.shirt, grain=7),
    )


def _raised_arm(look: Look) -> tuple[Part, ...]:
    sleeve = Stroke(points=((1.42, -3.45), (1.85, -2.75), (2.25, -2.2)), width=0.82)
    cuff = Stroke(points=((2.22, -2.2), (2.55, -3.0)), width=0.66)
    forearm = Stroke(points=((2.3, -2.2), (2.72, -3.5)), width=0.5)
    palm = Ellipse(centre=(2.84, -4.05), radii=(0.4, 0.48), angle=12)
    fingers = tuple(
        Stroke(points=((2.84 + 0.55 * start, -4.3), (2.9 + start, -5.02 + abs(start) * 0.55)), width=0.19)
        for start in (-0.36, -0.12, 0.13, 0.37)
    )
    thumb = Stroke(points=((2.6, -3.95), (2.32, -4.32)), width=0.2)
    return (
        Part(bone=Bone.RIGHT_FOREARM, shapes=(forearm, palm, *fingers, thumb), colour=look.skin, grain=4),
        Part(bone=Bone.RIGHT_FOREARM, shapes=(cuff,), colour=look.shirt, grain=7),
        Part(bone=Bone.RIGHT_ARM, shapes=(sleeve,), colour=look.shirt, grain=7),
    )


def _face(look: Look) -> tuple[Part, ...]:
    cheeks = (
        Ellipse(centre=(-0.62, -5.7), radii=(0.3, 0.22)),
        Ellipse(centre=(0.62, -5.7), radii=(0.3, 0.22)),
    )
    nose = Stroke(points=((0.05, -6.1), (0.14, -5.82), (-0.03, -5.75)), width=0.09)
    smile = Blob(
        points=((-0.42, -5.46), (-0.14, -5.4), (0.14, -5.4), (0.42, -5.46), (0.2, -5.26), (-0.2, -5.26))
    )
    inner = Blob(points=((-0.3, -5.42), (0.0, -5.375), (0.3, -5.42), (0.15, -5.31), (-0.15, -5.31)))
    teeth = Stroke(points=((-0.24, -5.4), (0.24, -5.4)), width=0.05)
    brows = tuple(
        Stroke(points=((side * 0.22, -6.58), (side * 0.46, -6.68), (side * 0.7, -6.58)), width=0.1)
        for side in (-1, 1)
    )
    return (
        Part(bone=Bone.FACE, shapes=cheeks, colour=look.lips, opacity=0.35, soft=0.14),
        Part(bone=Bone.FACE, shapes=(nose,), colour=_darker(look.skin), relief=0.0),
        *_eyes(look),
        Part(bone=Bone.BROWS, shapes=brows, colour=look.hair, relief=0.0),
        Part(bone=Bone.MOUTH, shapes=(smile,), colour=look.lips, relief=0.0),
        Part(bone=Bone.MOUTH, shapes=(inner,), colour=(92, 34, 40), relief=0.0),
        Part(bone=Bone.MOUTH, shapes=(teeth,), inside=(inner,), colour=(248, 240, 232), relief=0.0),
    )


def _eyes(look: Look) -> tuple[Part, ...]:
    whites = tuple(Ellipse(centre=(side * 0.46, -6.2), radii=(0.24, 0.17)) for side in (-1, 1))
    irises = tuple(Ellipse(centre=(side * 0.46, -6.19), radii=(0.13, 0.15)) for side in (-1, 1))
    pupils = tuple(Ellipse(centre=(side * 0.46, -6.19), radii=(0.065, 0.075)) for side in (-1, 1))
    sparks = tuple(Ellipse(centre=(side * 0.46 - 0.05, -6.25), radii=(0.04, 0.04)) for side in (-1, 1))
    lids = tuple(
        Stroke(points=((side * 0.22, -6.24), (side * 0.46, -6.4), (side * 0.72, -6.26)), width=0.07)
        for side in (-1, 1)
    )
    return (
        Part(bone=Bone.EYES, shapes=whites, colour=(250, 248, 244), grain=0, relief=0.0),
        Part(bone=Bone.EYES, shapes=irises, inside=whites, colour=look.iris, grain=0, relief=0.0),
        Part(bone=Bone.EYES, shapes=pupils, inside=whites, colour=(20, 16, 16), grain=0, relief=0.0),
        Part(bone=Bone.EYES, shapes=sparks, colour=(255, 255, 255), grain=0, relief=0.0),
        Part(bone=Bone.EYES, shapes=lids, colour=_darker(look.hair), grain=0, relief=0.0),
    )


def _darker(colour: Colour) -> Colour:
    red, green, blue = (round(0.78 * value) for value in colour)
    return red, green, blue


def studio() -> NDArray[np.uint8]:
    """Return a warm evening room out of focus, (480, 854, 3) uint8 RGB."""
    picture = _gradient((250, 214, 178), (116, 92, 122))
    random = np.random.default_rng(5)
    for _ in range(26):
        centre = (int(random.integers(WIDTH)), int(random.integers(int(HEIGHT * 0.75))))
        glow = np.zeros((HEIGHT, WIDTH), np.float32)
        cv2.circle(glow, centre, int(random.integers(12, 44)), 1, -1, cv2.LINE_AA)
        glow = cv2.GaussianBlur(glow, (0, 0), 2.5) * float(random.uniform(0.08, 0.3))
        colour = np.array([255, random.integers(190, 240), random.integers(130, 200)], np.float32)
        picture += (colour - picture) * glow[..., None]
    return _finish(picture, grain=1.5)


def wall() -> NDArray[np.uint8]:
    """Return a papered wall with a shelf and pictures, (480, 854, 3) uint8 RGB."""
    picture = _gradient((176, 196, 188), (128, 150, 150))
    for x in range(0, WIDTH, 48):
        for y in range(24 * (x // 48 % 2), HEIGHT, 48):
            cv2.ellipse(picture, (x, y), (7, 12), 0, 0, 360, (150, 172, 168), -1, cv2.LINE_AA)
    for left, top, right, bottom, colour in (
        (60, 70, 190, 240, (196, 150, 110)),
        (74, 84, 176, 226, (92, 116, 142)),
        (690, 60, 800, 150, (120, 86, 62)),
        (702, 72, 788, 138, (226, 206, 160)),
        (0, 390, 854, 480, (138, 104, 82)),
        (0, 384, 854, 394, (172, 136, 108)),
    ):
        cv2.rectangle(picture, (left, top), (right, bottom), colour, -1, cv2.LINE_AA)
    return _finish(cv2.GaussianBlur(picture, (0, 0), 1.2), grain=5)


def _gradient(top: Colour, bottom: Colour) -> Floats:
    down = np.linspace(0, 1, HEIGHT, dtype=np.float32)[:, None, None]
    picture = np.array(top, np.float32) * (1 - down) + np.array(bottom, np.float32) * down
    return np.ascontiguousarray(np.broadcast_to(picture, (HEIGHT, WIDTH, 3)))


def _finish(picture: Floats, *, grain: float) -> NDArray[np.uint8]:
    texture = grain * noise((HEIGHT, WIDTH), seed=3, scale=24)
    return np.clip(picture + texture[..., None] + 0.5, 0, 255).astype(np.uint8)
