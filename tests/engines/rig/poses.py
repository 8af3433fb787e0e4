"""How a figure moves: poses over time, and what each does to the bones."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from tests.engines.rig.affine import Matrix, shift, stretch, turn
from tests.engines.rig.figure import Bone

EASE_SECONDS = 0.25
"""How long a motion takes to come up from rest."""


class Kind(StrEnum):
    """What the figure does."""

    TALK = "talk"
    WAVE = "wave"
    DANCE = "dance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """How far each bone is from rest: angles in degrees clockwise, shifts in units, the rest 0 to 1."""

    sway: float = 0.0
    tilt: float = 0.0
    head_shift: float = 0.0
    turn: float = 0.0
    nod: float = 0.0
    left_arm: float = 0.0
    left_forearm: float = 0.0
    right_arm: float = 0.0
    right_forearm: float = 0.0
    blink: float = 0.0
    mouth: float = 0.0
    brow: float = 0.0


REST = Pose()


def pose(kind: Kind, seconds: float) -> Pose:
    """Return the pose at a time; at 0 all figures are at rest."""
    return _POSES[kind](seconds)


def bones(pose: Pose) -> Mapping[Bone, Matrix]:
    """Return each bone's affine (3, 3) from its place at rest, in units."""
    body = turn(pose.sway, (0, 0))
    head = body @ shift(pose.head_shift, 0) @ turn(pose.tilt, (0, -5))
    face = head @ shift(pose.turn, pose.nod)
    left = body @ turn(pose.left_arm, (-1.25, -4))
    right = body @ turn(pose.right_arm, (1.25, -4))
    narrow = 1 - 0.15 * pose.mouth
    return {
        Bone.BODY: body,
        Bone.HEAD: head,
        Bone.FACE: face,
        Bone.EYES: face @ stretch(1, max(0.12, 1 - pose.blink), (0, -6.25)),
        Bone.BROWS: face @ shift(0, -0.12 * pose.brow),
        Bone.LIPS: face @ stretch(narrow, 1 + 2 * pose.mouth, (0, -5.3)),
        Bone.MOUTH: face @ stretch(narrow, 0.05 + 4.3 * pose.mouth, (0, -5.3)),
        Bone.LEFT_ARM: left,
        Bone.LEFT_FOREARM: left @ turn(pose.left_forearm, (-2.1, -2.2)),
        Bone.RIGHT_ARM: right,
        Bone.RIGHT_FOREARM: right @ turn(pose.right_forearm, (2.1, -2.2)),
    }


def _talk(seconds: float) -> Pose:
    ease = _ease(seconds)
    return Pose(
        sway=ease * 2 * _wave(seconds, 3),
        tilt=ease * 7 * _wave(seconds, 2.2),
        head_shift=ease * 0.08 * _wave(seconds, 2.2),
        turn=ease * 0.22 * _wave(seconds, 1.9),
        nod=ease * 0.1 * _wave(seconds, 1.1),
        left_arm=ease * 4 * _wave(seconds, 2.5),
        right_arm=-ease * 5 * _wave(seconds, 2),
        blink=max(0, 1 - abs((seconds + 0.9) % 1.5 - 0.75) / 0.09),
        mouth=ease * max(0, 0.55 * _wave(seconds, 0.55)),
        brow=ease * max(0, _wave(seconds, 1.7)),
    )


def _waving(seconds: float) -> Pose:
    ease = _ease(seconds)
    raised = (1 - math.cos(math.pi * min(1, seconds))) / 2
    return Pose(
        sway=ease * 3 * _wave(seconds, 3),
        tilt=ease * 5 * _wave(seconds, 2.2),
        turn=ease * 0.1 * _wave(seconds, 1.9),
        left_arm=ease * 10 * _wave(seconds, 2),
        right_arm=-ease * 45 * raised,
        right_forearm=ease * (-60 * raised + 18 * _wave(seconds, 0.8) * min(1, seconds)),
        mouth=ease * max(0, 0.3 * _wave(seconds, 0.7)),
    )


def _dance(seconds: float) -> Pose:
    ease = _ease(seconds)
    return Pose(
        sway=ease * 8 * _wave(seconds, 1.2),
        tilt=-ease * 10 * _wave(seconds, 1.2),
        head_shift=ease * 0.15 * _wave(seconds, 1.2),
        left_arm=ease * 25 * _wave(seconds, 1.2),
        left_forearm=ease * 20 * _wave(seconds, 0.9),
        right_arm=-ease * 25 * _wave(seconds, 1.2),
        right_forearm=-ease * 20 * _wave(seconds, 0.9),
    )


_POSES: Mapping[Kind, Callable[[float], Pose]] = {
    Kind.TALK: _talk,
    Kind.WAVE: _waving,
    Kind.DANCE: _dance,
}


def _ease(seconds: float) -> float:
    return min(1, seconds / EASE_SECONDS)


def _wave(seconds: float, period: float) -> float:
    return math.sin(2 * math.pi * seconds / period)
