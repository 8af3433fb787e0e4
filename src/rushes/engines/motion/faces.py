"""Finds the face in a picture."""

from pathlib import Path
from typing import Final, NamedTuple

import cv2
import numpy as np

from rushes.engines.arrays import Gray, Picture
from rushes.engines.media.sizes import size_of

SHORT_SIDE: Final = 320
"""Larger pictures are made smaller before they are searched."""

LEAST_VOTES: Final = 8
"""How many overlapping finds make a face."""

_CASCADES: Final = ("haarcascade_frontalface_alt2.xml", "haarcascade_frontalface_default.xml")
_CASCADES_FOLDER: Final = Path(cv2.__file__).parent / "data"
_SMALLEST: Final = 0.1
_SCALE_STEP: Final = 1.05
_OVERLAP: Final = 0.2


class Face(NamedTuple):
    """A face's square in a picture, in pixels: its upper left corner and its sides."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> tuple[float, float]:
        """Return the centre, x then y."""
        return self.x + self.width / 2, self.y + self.height / 2

    def scaled(self, factor: float) -> "Face":
        """Return it as it is in the picture made larger by a factor."""
        return Face(self.x * factor, self.y * factor, self.width * factor, self.height * factor)


def find_face(picture: Picture) -> Face | None:
    """Return the frontal face that most finds agree on, the larger the likelier; `None` where there is none.

    A search by boosted cascades (Viola & Jones 2001) in the picture as it is, and with its histogram
    equalised: drawn and dark faces show in one of them only, and what is found by chance is mostly small.
    """
    size = size_of(picture)
    factor = min(1.0, SHORT_SIDE / min(size.width, size.height))
    gray = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    gray = cv2.resize(gray, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    views = [np.asarray(gray, np.uint8), np.asarray(cv2.equalizeHist(gray), np.uint8)]
    finds = [find for view in views for name in _CASCADES for find in _search(view, name)]
    groups, votes = cv2.groupRectangles(finds, LEAST_VOTES - 1, _OVERLAP)
    if not len(groups):
        return None
    likeliest = int(np.argmax(np.ravel(votes) * np.asarray(groups)[:, 2]))
    x, y, width, height = (float(value) for value in groups[likeliest])
    return Face(x, y, width, height).scaled(1 / factor)


def _search(gray: Gray, cascade: str) -> list[list[int]]:
    detector = cv2.CascadeClassifier(str(_CASCADES_FOLDER / cascade))
    smallest = max(20, round(min(gray.shape) * _SMALLEST))
    found = detector.detectMultiScale(gray, _SCALE_STEP, 0, minSize=(smallest, smallest))
    return [[int(value) for value in find] for find in found]
