import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from rushes.engines.arrays import Gray, Picture
from rushes.engines.media.sizes import Size, size_of
from rushes.engines.motion.analyser import NO_HINTS, Hints, analyse
from rushes.engines.motion.analysis import Analysis
from rushes.engines.motion.cutting import by_likely_place
from rushes.engines.motion.faces import find_face
from rushes.engines.motion.reference_figure import reference_figure
from tests.engines.motion.media import flat, texture
from tests.engines.rig.poses import Kind
from tests.engines.rig.truth import rig

RIG = rig(360)
REFERENCE, REFERENCE_MASK = RIG.still()


def overlap(found: Gray, truth: Gray) -> float:
    first, second = found > 127, truth > 127
    return float((first & second).sum() / (first | second).sum())


@pytest.fixture(scope="module")
def waving() -> list[Picture]:
    return list(RIG.motion(Kind.WAVE, frames=12))


@pytest.fixture(scope="module")
def analysis(waving: list[Picture]) -> Analysis:
    return analyse(REFERENCE, waving, hints=NO_HINTS, on_frame=lambda _: None)


def test_a_face_is_found_where_it_is() -> None:
    face = find_face(REFERENCE)

    expected = np.array([0.42 * 640, (1 - 0.61 * 1.05) * 360])
    assert face is not None
    assert np.abs(np.array(face.middle) - expected).max() < 12
    assert face.width == pytest.approx(0.22 * 1.05 * 360, rel=0.35)


@pytest.mark.parametrize("picture", [flat(128, width=320, height=240), texture(16, 16)], ids=["flat", "tiny"])
def test_no_face_is_found_when_there_is_none(picture: Picture) -> None:
    assert find_face(picture) is None


def test_the_reference_s_figure_is_cut_out() -> None:
    found = reference_figure(REFERENCE, alpha=None, mask=None, face=find_face(REFERENCE))

    assert overlap(found, REFERENCE_MASK) > 0.75


def test_a_transparent_background_says_what_the_figure_is() -> None:
    mask = np.full_like(REFERENCE_MASK, 255)
    mask[:, :9] = 0

    found = reference_figure(REFERENCE, alpha=REFERENCE_MASK, mask=mask, face=None)

    assert (found == REFERENCE_MASK).all()


def test_an_uploaded_mask_says_what_the_figure_is() -> None:
    opaque = np.full_like(REFERENCE_MASK, 255)

    found = reference_figure(REFERENCE, alpha=opaque, mask=REFERENCE_MASK, face=None)

    assert (found == REFERENCE_MASK).all()


@pytest.mark.parametrize("level", [0, 255])
def test_a_mask_of_all_or_nothing_is_passed_over(level: int) -> None:
    found = reference_figure(
        REFERENCE, alpha=None, mask=np.full_like(REFERENCE_MASK, level), face=find_face(REFERENCE)
    )

    assert overlap(found, REFERENCE_MASK) > 0.75


@pytest.mark.parametrize("size", [(16, 16), (60, 16), (320, 240)], ids=str)
def test_a_blank_picture_has_a_figure_where_one_usually_is(size: tuple[int, int]) -> None:
    picture = flat(90, width=size[0], height=size[1])

    found = by_likely_place(picture, None, size=size_of(picture))

    assert found.shape == picture.shape[:2]
    assert 0.1 < found.mean() / 255 < 0.9


def test_what_moves_is_the_driver_s_figure(analysis: Analysis) -> None:
    assert overlap(analysis.motion_figure, RIG.motion_mask()) > 0.7


def test_the_figure_is_laid_on_the_reference_s_by_the_faces(analysis: Analysis) -> None:
    truth = RIG.placement(analysis.tracks.size)

    assert analysis.placement.method == "faces"
    assert analysis.placement.scale == pytest.approx(truth.scale, rel=0.15)
    assert apart_at_head(analysis) < 0.05 * 360


def apart_at_head(analysis: Analysis) -> float:
    """Return how far from its true place the driver's head is laid, in pixels."""
    head = np.array([0.5 * 640, (1.05 - 0.61 * 1.2) * 360])
    truth = RIG.placement(Size(width=640, height=360))
    there = analysis.placement.scale * head + analysis.placement.shift
    return float(np.linalg.norm(there - (truth.scale * head + truth.shift)))


def test_a_mask_that_is_given_is_taken(waving: list[Picture]) -> None:
    hints = Hints(mask=REFERENCE_MASK)

    found = analyse(REFERENCE, waving[:2], hints=hints, on_frame=lambda _: None)

    assert (found.reference_figure == REFERENCE_MASK).all()


def test_a_panning_camera_is_told_from_the_figure(waving: list[Picture]) -> None:
    panned = [shifted(picture, 2.5 * frame) for frame, picture in enumerate(waving)]

    found = analyse(REFERENCE, panned, on_frame=lambda _: None)

    still = (found.tracks.points[:, 0] < 120) & (found.tracks.weights[-1] > 0.1)
    assert found.moving_camera
    assert np.abs(found.tracks.offsets[-1][still]).mean() < 1


def shifted(picture: Picture, x: float) -> NDArray[np.uint8]:
    motion = np.array([[1, 0, x], [0, 1, 0]])
    size = (picture.shape[1], picture.shape[0])
    return cv2.warpAffine(picture, motion, size, borderMode=cv2.BORDER_REFLECT).astype(np.uint8)
