import numpy as np

from rushes.engines.motion.arrays import Field
from rushes.engines.motion.warp import Warper
from tests.engines.motion.media import texture


def constant(x: float, y: float, *, height: int, width: int) -> Field:
    return np.broadcast_to(np.array([x, y], np.float32), (height, width, 2)).copy()


def test_picture_is_untouched_when_nothing_moves() -> None:
    picture = texture(96, 64)

    np.testing.assert_array_equal(Warper(picture).draw(constant(0, 0, height=32, width=48)), picture)


def test_displacement_grows_with_the_output() -> None:
    picture = texture(96, 64)

    moved = Warper(picture).draw(constant(-4, 2, height=32, width=48))

    np.testing.assert_array_equal(moved[:56, 8:], picture[4:60, :-8])


def test_picture_is_mirrored_beyond_its_border() -> None:
    picture = texture(96, 64)

    moved = Warper(picture).draw(constant(-10, 0, height=64, width=96))

    np.testing.assert_array_equal(moved[:, 0], picture[:, 10])


def test_upright_motion_moves_the_middle_of_a_wide_picture() -> None:
    picture = texture(160, 60)
    back = constant(0, 0, height=60, width=30)
    back[:, 10:20] = (0, 5)

    moved = Warper(picture).draw(back)

    np.testing.assert_array_equal(moved[:50, 76:84], picture[5:55, 76:84])
    np.testing.assert_array_equal(moved[:, :60], picture[:, :60])
