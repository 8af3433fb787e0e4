"""Reads the reference picture, and a mask of its figure, as the output will show them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageOps

from rushes.domain.media import MediaLimits
from rushes.engines.arrays import Gray, Picture
from rushes.engines.media.pictures import eight_bits, flattened, open_picture
from rushes.engines.media.sizes import Size, with_short_side

_BLACK: Final = (0, 0, 0)
_OPAQUE: Final = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """The picture to be moved.

    Attributes:
        picture: (height, width, 3), of the output's size, opaque.
        alpha: (height, width), 0 to 255: what of it was there; `None` when all was.
    """

    picture: Picture
    alpha: Gray | None


def read_reference(path: Path, *, media_type: str, short_side: int) -> Reference:
    """Return a picture upright, in colour, and as large as the output.

    The decoder's colour values are taken as sRGB.

    Raises:
        MediaRejected: It is broken or outside the limits.
    """
    with open_picture(path, media_type=media_type, limits=MediaLimits()) as opened:
        picture = eight_bits(ImageOps.exif_transpose(opened))
        size = with_short_side(Size(width=picture.width, height=picture.height), short_side)
        return Reference(picture=_resized(flattened(picture), size), alpha=_alpha(picture, size))


def read_mask(path: Path, *, media_type: str, size: Size) -> Gray:
    """Return a mask, white where the figure is, as (height, width) of the output; transparent is black.

    Raises:
        MediaRejected: It is broken or outside the limits.
    """
    with open_picture(path, media_type=media_type, limits=MediaLimits()) as opened:
        picture = eight_bits(ImageOps.exif_transpose(opened))
        return _resized(flattened(picture, backdrop=_BLACK).convert("L"), size)


def _alpha(picture: Image.Image, size: Size) -> Gray | None:
    if not picture.has_transparency_data:
        return None
    alpha = _resized(picture.convert("RGBA").getchannel("A"), size)
    return None if alpha.min() == _OPAQUE else alpha


def _resized(picture: Image.Image, size: Size) -> Picture:
    resized = picture.resize((size.width, size.height), Image.Resampling.LANCZOS, reducing_gap=3.0)
    return np.array(resized, np.uint8)
