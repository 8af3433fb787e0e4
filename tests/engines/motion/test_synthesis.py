"""Tracks that are known exactly, and the pictures that must come of them."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from rushes.domain.options import MotionMode
from rushes.engines.media.sizes import Size
from rushes.engines.motion.analysis import Analysis, PlacedBy, Similarity, Tracks
from rushes.engines.motion.synthesis import Synthesis, SynthesisSettings, cell
from tests.engines.motion.media import texture

WIDTH, HEIGHT = 128, 96
PICTURE = texture(WIDTH, HEIGHT)
FIGURE = np.zeros((HEIGHT, WIDTH), np.uint8)
FIGURE[30:70, 40:80] = 255


def analysis(shifts: list[tuple[float, float]], *, figure: np.ndarray = FIGURE) -> Analysis:
    """Return tracks on a grid: those in the figure are shifted so in each frame, the others stay."""
    y, x = np.mgrid[2:HEIGHT:5, 2:WIDTH:5]
    points = np.stack([x.ravel(), y.ravel()], axis=1).astype(np.float32)
    moving = figure[points[:, 1].astype(int), points[:, 0].astype(int)] > 0
    offsets = np.array(shifts, np.float32)[:, None] * moving[:, None]
    return Analysis(
        tracks=Tracks(
            points=points,
            offsets=offsets.astype(np.float32),
            weights=np.ones(offsets.shape[:2], np.float32),
            size=Size(width=WIDTH, height=HEIGHT),
        ),
        motion_figure=figure,
        reference_figure=figure,
        placement=Similarity(scale=1.0, shift=np.zeros(2), method=PlacedBy.FACES),
        moving_camera=False,
    )


def synthesis(found: Analysis, *, mode: MotionMode = MotionMode.CUTOUT, gain: float = 1.0) -> Synthesis:
    return Synthesis(PICTURE, found, SynthesisSettings(mode=mode, steps=20, gain=gain))


def middle_difference(drawn: np.ndarray, dx: int, dy: int) -> float:
    """Return the mean difference, in gray levels, of the figure's middle from where it should be."""
    expected = PICTURE[36:64, 46:74].astype(int)
    return float(np.abs(drawn[36 + dy : 64 + dy, 46 + dx : 74 + dx] - expected).mean())


@pytest.mark.parametrize("mode", list(MotionMode))
def test_figure_goes_where_its_tracks_go(mode: MotionMode) -> None:
    shifts = [(0.0, 0.0), (2.0, 1.0), (4.0, 2.0), (6.0, 3.0), (8.0, 4.0)]

    drawn = list(synthesis(analysis(shifts), mode=mode).pictures())

    assert middle_difference(drawn[-1], 8, 4) < 4 < middle_difference(drawn[-1], 0, 0)


@pytest.mark.parametrize("mode", list(MotionMode))
def test_picture_stays_when_nothing_moves(mode: MotionMode) -> None:
    drawn = list(synthesis(analysis([(0.0, 0.0)] * 6), mode=mode).pictures())

    assert max(np.abs(each.astype(int) - PICTURE).mean() for each in drawn) < 0.5


def test_background_is_the_reference_s_when_the_figure_is_cut_out() -> None:
    drawn = list(synthesis(analysis([(0.0, 0.0), (6.0, 0.0)])).pictures())

    assert (drawn[-1][:20] == PICTURE[:20]).all()
    assert (drawn[-1][:, :25] == PICTURE[:, :25]).all()


def test_frame_of_a_sheet_stays() -> None:
    drawn = list(synthesis(analysis([(0.0, 0.0), (6.0, 0.0)]), mode=MotionMode.SHEET).pictures())

    edges = [(slice(None), 0), (slice(None), -1), (0, slice(None)), (-1, slice(None))]
    assert max(np.abs(drawn[-1][edge].astype(int) - PICTURE[edge]).mean() for edge in edges) < 2


def test_figure_goes_twice_as_far_when_the_gain_is_two() -> None:
    drawn = list(synthesis(analysis([(0.0, 0.0), (4.0, 0.0)]), gain=2.0).pictures())

    assert middle_difference(drawn[-1], 8, 0) < 4


@pytest.mark.parametrize("mode", list(MotionMode))
def test_nothing_breaks_when_no_track_is_left(mode: MotionMode) -> None:
    found = analysis([(0.0, 0.0)] * 3)
    lost = np.zeros((3, len(found.tracks.points)), np.float32)
    found = replace(found, tracks=replace(found.tracks, weights=lost))

    drawn = list(synthesis(found, mode=mode).pictures())

    assert len(drawn) == 3
    assert np.abs(drawn[-1].astype(int) - PICTURE).mean() < 0.5


def test_nothing_breaks_when_the_figure_leaves_the_picture() -> None:
    drawn = list(synthesis(analysis([(0.0, 0.0), (900.0, 0.0)])).pictures())

    assert drawn[-1].shape == PICTURE.shape


def test_figure_that_the_edge_cuts_goes_on_when_it_comes_into_view() -> None:
    figure = np.zeros((HEIGHT, WIDTH), np.uint8)
    figure[40:, 30:90] = 255
    found = analysis([(0.0, 0.0), (0.0, -6.0)], figure=figure)

    drawn = list(synthesis(found).pictures())[-1]

    # The last line of the picture goes on below it.
    assert np.abs(drawn[-4:, 45:75].astype(int) - PICTURE[-1, 45:75]).mean() < 8


def test_frames_are_drawn_one_by_one() -> None:
    pictures = synthesis(analysis([(0.0, 0.0)] * 400)).pictures()

    assert len(list(itertools.islice(pictures, 3))) == 3


def test_more_steps_make_a_finer_mesh() -> None:
    size = Size(width=854, height=480)

    assert cell(size, 50) < cell(size, 20) < cell(size, 10)
