import numpy as np

from rushes.engines.motion.holes import fill


def test_known_values_stay() -> None:
    values = np.random.default_rng(1).normal(size=(33, 50, 2)).astype(np.float32)

    np.testing.assert_allclose(fill(values, np.ones((33, 50), np.float32)), values, atol=1e-5)


def test_hole_in_one_value_takes_it() -> None:
    values = np.full((40, 60, 2), 7.0, np.float32)
    certainty = np.ones((40, 60), np.float32)
    values[10:25, 20:45] = 900
    certainty[10:25, 20:45] = 0

    np.testing.assert_allclose(fill(values, certainty), 7.0, atol=1e-4)


def test_hole_between_two_values_lies_between_them() -> None:
    values = np.zeros((32, 64, 1), np.float32)
    values[:, 40:] = 10
    certainty = np.ones((32, 64), np.float32)
    certainty[:, 24:40] = 0

    filled = fill(values, certainty)[16, 24:40, 0]

    assert filled.min() >= -1e-4
    assert filled.max() <= 10 + 1e-4
    assert filled[-1] - filled[0] > 2


def test_nothing_known_becomes_zero() -> None:
    filled = fill(np.full((9, 9, 2), 5.0, np.float32), np.zeros((9, 9), np.float32))

    assert not filled.any()


def test_one_cell_is_filled() -> None:
    assert fill(np.ones((1, 1, 2), np.float32), np.ones((1, 1), np.float32)).shape == (1, 1, 2)
