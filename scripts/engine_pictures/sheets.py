"""Contact sheets: pictures side by side."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

GAP = 8
"""Between pictures, in pixels."""

Pictures = Sequence[NDArray[np.uint8]]


def sheet(rows: Sequence[Pictures], *, height: int) -> Image.Image:
    """Put rows of RGB pictures on white, each scaled to a height in pixels."""
    scaled = [[_scaled(picture, height) for picture in row] for row in rows]
    width = max(sum(picture.width + GAP for picture in row) - GAP for row in scaled)
    page = Image.new("RGB", (width, len(rows) * (height + GAP) - GAP), "white")
    for index, row in enumerate(scaled):
        x = 0
        for picture in row:
            page.paste(picture, (x, index * (height + GAP)))
            x += picture.width + GAP
    return page


def _scaled(picture: NDArray[np.uint8], height: int) -> Image.Image:
    image = Image.fromarray(picture)
    width = round(image.width * height / image.height)
    return image.resize((width, height), Image.Resampling.LANCZOS)
