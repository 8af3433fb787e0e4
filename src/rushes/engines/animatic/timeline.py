"""What is seen at a moment: which shots, how far their cards have come, how one fades into the next."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rushes.engines.animatic.shots import Shot

FADE_SECONDS: Final = 0.6
"""How long one background fades into the next, and a card comes or goes, where the shots are long enough."""

_MOST_OF_A_SHOT: Final = 0.3


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment: the shot's index and its age from 0 to 1, its card's presence, and the next shot's share.

    `presence` and `next_share` go from 0, not there, to 1.
    """

    shot: int
    age: float
    presence: float
    next_share: float


def moment_at(shots: Sequence[Shot], seconds: float) -> Moment:
    """Return what is seen at a time; the last card stays to the end."""
    last = len(shots) - 1
    index = next((i for i, shot in enumerate(shots) if seconds < shot.end), last)
    shot = shots[index]
    fade = fade_seconds(shot)
    left = shot.end - seconds
    leaving = 0.0 if index == last else ease((fade - left) / fade)
    coming = ease((seconds - shot.start) / fade)
    age = min(1.0, (seconds - shot.start) / shot.seconds)
    return Moment(index, age, coming * (1 - leaving), leaving)


def fade_seconds(shot: Shot) -> float:
    """Return how long a shot's fades last, in seconds."""
    return min(FADE_SECONDS, _MOST_OF_A_SHOT * shot.seconds)


def ease(share: float) -> float:
    """Return a share from 0 to 1 that starts and ends gently (the smoothstep polynomial)."""
    share = min(1.0, max(0.0, share))
    return share * share * (3 - 2 * share)
