"""Chooses a shot's colours: those of its mood words, and for the rest by lot."""

import colorsys
import re
import tomllib
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

Colours = NDArray[np.float32]
"""Three colours, (3, 3), each RGB, 0 to 255: that of the top, of the bottom, of the clouds."""

BRIGHTEST: Final = 0.4
"""The highest relative luminance of a colour (WCAG 2.2): white letters must stay legible on it."""

_MOODS: Final = Path(__file__).with_name("moods.toml")
_STEM: Final = 5
"""From how many letters on a word also finds those that it begins."""

_ARTICLES: Final = "(?:[وب]?ال|[הבול])?"
"""What Arabic and Hebrew write in one with the word."""

_TURNS: Final = (30.0, -30.0, 55.0, -55.0)
_GAMMA: Final = 2.2
_LUMINANCE: Final = np.array([0.2126, 0.7152, 0.0722])


@dataclass(frozen=True, slots=True)
class Tone:
    """A colour: hue in degrees, saturation and value from 0 to 1."""

    hue: float
    saturation: float
    value: float


def moods_in(text: str) -> list[Tone]:
    """Return the tones of a text's mood words, in the order of the words, each once."""
    folded = text.casefold()
    found = ((pattern.search(folded), tone) for pattern, tone in _moods())
    places = [(match.start(), tone) for match, tone in found if match]
    return list(dict.fromkeys(tone for _, tone in sorted(places, key=lambda each: each[0])))


def choose(text: str, *, prompt: str, follow: float, dice: np.random.Generator) -> Colours:
    """Choose the colours of a shot from its words, else from the whole prompt's, else by lot.

    `follow` from 0.5 to 2 is how strongly the words count: at 1 the colours are near the mood's, at 2 its
    own and more saturated.
    """
    drawn = Tone(dice.uniform(0, 360), 0.6, 0.75)
    turn = dice.choice(_TURNS)
    drift = dice.uniform(-20, 20)
    moods = moods_in(text) or moods_in(prompt)
    first = _towards(drawn, moods[0] if moods else None, follow)
    # The last one, for a sentence often ends with its light: "… at sunset".
    second = _towards(_turned(first, turn), moods[-1] if len(moods) > 1 else None, follow)
    clouds = _turned(first, drift)
    return np.stack([_rgb(tone) for tone in (first, second, replace(clouds, value=0.5 * clouds.value))])


@lru_cache(maxsize=1)
def _moods() -> list[tuple[re.Pattern[str], Tone]]:
    with _MOODS.open("rb") as file:
        moods = tomllib.load(file)["mood"]
    return [
        (_pattern(word.casefold()), Tone(mood["hue"], mood["saturation"], mood["value"]))
        for mood in moods
        for word in mood["words"]
    ]


def _pattern(word: str) -> re.Pattern[str]:
    if any(unicodedata.east_asian_width(each) == "W" or not each.isprintable() for each in word):
        return re.compile(re.escape(word))
    # A short word is often the beginning of quite another one: "sun" of "sung".
    end = r"s?(?!\w)" if len(word) < _STEM and word.isascii() else ""
    return re.compile(rf"(?<!\w){_ARTICLES}{re.escape(word)}{end}")


def _towards(drawn: Tone, mood: Tone | None, follow: float) -> Tone:
    if mood is None:
        return drawn
    share = min(1.0, 0.6 + 0.35 * follow)
    turn = (mood.hue - drawn.hue + 180) % 360 - 180
    saturation = mood.saturation * (0.7 + 0.3 * follow)
    return Tone(
        hue=(drawn.hue + share * turn) % 360,
        saturation=min(1.0, drawn.saturation + share * (saturation - drawn.saturation)),
        value=drawn.value + share * (mood.value - drawn.value),
    )


def _turned(tone: Tone, degrees: float) -> Tone:
    return Tone((tone.hue + degrees) % 360, tone.saturation * 0.9, min(1.0, tone.value * 1.1))


def _rgb(tone: Tone) -> NDArray[np.float32]:
    colour = np.array(colorsys.hsv_to_rgb(tone.hue / 360, tone.saturation, tone.value))
    luminance = float(_LUMINANCE @ colour**_GAMMA)
    # Scaled alike in all channels, so that the hue stays.
    scale = min(1.0, BRIGHTEST / max(luminance, 1e-6)) ** (1 / _GAMMA)
    return (255 * scale * colour).astype(np.float32)
