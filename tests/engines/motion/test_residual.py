import numpy as np
import pytest

from rushes.engines.motion.lattice import Lattice
from rushes.engines.motion.residual import LARGEST, Residual

LATTICE = Lattice(pitch=2, left=0, top=0, columns=60, rows=50)
STEP = 12.0
PLACES = np.array([complex(x, y) for x in range(2, 118, 4) for y in range(2, 98, 4)])


def test_rest_that_all_points_share_is_spread_everywhere() -> None:
    rests = np.full(PLACES.size, 3 - 2j)

    field = Residual(LATTICE, PLACES, step=STEP).field(rests, np.ones(PLACES.size))

    # What counts for none takes a share, which is least where points are dense.
    assert field[0, 20:30, 20:40].mean() == pytest.approx(3, rel=0.2)
    assert field[1, 20:30, 20:40].mean() == pytest.approx(-2, rel=0.2)


def test_rest_fades_where_no_points_are() -> None:
    left = PLACES[PLACES.real < 40]

    field = Residual(LATTICE, left, step=STEP).field(np.full(left.size, 3 + 0j), np.ones(left.size))

    assert np.abs(field[0, :, 40:]).max() < 0.01


def test_rest_too_large_is_taken_for_an_error() -> None:
    rests = np.full(PLACES.size, 1.01 * LARGEST * STEP + 0j)

    field = Residual(LATTICE, PLACES, step=STEP).field(rests, np.ones(PLACES.size))

    assert not field.any()


def test_no_points_leave_no_rest() -> None:
    nothing = np.zeros(0, np.complex128)

    assert not Residual(LATTICE, nothing, step=STEP).field(nothing, np.zeros(0)).any()
