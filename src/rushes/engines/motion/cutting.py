"""Cuts a figure out of a picture, from what is known of where it is."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.engines.arrays import Gray, Picture
from rushes.engines.media.sizes import Size, size_of
from rushes.engines.motion.faces import Face

SHORT_SIDE: Final = 240
"""The size at which pictures are cut."""

LEAST_SHARE, MOST_SHARE = 0.01, 0.95
"""Between which shares of the picture a cut is believed to be a figure."""

_ROUNDS: Final = 5
_GRAIN: Final = 2.0
_NO_BOX: Final = (0, 0, 1, 1)
_SOLID: Final = 127
_LEAST_PIXELS: Final = 80
_LEAST_PIECE: Final = 0.06
"""What is smaller than this share of the largest piece is no part of the figure."""

_BODY, _HEAD = 0.8, 0.65
"""How far a body and a head probably reach to each side, in widths of the face."""

_BESIDE_HEAD, _BESIDE_BODY = 1.3, 3.0
"""What is farther beside the head or the body, in widths of the face, is none of the person's."""

Labels = NDArray[np.uint8]
"""What GrabCut takes: for each pixel whether it is, or probably is, of the figure or not."""


def shrunk(picture: Picture) -> tuple[Picture, float]:
    """Return the picture at the size at which it is cut, and how many times as large as the given one."""
    size = size_of(picture)
    factor = SHORT_SIDE / min(size.width, size.height)
    small = (max(2, round(size.width * factor)), max(2, round(size.height * factor)))
    return np.asarray(cv2.resize(picture, small, interpolation=cv2.INTER_AREA), np.uint8), factor


def cut(picture: Picture, labels: Labels, *, size: Size) -> Gray | None:
    """Return the figure's mask, 0 or 255, at `size`; `None` where the labels leave nothing to learn from.

    By GrabCut (Rother, Kolmogorov & Blake 2004). Its start is drawn by OpenCV's random numbers: seed them.
    """
    known = [int(np.isin(labels, kinds).sum()) for kinds in ((cv2.GC_FGD, cv2.GC_PR_FGD), (0, cv2.GC_PR_BGD))]
    if min(known) < _LEAST_PIXELS:
        return None
    labels = labels.copy()
    models = np.zeros((2, 1, 65))
    cv2.grabCut(_grained(picture), labels, _NO_BOX, models[0], models[1], _ROUNDS, cv2.GC_INIT_WITH_MASK)
    figure = np.where((labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD), np.uint8(255), np.uint8(0))
    figure = cv2.morphologyEx(largest_pieces(figure), cv2.MORPH_CLOSE, _disc(5))
    return enlarged(np.asarray(figure, np.uint8), size)


def by_likely_place(picture: Picture, face: Face | None, *, size: Size) -> Gray:
    """Return the figure's mask, 0 or 255, at `size`: below the face, or in the middle of the picture.

    Where no figure can be told from its surroundings, it is the place where one usually is.
    """
    small, factor = shrunk(picture)
    labels = person_labels(small, face.scaled(factor)) if face else middle_labels(small)
    found = cut(small, labels, size=size)
    share = 0.0 if found is None else float(found.mean()) / 255
    if found is None or not LEAST_SHARE < share < MOST_SHARE:
        likely = np.where(labels & 1, np.uint8(255), np.uint8(0))
        return enlarged(likely, size)
    return found


def person_labels(picture: Picture, face: Face) -> Labels:
    """Return labels for a person of whom only the face is known."""
    height, width = picture.shape[:2]
    labels = np.full((height, width), cv2.GC_PR_BGD, np.uint8)
    middle = int(face.middle[0])
    half, chest = int(_BODY * face.width), int(face.y + 1.15 * face.height)
    cv2.rectangle(labels, (middle - half, chest), (middle + half, height), cv2.GC_PR_FGD, -1)
    head = (max(1, int(_HEAD * face.width)), max(1, int(0.85 * face.height)))
    centre = (middle, int(face.y + 0.45 * face.height))
    cv2.ellipse(labels, centre, head, 0, 0, 360, cv2.GC_PR_FGD, -1)
    draw_core(labels, face)
    labels[: max(1, int(face.y - 0.9 * face.height))] = cv2.GC_BGD
    shoulders = max(0, int(face.y + 0.9 * face.height))
    for rows, reach in ((slice(shoulders), _BESIDE_HEAD), (slice(None), _BESIDE_BODY)):
        labels[rows, : max(1, middle - int(reach * face.width))] = cv2.GC_BGD
        labels[rows, min(width - 1, max(0, middle + int(reach * face.width))) :] = cv2.GC_BGD
    return labels


def draw_core(labels: Labels, face: Face) -> None:
    """Mark the inside of the face and the chest below it as the figure's for certain."""
    middle, down = (int(value) for value in face.middle)
    axes = (max(1, int(0.4 * face.width)), max(1, int(0.5 * face.height)))
    cv2.ellipse(labels, (middle, down), axes, 0, 0, 360, cv2.GC_FGD, -1)
    half, top = int(0.42 * face.width), int(face.y + 1.15 * face.height)
    cv2.rectangle(labels, (middle - half, top), (middle + half, labels.shape[0]), cv2.GC_FGD, -1)


def middle_labels(picture: Picture) -> Labels:
    """Return labels for a figure in the middle of the picture, cut by its lower edge."""
    height, width = picture.shape[:2]
    labels = np.full((height, width), cv2.GC_PR_BGD, np.uint8)
    axes = (max(1, int(0.28 * width)), max(1, int(0.5 * height)))
    cv2.ellipse(labels, (width // 2, int(0.6 * height)), axes, 0, 0, 360, cv2.GC_PR_FGD, -1)
    labels[:3] = cv2.GC_BGD
    labels[:, :3] = cv2.GC_BGD
    labels[:, -3:] = cv2.GC_BGD
    return labels


def largest_pieces(figure: Gray) -> Gray:
    """Return a mask without the pieces that are small beside its largest one."""
    count, pieces, statistics, _ = cv2.connectedComponentsWithStats(figure)
    areas = statistics[:, cv2.CC_STAT_AREA].copy()
    areas[0] = 0
    kept = areas >= _LEAST_PIECE * max(1, int(areas.max())) if count > 1 else np.zeros(1, np.bool_)
    return np.where(kept[np.asarray(pieces, np.intp)], np.uint8(255), np.uint8(0))


def enlarged(figure: Gray, size: Size) -> Gray:
    """Return a mask at another size, 0 or 255, its outline smooth."""
    blur = 0.5 * max(1.0, size.height / figure.shape[0])
    large = cv2.resize(figure, (size.width, size.height), interpolation=cv2.INTER_CUBIC)
    return np.where(cv2.GaussianBlur(large, (0, 0), blur + 0.5) > _SOLID, np.uint8(255), np.uint8(0))


def _grained(picture: Picture) -> Picture:
    # Where colours are perfectly flat, all cuts are alike, and finding the least one takes minutes.
    grain = np.zeros(picture.shape, np.int16)
    cv2.randn(grain, np.zeros(3), np.full(3, _GRAIN))
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


def _disc(side: int) -> Gray:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)
