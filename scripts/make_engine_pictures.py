"""Draws the pictures of the engines' pages: `python -m scripts.make_engine_pictures [NAME...]`.

Each engine's pictures are made by a module of their own, listed in `MAKERS`; all are what the engine made.
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from PIL import Image

from scripts.engine_pictures import animatic, motion, post

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "images"
QUALITY = 82

MAKERS: Mapping[str, Callable[[], Image.Image]] = {
    "animatic": animatic.storyboard,
    "animatic-scripts": animatic.scripts,
    "motion": motion.transfer,
    "post-extend": post.seams,
    "post-subtitles": post.captions,
    "post-upscale": post.detail,
}
"""What draws each picture, by its name in `docs/images`."""


def main() -> None:
    """Write the pictures that are named, else all."""
    for name in sys.argv[1:] or MAKERS:
        path = PICTURES / f"{name}.webp"
        MAKERS[name]().save(path, "WEBP", quality=QUALITY, method=6)
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
