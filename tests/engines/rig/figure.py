"""What a figure consists of: parts of a few shapes, each fixed to a bone.

Coordinates are in units, a tenth of the picture's height times the figure's scale, x to the right and y
downwards, from the middle of the figure's waist line. Colours are RGB, 0 to 255.
"""

from dataclasses import dataclass
from enum import Enum, auto

from tests.engines.rig.affine import Point

Colour = tuple[int, int, int]


class Bone(Enum):
    """What a part moves with."""

    BODY = auto()
    HEAD = auto()
    FACE = auto()
    EYES = auto()
    BROWS = auto()
    LIPS = auto()
    MOUTH = auto()
    LEFT_ARM = auto()
    LEFT_FOREARM = auto()
    RIGHT_ARM = auto()
    RIGHT_FOREARM = auto()


@dataclass(frozen=True, slots=True)
class Ellipse:
    """A filled ellipse; an arc of it where `start` and `end` say so, in degrees clockwise from the right."""

    centre: Point
    radii: Point
    start: float = 0.0
    end: float = 360.0


@dataclass(frozen=True, slots=True)
class Line:
    """A thick line with round ends."""

    start: Point
    end: Point
    width: float


@dataclass(frozen=True, slots=True)
class Polygon:
    """A filled polygon."""

    corners: tuple[Point, ...]


Shape = Ellipse | Line | Polygon


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One layer of a figure; `textured` ones are shaded and grained, and `trim` is drawn inside of them."""

    name: str
    bone: Bone
    shapes: tuple[Shape, ...]
    colour: Colour
    textured: bool = True
    trim: tuple[Line, ...] = ()
    trim_colour: Colour = (0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What tells one figure, and the wall behind it, from another."""

    wall: tuple[Colour, Colour]
    skin: Colour
    hair: Colour
    shirt: Colour
    iris: Colour
    lips: Colour
    hair_length: float
    stripes: Colour | None = None


DRIVER = Look(
    wall=((120, 170, 190), (70, 90, 90)),
    skin=(230, 185, 150),
    hair=(60, 40, 30),
    shirt=(200, 60, 60),
    iris=(30, 60, 90),
    lips=(190, 90, 90),
    hair_length=1.6,
)
REFERENCE = Look(
    wall=((110, 140, 120), (110, 70, 60)),
    skin=(175, 130, 95),
    hair=(20, 20, 25),
    shirt=(40, 120, 170),
    iris=(40, 80, 30),
    lips=(140, 60, 70),
    hair_length=2.3,
    stripes=(120, 200, 220),
)

TORSO = (
    Polygon(
        ((-1.5, -4.1), (-0.5, -4.6), (0.5, -4.6), (1.5, -4.1), (1.4, -2), (1.5, 1), (-1.5, 1), (-1.4, -2))
    ),
    Ellipse((-1.25, -3.95), (0.45, 0.45)),
    Ellipse((1.25, -3.95), (0.45, 0.45)),
)
STRIPES = tuple(Line((-2, -4.4 + 0.6 * row), (2, -4.2 + 0.6 * row), 0.16) for row in range(9))
FRINGE = Ellipse((0, -6.5), (1.2, 1.15), 185, 355)


def parts_of(look: Look) -> tuple[Part, ...]:
    """Return a figure's parts from back to front."""
    hair = Ellipse((0, -6.2), (1.35, look.hair_length))
    return (
        Part(name="back hair", bone=Bone.HEAD, shapes=(hair,), colour=look.hair),
        Part(name="neck", bone=Bone.BODY, shapes=(Line((0, -5.4), (0, -4.2), 0.7),), colour=look.skin),
        _torso(look),
        *_arm(look, Bone.LEFT_ARM, Bone.LEFT_FOREARM, side=-1),
        *_arm(look, Bone.RIGHT_ARM, Bone.RIGHT_FOREARM, side=1),
        Part(name="head", bone=Bone.HEAD, shapes=(Ellipse((0, -6.1), (1.1, 1.42)),), colour=look.skin),
        *_face(look),
        Part(name="fringe", bone=Bone.HEAD, shapes=(FRINGE,), colour=look.hair),
    )


def _torso(look: Look) -> Part:
    return Part(
        name="torso",
        bone=Bone.BODY,
        shapes=TORSO,
        colour=look.shirt,
        trim=STRIPES if look.stripes else (),
        trim_colour=look.stripes or look.shirt,
    )


def _arm(look: Look, upper: Bone, lower: Bone, *, side: int) -> tuple[Part, ...]:
    forearm = Line((side * 2.1, -2.2), (side * 2.5, -0.5), 0.5)
    hand = Ellipse((side * 2.55, -0.25), (0.42, 0.42))
    sleeve = Line((side * 1.25, -3.9), (side * 2.1, -2.2), 0.72)
    return (
        Part(name=f"forearm {side}", bone=lower, shapes=(forearm, hand), colour=look.skin),
        Part(name=f"sleeve {side}", bone=upper, shapes=(sleeve,), colour=look.shirt),
    )


def _face(look: Look) -> tuple[Part, ...]:
    red, green, blue = (round(0.86 * value) for value in look.skin)
    whites = tuple(Ellipse((side * 0.42, -6.25), (0.23, 0.15)) for side in (-1, 1))
    irises = tuple(Ellipse((side * 0.42, -6.25), (0.1, 0.12)) for side in (-1, 1))
    brows = tuple(Line((side * 0.2, -6.62), (side * 0.65, -6.6), 0.1) for side in (-1, 1))
    nose, lips, mouth = (Ellipse((0, y), radii) for y, radii in ((-5.95, (0.13, 0.3)), LIPS, MOUTH))
    return (
        Part(name="nose", bone=Bone.FACE, shapes=(nose,), colour=(red, green, blue)),
        Part(name="whites", bone=Bone.EYES, shapes=whites, colour=(245, 245, 245), textured=False),
        Part(name="irises", bone=Bone.EYES, shapes=irises, colour=look.iris, textured=False),
        Part(name="brows", bone=Bone.BROWS, shapes=brows, colour=look.hair, textured=False),
        Part(name="lips", bone=Bone.LIPS, shapes=(lips,), colour=look.lips, textured=False),
        Part(name="mouth", bone=Bone.MOUTH, shapes=(mouth,), colour=(40, 20, 35), textured=False),
    )


LIPS = (-5.3, (0.42, 0.13))
MOUTH = (-5.3, (0.3, 0.06))
