import tracemalloc

import numpy as np
import pytest

from rushes.engines.animatic.background import PictureBackground
from rushes.engines.media.sizes import Size
from tests.engines.motion.media import texture

SIZE = Size(width=320, height=180)
MIB = 2**20


def background(picture: np.ndarray) -> np.ndarray:
    return PictureBackground(SIZE, picture, np.random.default_rng(1), is_exact=True).at(0.0, 0.5)


@pytest.mark.parametrize(("width", "height"), [(8192, 16), (16, 8192), (1000, 10)])
def test_strip_takes_no_more_memory_than_the_frame_needs(width: int, height: int) -> None:
    picture = np.full((height, width, 3), 90, np.uint8)
    tracemalloc.start()

    drawn = background(picture)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert drawn.shape == (SIZE.height, SIZE.width, 3)
    assert peak < 8 * MIB


@pytest.mark.parametrize(("width", "height"), [(640, 180), (320, 400), (3200, 180)])
def test_middle_of_a_picture_that_needs_no_scaling_is_shown_as_it_is(width: int, height: int) -> None:
    picture = texture(width, height)

    left, top = (width - SIZE.width) // 2, (height - SIZE.height) // 2
    assert (background(picture) == picture[top : top + SIZE.height, left : left + SIZE.width]).all()


def test_small_picture_fills_the_frame_from_its_middle() -> None:
    picture = np.zeros((20, 200, 3), np.uint8)
    picture[:, 100:] = 200

    drawn = background(picture)

    assert drawn.shape == (SIZE.height, SIZE.width, 3)
    assert drawn[:, : SIZE.width // 2 - 10].max() == 0
    assert drawn[:, SIZE.width // 2 + 10 :].min() == 200
