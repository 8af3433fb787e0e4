import cv2
import numpy as np
import pytest

from rushes.engines.arrays import Gray
from rushes.engines.motion.alignment import Sought, align
from rushes.engines.motion.faces import Face
from rushes.engines.motion.silhouettes import Laid, fit, head_of
from tests.engines.rig.truth import rig


def person(*, width: int, height: int, middle: float, scale: float) -> Gray:
    """Return a silhouette of a head, a neck and shoulders that the lower edge cuts."""
    mask = np.zeros((height, width), np.uint8)
    x, head = round(middle * width), round(0.14 * scale * height)
    top = height - round(0.72 * scale * height)
    cv2.ellipse(mask, (x, top + head), (round(0.8 * head), head), 0, 0, 360, 255, -1)
    cv2.rectangle(mask, (x - head // 3, top + head), (x + head // 3, top + 3 * head), 255, -1)
    cv2.rectangle(mask, (x - 2 * head, top + round(2.4 * head)), (x + 2 * head, height), 255, -1)
    return mask


SMALL = person(width=320, height=240, middle=0.4, scale=0.8)
LARGE = person(width=240, height=320, middle=0.55, scale=1.0)
TRUE_SCALE = 320 / (0.8 * 240)


def test_faces_say_where_the_driver_lies() -> None:
    driver, reference = Sought(SMALL, Face(100, 60, 40, 40)), Sought(LARGE, Face(110, 80, 60, 60))

    found = align(driver, reference, by_user=True)

    assert found.method == "boxes"
    assert found.scale == pytest.approx(1.5)
    assert found.scale * 120 + found.shift[0] == pytest.approx(140)
    assert found.scale * 80 + found.shift[1] == pytest.approx(110)


def test_heads_say_where_the_driver_lies_when_faces_are_missing() -> None:
    found = align(Sought(SMALL, None), Sought(LARGE, None), by_user=False)

    assert found.method == "head"
    assert found.scale == pytest.approx(TRUE_SCALE, rel=0.06)
    assert found.scale * 0.4 * 320 + found.shift[0] == pytest.approx(0.55 * 240, abs=6)


def test_one_face_alone_is_not_enough() -> None:
    found = align(Sought(SMALL, Face(100, 60, 40, 40)), Sought(LARGE, None), by_user=False)

    assert found.method == "head"


def test_the_whole_figure_says_where_the_driver_lies_when_it_has_no_neck() -> None:
    boxes = np.zeros((2, 100, 160), np.uint8)
    boxes[0, 40:100, 20:60] = 255
    boxes[1, 10:100, 70:130] = 255

    found = align(Sought(boxes[0], None), Sought(boxes[1], None), by_user=False)

    assert found.method == "figure"
    assert found.scale == pytest.approx(1.5, rel=0.1)
    assert found.scale * 40 + found.shift[0] == pytest.approx(100, abs=6)


@pytest.mark.parametrize("level", [0, 255])
def test_a_figure_that_is_all_or_nothing_is_laid_somewhere(level: int) -> None:
    mask = np.full((90, 160), level, np.uint8)

    found = align(Sought(mask, None), Sought(LARGE, None), by_user=False)

    assert np.isfinite([found.scale, *found.shift]).all()
    assert found.scale > 0


def test_silhouettes_correct_what_is_nearly_right() -> None:
    chosen = rig(240)
    truth = chosen.placement(chosen.driver.size)
    start = Laid(1.1 * truth.scale, float(truth.shift[0]) - 20, float(truth.shift[1]) - 6)

    found = fit(chosen.motion_mask(), chosen.still()[1], start)

    assert found.scale == pytest.approx(truth.scale, rel=0.05)


def test_a_head_ends_at_the_neck() -> None:
    head = head_of(LARGE)

    assert head is not None
    assert head.y == pytest.approx(320 - 0.72 * 320, abs=3)
    assert head.width == pytest.approx(2 * 0.8 * 0.14 * 320, rel=0.1)
