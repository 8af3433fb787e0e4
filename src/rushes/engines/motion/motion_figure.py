"""Finds the figure in the motion video's first frame."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from rushes.engines.arrays import Gray, Picture
from rushes.engines.media.sizes import size_of
from rushes.engines.motion.analysis import Points, Tracks
from rushes.engines.motion.cutting import Labels, by_likely_place, cut, draw_core, shrunk
from rushes.engines.motion.faces import Face

MOST_FRAMES: Final = 240
"""How many frames are asked how far a point moves."""

MOVING: Final = 1 / 160
"""From which motion on, as a share of the short side, a point is the figure's."""

STILL: Final = 1 / 500
"""Up to which motion a point that is seen nearly always is the background's."""

_SEEN: Final = 0.02
_NEARLY_ALWAYS: Final = 0.9
_FARTHEST: Final = 95
"""The percentile of a point's motion that counts as its farthest."""

_POINT_RADIUS: Final = 4


def motion_figure(first: Picture, tracks: Tracks, face: Face | None) -> Gray:
    """Return (height, width), 0 or 255: what moves in the video, and the body below the face.

    By GrabCut whose colours are learned from where tracks move and where they stand still. Without motion
    it is found as in a still picture.
    """
    small, factor = shrunk(first)
    moving, still = _by_motion(tracks)
    figure = _drawn(tracks.points[moving] * factor, small, radius=_POINT_RADIUS)
    figure = np.asarray(cv2.morphologyEx(figure, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8)), np.uint8)
    background = _drawn(tracks.points[still] * factor, small, radius=_POINT_RADIUS - 1)
    labels = _labels(figure, background, face.scaled(factor) if face else None)
    found = cut(small, labels, size=size_of(first)) if np.any(labels == cv2.GC_FGD) else None
    return by_likely_place(first, face, size=size_of(first)) if found is None else found


def _by_motion(tracks: Tracks) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which points move, and which are seen nearly always and stand still."""
    frames = range(0, len(tracks.offsets), -(-len(tracks.offsets) // MOST_FRAMES))
    seen = np.stack([tracks.weights[frame] > _SEEN for frame in frames])
    moved = np.stack([np.linalg.norm(tracks.offsets[frame], axis=1) for frame in frames])
    moved[~seen] = 0
    farthest = np.percentile(moved, _FARTHEST, axis=0)
    short = min(tracks.size.width, tracks.size.height)
    still = (farthest < STILL * short) & (seen.mean(axis=0) > _NEARLY_ALWAYS)
    return farthest > max(1.5, MOVING * short), still


def _drawn(points: Points, picture: Picture, *, radius: int) -> Gray:
    drawn = np.zeros(picture.shape[:2], np.uint8)
    for x, y in points.astype(np.int32).tolist():
        cv2.circle(drawn, (x, y), radius, 255, -1)
    return drawn


def _labels(figure: Gray, background: Gray, face: Face | None) -> Labels:
    labels = np.full(figure.shape, cv2.GC_PR_BGD, np.uint8)
    labels[_shrunk_by(figure, 9) > 0] = cv2.GC_PR_FGD
    labels[_shrunk_by(figure, 23) > 0] = cv2.GC_FGD
    far = _grown_by(figure, 15) == 0
    if face:
        draw_core(labels, face)
        far &= ~_body(labels, face)
    certain = labels == cv2.GC_FGD
    still = (background > 0) & (_grown_by(figure, 5) == 0) & (far | (face is None))
    labels[(far | still) & ~certain] = cv2.GC_BGD
    return labels


def _body(labels: Labels, face: Face) -> NDArray[np.bool_]:
    """Return where the body may be though nothing of it moves."""
    height, width = labels.shape
    middle, reach = face.middle[0], 1.5 * face.width
    body = np.zeros((height, width), np.bool_)
    left, right = max(0, int(middle - reach)), max(0, int(middle + reach))
    body[max(0, int(face.y + face.height)) :, left:right] = True
    return body


def _grown_by(mask: Gray, side: int) -> Gray:
    return np.asarray(cv2.dilate(mask, np.ones((side, side), np.uint8)), np.uint8)


def _shrunk_by(mask: Gray, side: int) -> Gray:
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return np.asarray(cv2.erode(mask, disc), np.uint8)
