"""Draws the frames of a storyboard."""

import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from rushes.engines.animatic.background import (
    Background,
    CloudyBackground,
    MixedBackground,
    PictureBackground,
    mixed,
)
from rushes.engines.animatic.card import Card, draw_card, draw_footer
from rushes.engines.animatic.palette import choose
from rushes.engines.animatic.shots import Shot, plan
from rushes.engines.animatic.timeline import moment_at
from rushes.engines.arrays import Picture
from rushes.engines.media.sizes import Size
from rushes.engines.typesetting.layers import Overlay

HONEST: Final = "no generative model used"
"""What every frame says."""

_STEPS_PER_OCTAVE: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a storyboard is drawn by.

    `follow` is how strongly mood words colour it, `steps` how fine its clouds are, both as
    `AdvancedOptions` has them.
    """

    size: Size
    seed: int
    follow: float
    steps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningPicture:
    """A picture to begin with: how much of it shows, 0 to 1, and whether sharp and in its place."""

    picture: Picture
    strength: float = 1.0
    is_exact: bool = False


@dataclass(frozen=True, slots=True)
class _Scene:
    background: Background
    card: Card
    footer: Overlay


class Film:
    """The frames of a prompt's storyboard; the same prompt and look give the same pixels."""

    def __init__(
        self, prompt: str, look: Look, *, shots: Sequence[Shot], opening: OpeningPicture | None = None
    ) -> None:
        """Plan it; the opening picture is behind the first shot."""
        self._prompt, self._look, self._shots, self._opening = prompt, look, shots, opening
        self._scenes: dict[int, _Scene] = {}

    def frame(self, seconds: float) -> Picture:
        """Draw the picture at a time: (height, width, 3), RGB."""
        moment = moment_at(self._shots, seconds)
        scene = self._scene(moment.shot)
        picture = scene.background.at(seconds, moment.age)
        if moment.next_share:
            coming = self._scene(moment.shot + 1).background.at(seconds, 0.0)
            picture = mixed(coming, picture, share=moment.next_share)
        scene.card.lay_over(picture, age=moment.age, presence=moment.presence)
        scene.footer.lay_over(picture)
        return picture

    def _scene(self, index: int) -> _Scene:
        if index not in self._scenes:
            # Two at a time, so that a long film needs no more memory than a short one.
            self._scenes = {kept: scene for kept, scene in self._scenes.items() if kept == index - 1}
            self._scenes[index] = self._prepared(index)
        return self._scenes[index]

    def _prepared(self, index: int) -> _Scene:
        shot, look = self._shots[index], self._look
        background: Background = _clouds(shot, self._prompt, look, index)
        opening = None if index else self._opening
        if opening is not None:
            background = _with_opening(background, opening, look, _dice(self._prompt, look, index, 2))
        return _Scene(
            background=background,
            card=draw_card(shot.text, look.size, is_outlined=opening is not None),
            footer=draw_footer(_footer(index, len(self._shots)), look.size),
        )


def film(prompt: str, look: Look, *, seconds: float, opening: OpeningPicture | None = None) -> Film:
    """Prepare the storyboard of a prompt that lasts `seconds`."""
    text = normal(prompt)
    return Film(text, look, shots=plan(text, seconds=seconds), opening=opening)


def still(prompt: str, look: Look, *, opening: OpeningPicture | None = None) -> Picture:
    """Draw a prompt on one card: (height, width, 3), RGB."""
    text = normal(prompt)
    whole = Film(text, look, shots=[Shot(text, 0.0, 1.0)], opening=opening)
    return whole.frame(0.5)


def normal(prompt: str) -> str:
    """Return a prompt with its letters composed (NFC, UAX #15), and without spaces around it."""
    return unicodedata.normalize("NFC", prompt).strip()


def _dice(prompt: str, look: Look, *purpose: int) -> np.random.Generator:
    """Return dice that are the same for a prompt, a seed and a purpose, whatever else was drawn before."""
    digest = hashlib.sha256(prompt.encode(errors="replace")).digest()
    entropy = [look.seed, int.from_bytes(digest[:8], "big")]
    return np.random.default_rng(np.random.SeedSequence(entropy, spawn_key=purpose))


def _clouds(shot: Shot, prompt: str, look: Look, index: int) -> CloudyBackground:
    # Dice of their own, for how many numbers the clouds take depends on their size: the colours must not.
    colours = choose(shot.text, prompt=prompt, follow=look.follow, dice=_dice(prompt, look, index, 0))
    octaves = max(1, look.steps // _STEPS_PER_OCTAVE)
    return CloudyBackground(look.size, colours, _dice(prompt, look, index, 1), octaves=octaves)


def _with_opening(
    clouds: Background, opening: OpeningPicture, look: Look, dice: np.random.Generator
) -> Background:
    shown = PictureBackground(look.size, opening.picture, dice, is_exact=opening.is_exact)
    if opening.strength >= 1:
        return shown
    return MixedBackground(shown, clouds, share=opening.strength)


def _footer(index: int, shots: int) -> str:
    if shots == 1:
        return f"Animatic · {HONEST}"
    return f"Animatic · shot {index + 1} of {shots} · {HONEST}"
