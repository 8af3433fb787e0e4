import numpy as np
import pytest

from rushes.engines.motion.tearing import TORN, WHOLE, find_tears

ALL = np.arange(30 * 40)


def places() -> np.ndarray:
    y, x = np.mgrid[0:30, 0:40].astype(np.float32)
    return np.stack([x, y]) * 2


def test_nothing_is_torn_when_the_figure_turns() -> None:
    x, y = places()
    cos, sin = np.cos(0.8), np.sin(0.8)
    turned = np.stack([cos * x - sin * y - x, sin * x + cos * y - y]).astype(np.float32)

    tears = find_tears(turned, ALL, pitch=2)

    assert tears.scale == pytest.approx(1)
    assert tears.presence.min() == 1


def test_nothing_is_torn_when_the_figure_comes_nearer() -> None:
    tears = find_tears(places() * 2, ALL, pitch=2)

    assert tears.scale == pytest.approx(3)
    assert tears.presence.min() == 1


def test_place_is_torn_when_it_is_stretched_far_more_than_the_rest() -> None:
    field = np.zeros((2, 30, 40), np.float32)
    field[0, :, 20:] = 60

    presence = find_tears(field, ALL, pitch=2).presence.reshape(30, 40)

    assert (presence[:, 19:21] == 0).all()
    assert (presence[:, :18] == 1).all()
    assert (presence[:, 22:] == 1).all()


def test_presence_falls_between_the_two_bounds() -> None:
    stretch = (WHOLE + TORN) / 2
    field = np.zeros((2, 30, 40), np.float32)
    field[:, :, 30:] = (places() * (stretch - 1))[:, :, 30:]

    presence = find_tears(field, ALL, pitch=2).presence.reshape(30, 40)

    np.testing.assert_allclose(presence[:, 32:], 0.5, atol=1e-3)
