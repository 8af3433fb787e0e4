from dataclasses import replace

import numpy as np
import pytest

from rushes.domain.options import MotionMode
from rushes.engines.media.sizes import Size
from rushes.engines.motion.analysis import Analysis, PlacedBy, Similarity, Tracks
from rushes.engines.motion.handles import CUTOUT_MIXED, SHEET_BACKGROUND, SHEET_MIXED, Handles, can_be_cut_out


def half(height: int, width: int, *, left: int) -> np.ndarray:
    mask = np.zeros((height, width), np.uint8)
    mask[:, left:] = 255
    return mask


def analysis() -> Analysis:
    """Return four tracks at x = 5, 15, 25 and 35; the driver's figure begins at 10, the reference's at 20.

    The reference is twice as large, and lies 3 pixels further right.
    """
    points = np.array([[5, 8], [15, 8], [25, 8], [35, 8]], np.float32)
    offsets = np.zeros((3, 4, 2), np.float32)
    offsets[2] = [[1, 0], [2, 0], [3, 0], [0, 4]]
    tracks = Tracks(
        points=points,
        offsets=offsets,
        weights=np.array([[1, 1, 1, 1], [1, 1, 1, 0.5], [1, 1, 1, 0]], np.float32),
        size=Size(width=40, height=20),
    )
    return Analysis(
        tracks=tracks,
        motion_figure=half(20, 40, left=10),
        reference_figure=half(40, 80, left=40),
        placement=Similarity(scale=2.0, shift=np.array([3.0, 0.0]), method=PlacedBy.FACES),
        moving_camera=False,
    )


def test_cutout_takes_the_driver_s_figure_alone() -> None:
    handles = Handles(analysis(), mode=MotionMode.CUTOUT, gain=1.0)

    assert handles.rest.tolist() == [33 + 16j, 53 + 16j, 73 + 16j]
    assert handles.weights(0).tolist() == [CUTOUT_MIXED, 1, 1]
    assert handles.on_figure.all()


def test_sheet_takes_all_and_trusts_least_what_is_a_figure_in_one_picture_only() -> None:
    handles = Handles(analysis(), mode=MotionMode.SHEET, gain=1.0)

    assert handles.weights(0).tolist() == [SHEET_BACKGROUND, SHEET_MIXED, 1, 1]
    assert handles.on_figure.tolist() == [False, True, True, True]


@pytest.mark.parametrize("gain", [0.5, 1.0, 2.0])
def test_offsets_are_in_pixels_of_the_reference_and_grow_with_the_gain(gain: float) -> None:
    handles = Handles(analysis(), mode=MotionMode.SHEET, gain=gain)

    assert handles.offsets(2).tolist() == [gain * 2, gain * 4, gain * 6, gain * 8j]


def test_lost_track_does_not_count_in_its_frame() -> None:
    handles = Handles(analysis(), mode=MotionMode.CUTOUT, gain=1.0)

    assert [float(handles.weights(frame)[-1]) for frame in range(handles.frames)] == [1, 0.5, 0]


def test_kept_handles_go_on_together() -> None:
    handles = Handles(analysis(), mode=MotionMode.CUTOUT, gain=1.0)

    handles.keep(np.array([False, True, True]))

    assert len(handles) == handles.rest.size == handles.on_figure.size == 2
    assert handles.offsets(2).tolist() == [6, 8j]


def test_figure_can_be_cut_out_when_both_pictures_have_one() -> None:
    assert can_be_cut_out(analysis())


@pytest.mark.parametrize("absent", ["motion_figure", "reference_figure"])
def test_nothing_can_be_cut_out_when_a_figure_is_empty(absent: str) -> None:
    found = analysis()

    assert not can_be_cut_out(replace(found, **{absent: np.zeros_like(getattr(found, absent))}))
