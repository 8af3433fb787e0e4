import numpy as np
import pytest

from rushes.engines.motion.arrays import Field
from rushes.engines.motion.field import inverse, spread, warp


def constant(x: float, y: float, *, height: int = 60, width: int = 80) -> Field:
    return np.broadcast_to(np.array([x, y], np.float32), (height, width, 2)).copy()


def swell(*, strength: float) -> Field:
    y, x = np.mgrid[0:120, 0:160].astype(np.float32)
    bump = strength * np.exp(-((x - 80) ** 2 + (y - 60) ** 2) / (2 * 20**2))
    return np.dstack([bump, -bump]).astype(np.float32)


def test_warp_takes_the_value_at_the_displaced_place() -> None:
    ramp = np.tile(np.arange(80, dtype=np.float32), (60, 1))

    moved = warp(ramp, constant(3.5, 0))

    np.testing.assert_allclose(moved[:, :70], ramp[:, :70] + 3.5, atol=0.05)


def test_warp_keeps_the_type_when_the_picture_is_of_bytes() -> None:
    assert warp(np.zeros((60, 80), np.uint8), constant(1, 1)).dtype == np.uint8


def test_inverse_leads_back_when_the_field_is_smooth() -> None:
    field = swell(strength=9)

    back = inverse(field)

    there_and_back = back + warp(field, back)
    assert np.abs(there_and_back).max() < 0.05


def test_inverse_is_the_opposite_when_all_moves_alike() -> None:
    np.testing.assert_allclose(inverse(constant(4, -2)), constant(-4, 2), atol=1e-5)


def test_spread_changes_nothing_when_all_moves_alike() -> None:
    np.testing.assert_allclose(spread(constant(4, -2)), constant(4, -2), atol=0.01)


def test_spread_leaves_stillness_alone() -> None:
    np.testing.assert_array_equal(spread(constant(0, 0)), constant(0, 0))


@pytest.mark.parametrize(("distance", "least", "most"), [(3, 6.0, 8.0), (60, 0.0, 0.3)])
def test_spread_reaches_a_little_beyond_what_moves(distance: int, least: float, most: float) -> None:
    field = constant(0, 0, height=240, width=240)
    field[80:160, 80:160] = (8, 0)

    reached = spread(field)[120, 159 + distance, 0]

    assert least <= reached <= most


def test_spread_keeps_motion_inside_a_moving_part() -> None:
    field = constant(0, 0, height=240, width=240)
    field[80:160, 80:160] = (8, 0)

    np.testing.assert_allclose(spread(field)[120, 120], (8, 0), atol=0.1)
