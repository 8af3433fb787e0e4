"""Analyses a motion video against a reference picture."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from rushes.domain.options import Box
from rushes.engines.arrays import Gray, Picture
from rushes.engines.media.sizes import size_of
from rushes.engines.motion.alignment import Sought, align
from rushes.engines.motion.analysis import Analysis, Tracks
from rushes.engines.motion.camera import Camera
from rushes.engines.motion.faces import Face, find_face
from rushes.engines.motion.motion_figure import motion_figure
from rushes.engines.motion.reference_figure import reference_figure
from rushes.engines.motion.rows import Rows
from rushes.engines.motion.tracking import Tracker
from rushes.errors import EngineRefused

ANALYSIS_SHORT_SIDE: Final = 480
"""The size at which the driver is looked at, in pixels; open the motion video with it."""

_SEEDS: Final = 2**31


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What the user says of the figures, where they do.

    Attributes:
        alpha: The reference's transparency, (height, width) as the reference, 255: opaque.
        mask: The reference's figure, likewise, 255: figure.
        reference_box: The face in the reference.
        motion_box: The same in the driver's first frame.
    """

    alpha: Gray | None = None
    mask: Gray | None = None
    reference_box: Box | None = None
    motion_box: Box | None = None


NO_HINTS: Final = Hints()


def analyse(
    reference: Picture,
    frames: Iterable[Picture],
    *,
    hints: Hints = NO_HINTS,
    seed: int = 0,
    workdir: Path | None = None,
    on_frame: Callable[[int], object],
) -> Analysis:
    """Follow the driver, find both figures, and lay the one on the other.

    Reads the frames once and keeps none but the first, and the tracks on disk; `on_frame` is called after
    each with how many were read, and may raise. The same seed gives the same result; it is GrabCut's.

    Args:
        reference: (height, width, 3), of the output's size.
        frames: The driver, each (height, width, 3), all of one size.
        hints: What is known beforehand.
        seed: Any integer from 0.
        workdir: Where the tracks are kept, in files without names; `None`: where temporary files are.
        on_frame: Told of progress.

    Raises:
        EngineRefused: The motion video has no frames.
        EngineError: There is no room for the tracks.
    """
    cv2.setRNGSeed(seed % _SEEDS)
    first, tracks, moving_camera = _followed(frames, workdir, on_frame)
    motion_face = _face(first, hints.motion_box)
    reference_face = _face(reference, hints.reference_box)
    driver = motion_figure(first, tracks, motion_face)
    figure = reference_figure(reference, alpha=hints.alpha, mask=hints.mask, face=reference_face)
    return Analysis(
        tracks=tracks,
        motion_figure=driver,
        reference_figure=figure,
        placement=align(
            Sought(driver, motion_face),
            Sought(figure, reference_face),
            by_user=bool(hints.motion_box and hints.reference_box),
        ),
        moving_camera=moving_camera,
    )


def _followed(
    frames: Iterable[Picture], workdir: Path | None, on_frame: Callable[[int], object]
) -> tuple[Picture, Tracks, bool]:
    pictures = iter(frames)
    first = next(pictures, None)
    if first is None:
        raise EngineRefused("The motion video has no frames; upload another one.")
    tracker = Tracker(_gray(first))
    camera = Camera(tracker.points, size_of(first))
    offsets = Rows(tracker.points.shape, folder=workdir)
    weights = Rows(tracker.weights.shape, folder=workdir)
    offsets.append(np.zeros_like(tracker.points))
    weights.append(tracker.weights)
    on_frame(1)
    for count, picture in enumerate(pictures, start=2):
        moved, weight = tracker.follow(_gray(picture))
        offsets.append(camera.steady(moved, weight))
        weights.append(weight)
        on_frame(count)
    tracks = Tracks(points=tracker.points, offsets=offsets, weights=weights, size=size_of(first))
    return first, tracks, camera.moves


def _face(picture: Picture, box: Box | None) -> Face | None:
    if box is None:
        return find_face(picture)
    height, width = picture.shape[:2]
    return Face(box.x * width, box.y * height, box.width * width, box.height * height)


def _gray(picture: Picture) -> Gray:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)
