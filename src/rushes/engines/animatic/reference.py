"""Reads the picture that a storyboard begins with."""

from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageOps

from rushes.domain.media import MediaLimits
from rushes.engines.arrays import Picture
from rushes.engines.media.pictures import eight_bits, flattened, open_picture

_ROOM: Final = 2
"""How much larger than the frame a picture is kept, for what is cut off when it fills another shape."""


def read_picture(path: Path, *, media_type: str, short_side: int) -> Picture:
    """Return a picture upright, opaque, in RGB, no larger than a frame with the short side can use.

    Raises:
        MediaRejected: It is broken or outside the limits.
    """
    with open_picture(path, media_type=media_type, limits=MediaLimits()) as opened:
        picture = flattened(eight_bits(ImageOps.exif_transpose(opened)))
        scale = _ROOM * short_side / min(picture.size)
        if scale < 1:
            width, height = (max(1, round(scale * side)) for side in picture.size)
            picture = picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)
        return np.array(picture, np.uint8)
