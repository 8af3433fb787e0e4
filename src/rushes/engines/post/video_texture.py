"""Finds where a video can go on after its end so that the jump is not seen.

A. Schödl, R. Szeliski, D. Salesin, I. Essa, "Video Textures", SIGGRAPH 2000: a jump from one frame to another
is good where what comes before both is alike over several frames, so that motion goes on in its direction.
Here the first is the last frame of all, for what is there already stays; of jumps that are about as good, the
one that repeats the longest piece is taken.
"""

import math
from collections import deque
from dataclasses import dataclass
from typing import Final

from rushes.engines.arrays import Gray
from rushes.engines.post.likeness import Change, difference

MAX_PICTURES: Final = 1800
"""How far back the search goes: a minute at 30 frames a second."""

_WEIGHTS: Final = (4, 2, 1)
"""How much the frames before a jump count, the last one first."""

_AS_GOOD: Final = 0.25
"""How much worse than the best a jump may be, in natural differences, if it repeats more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Jump:
    """After the last frame comes the one of number `start`.

    `mismatch` is how much the frames before both differ and `step` how much the two frames themselves do, in
    the differences that neighbours have.
    """

    start: int
    mismatch: float
    step: float


class Texture:
    """Watches a video go by and remembers the small pictures of its last part."""

    def __init__(self, *, first: int = 0) -> None:
        """Begin before the frame of number `first`."""
        self.frames = first
        self._pictures: deque[Gray] = deque(maxlen=MAX_PICTURES)
        self._change = Change()

    def add(self, picture: Gray) -> None:
        """Take the next frame's small picture; all must be of one size."""
        self.frames += 1
        self._pictures.append(picture)
        self._change.add(picture)

    @property
    def last(self) -> Gray:
        """The last frame's small picture."""
        return self._pictures[-1]

    @property
    def natural(self) -> float:
        """The mean difference between neighbours, in gray levels."""
        return self._change.natural

    def best_jump(self, *, least: int) -> Jump:
        """Return the best jump that repeats at least `least` frames, or all frames if they are fewer."""
        pictures = list(self._pictures)
        first = self.frames - len(pictures)
        last_start = len(pictures) - least
        costs = {start: self._mismatch(pictures, start) for start in range(1, last_start + 1)}
        if not costs:
            return self._jump(pictures, 0, first)
        limit = min(costs.values()) + _AS_GOOD * self.natural
        start = next(start for start in costs if costs[start] <= limit)
        while costs.get(start + 1, math.inf) < costs[start]:
            start += 1
        return self._jump(pictures, start, first)

    def jump_to_the_first(self) -> Jump:
        """Return the jump that repeats the most: all that is remembered."""
        pictures = list(self._pictures)
        return self._jump(pictures, 0, self.frames - len(pictures))

    def _jump(self, pictures: list[Gray], start: int, first: int) -> Jump:
        step = difference(pictures[-1], pictures[start])
        mismatch = self._mismatch(pictures, start) if start else step
        return Jump(start=first + start, mismatch=mismatch / self.natural, step=step / self.natural)

    def _mismatch(self, pictures: list[Gray], start: int) -> float:
        weights = _WEIGHTS[: min(start, len(_WEIGHTS))]
        pairs = zip(weights, pictures[:start][::-1], reversed(pictures), strict=False)
        return sum(weight * difference(*pair) for weight, *pair in pairs) / sum(weights)
