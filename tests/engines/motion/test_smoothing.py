import itertools
from collections.abc import Iterator

import numpy as np
import pytest

from rushes.engines.motion.smoothing import WINDOW, smooth


def frames(values: np.ndarray) -> Iterator[np.ndarray]:
    return (np.full((2, 3), value, np.complex128) for value in values)


def test_parabolas_are_kept() -> None:
    time = np.arange(12)
    parabola = 3 - 2 * time + 0.5 * time**2 + 1j * (time - time**2)

    smoothed = [each[0, 0] for each in smooth(frames(parabola))]

    np.testing.assert_allclose(smoothed, parabola, atol=1e-9)


def test_shaking_becomes_less() -> None:
    shaking = np.random.default_rng(0).normal(size=400)

    smoothed = np.array([each[0, 0].real for each in smooth(frames(shaking))])

    # The middle share of five points and a parabola is 17 / 35.
    assert smoothed.std() == pytest.approx(shaking.std() * (17 / 35) ** 0.5, rel=0.1)


@pytest.mark.parametrize("count", [0, 1, 2, WINDOW - 1, WINDOW, WINDOW + 1, 30])
def test_as_many_frames_come_out_as_go_in(count: int) -> None:
    assert len(list(smooth(frames(np.arange(count))))) == count


def test_few_frames_stay_as_they_are() -> None:
    values = np.array([0, 9, -4, 2])

    assert [each[0, 0] for each in smooth(frames(values))] == values.tolist()


def test_frames_come_out_before_the_last_has_gone_in() -> None:
    endless = smooth(np.zeros((1, 1), np.complex128) for _ in itertools.count())

    assert len(list(itertools.islice(endless, 100))) == 100
