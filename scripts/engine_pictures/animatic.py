"""The pictures of the animatic engine's page."""

from PIL import Image

from rushes.engines.animatic.engine import LANDSCAPE, PORTRAIT
from rushes.engines.animatic.film import Look, film, still
from rushes.engines.media.sizes import Size, with_short_side
from scripts.engine_pictures.sheets import sheet

STORY = (
    "A red fox runs across a snowy hill at sunset. It stops and looks at the neon city below. "
    "Night falls over the ocean."
)
LINES = (
    "A green wood in spring 🌲",
    "Χιόνι πάνω στο βουνό",
    "Ночь над океаном 🌙",
    "غروب الشمس فوق الصحراء",
    "יער ירוק בגשם (rain)",
    "Zażółć gęślą jaźń",
)
TIMES = (1.6, 4.6, 6.05, 7.8)
"""In seconds: each card, and the fade between the last two."""

PORTRAIT_TIMES = (1.6, 3.0, 4.6, 6.05, 6.5, 7.8)


def storyboard() -> Image.Image:
    """Show the shots of one prompt, in both orientations."""
    wide, high = (film(STORY, _look(shape), seconds=9) for shape in (LANDSCAPE, PORTRAIT))
    frames = [wide.frame(time) for time in TIMES]
    return sheet([frames[:2], frames[2:], [high.frame(time) for time in PORTRAIT_TIMES]], height=300)


def scripts() -> Image.Image:
    """Show prompts in several scripts, one card each."""
    cards = [still(line, _look(LANDSCAPE)) for line in LINES]
    return sheet([cards[:2], cards[2:4], cards[4:]], height=240)


def _look(shape: Size) -> Look:
    return Look(size=with_short_side(shape, 480), seed=11, follow=1.0, steps=20)
