"""Reads the reference picture as the output will show it."""

from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageOps

from rushes.domain.media import MediaLimits
from rushes.engines.motion.arrays import Picture
from rushes.engines.motion.geometry import Size, with_short_side
from rushes.engines.pictures import open_picture

NEUTRAL: Final = (128, 128, 128)
"""The colour behind transparent places."""


def read_reference(path: Path, *, media_type: str, short_side: int) -> Picture:
    """Return a picture upright, in colour, opaque, and as large as the output.

    The decoder's colour values are taken as sRGB.

    Raises:
        MediaRejected: It is broken or outside the limits.
    """
    with open_picture(path, media_type=media_type, limits=MediaLimits()) as opened:
        picture = _opaque(ImageOps.exif_transpose(opened))
        size = with_short_side(Size(width=picture.width, height=picture.height), short_side)
        resized = picture.resize((size.width, size.height), Image.Resampling.LANCZOS, reducing_gap=3.0)
    return np.array(resized, np.uint8)


def _opaque(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I"):
        # Pillow would clip 16 bits to 8 instead of scaling them.
        return Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8)).convert("RGB")
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    backdrop = Image.new("RGBA", picture.size, (*NEUTRAL, 255))
    return Image.alpha_composite(backdrop, picture.convert("RGBA")).convert("RGB")
