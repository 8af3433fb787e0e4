import numpy as np
import pytest
from numpy.typing import NDArray

from rushes.engines.media.sizes import Size
from rushes.engines.motion.camera import Camera

SIZE = Size(width=160, height=120)
GRID = np.stack(np.meshgrid(np.arange(4, 160, 8), np.arange(4, 120, 8)), axis=-1).reshape(-1, 2)
POINTS = GRID.astype(np.float32)
MIDDLE = (np.abs(POINTS - [80, 70]) < 25).all(axis=1)
ALL = np.ones(len(POINTS), np.float32)


def zoomed(by: float, shift: tuple[float, float]) -> NDArray[np.float32]:
    return (POINTS * (by - 1) + shift).astype(np.float32)


@pytest.mark.parametrize(("by", "shift"), [(1.0, (9.0, -4.0)), (1.1, (-5.0, 2.0))], ids=["pan", "zoom"])
def test_the_camera_s_motion_is_taken_off(by: float, shift: tuple[float, float]) -> None:
    camera = Camera(POINTS, SIZE)
    figure = np.where(MIDDLE[:, None], np.float32(3), np.float32(0))

    left = camera.steady(zoomed(by, shift) + figure, ALL)

    assert camera.moves
    assert np.abs(left[~MIDDLE]).max() < 0.1
    assert left[MIDDLE].mean(axis=0) == pytest.approx([3, 3], abs=0.1)


def test_a_figure_s_motion_stays() -> None:
    camera = Camera(POINTS, SIZE)
    figure = np.where(MIDDLE[:, None], np.float32(12), np.zeros((1, 2), np.float32))

    left = camera.steady(figure, ALL)

    assert not camera.moves
    assert left == pytest.approx(figure, abs=0.01)


def test_the_motion_before_is_taken_when_too_few_points_are_seen() -> None:
    camera = Camera(POINTS, SIZE)
    pan = zoomed(1, (6.0, 0.0))
    camera.steady(pan, ALL)

    left = camera.steady(pan, np.zeros_like(ALL))

    assert np.abs(left).max() < 0.1


def test_nothing_is_taken_off_when_the_border_does_not_agree() -> None:
    camera = Camera(POINTS, SIZE)
    scattered = np.random.default_rng(3).normal(0, 20, POINTS.shape).astype(np.float32)

    left = camera.steady(scattered, ALL)

    assert not camera.moves
    assert (left == scattered).all()
