import numpy as np
import pytest

from rushes.engines.arrays import Picture
from rushes.engines.typesetting.layers import Layer, overlay_of

RNG = np.random.default_rng(5)


def layer(width: int = 20, height: int = 10) -> Layer:
    return RNG.integers(0, 256, (height, width, 4)).astype(np.uint8)


def picture() -> Picture:
    return RNG.integers(0, 256, (48, 64, 3)).astype(np.uint8)


def expected(under: Picture, over: Layer, opacity: float = 1.0) -> np.ndarray:
    alpha = over[..., 3:] / 255 * opacity
    return under * (1 - alpha) + over[..., :3] * alpha


@pytest.mark.parametrize("opacity", [0.3, 1.0])
def test_a_layer_is_laid_over_by_its_alpha(opacity: float) -> None:
    under, over = picture(), layer()
    before = under.copy()

    overlay_of(over, x=7, y=9, opacity=opacity).lay_over(under)

    wanted = before.astype(float)
    wanted[9:19, 7:27] = expected(before[9:19, 7:27], over, opacity)
    assert np.abs(under - wanted).max() <= 1.5
    assert (under[:9] == before[:9]).all()


@pytest.mark.parametrize(("x", "y"), [(-5, -3), (60, 44), (50, -4), (-8, 40)])
def test_what_is_outside_of_the_picture_is_left_out(x: int, y: int) -> None:
    under, over = picture(), layer()
    wide = np.zeros((148, 164, 3))
    wide[50:98, 50:114] = under
    place = np.s_[50 + y : 60 + y, 50 + x : 70 + x]
    wide[place] = expected(wide[place].astype(np.uint8), over)

    overlay_of(over, x=x, y=y).lay_over(under)

    assert np.abs(under - wide[50:98, 50:114]).max() <= 1.5


@pytest.mark.parametrize(("x", "y"), [(64, 0), (0, 48), (-20, 0), (200, 200)])
def test_a_layer_beside_the_picture_changes_nothing(x: int, y: int) -> None:
    under = picture()
    before = under.copy()

    overlay_of(layer(), x=x, y=y).lay_over(under)

    assert (under == before).all()


def test_a_layer_without_anything_on_it_changes_nothing() -> None:
    under = picture()
    before = under.copy()

    overlay_of(np.zeros((10, 10, 4), np.uint8)).lay_over(under)

    assert (under == before).all()


def test_a_layer_with_full_alpha_covers_exactly() -> None:
    under, over = picture(), layer()
    over[..., 3] = 255

    overlay_of(over).lay_over(under)

    assert (under[:10, :20] == over[..., :3]).all()
