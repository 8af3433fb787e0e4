import numpy as np
import pytest

from rushes.engines.media.sizes import Size
from rushes.engines.motion.mesh import inside, over_figure, over_frame

STEP = 8.0


def figure(top: int, bottom: int, left: int, right: int) -> np.ndarray:
    mask = np.zeros((60, 80), np.uint8)
    mask[top:bottom, left:right] = 255
    return mask


def corners(mesh_rest: np.ndarray) -> tuple[complex, complex]:
    return complex(mesh_rest[0, 0]), complex(mesh_rest[-1, -1])


def test_mesh_over_a_frame_covers_its_pixels() -> None:
    first, last = corners(over_frame(Size(width=80, height=61), STEP).rest())

    assert first == 0
    assert last == complex(80, 64)


def test_mesh_over_a_figure_has_two_cells_around_it() -> None:
    first, last = corners(over_figure(figure(20, 40, 30, 50), STEP, beyond=30).rest())

    assert first == complex(30 - 2 * STEP, 20 - 2 * STEP)
    assert last.real >= 49 + 2 * STEP
    assert last.imag >= 39 + 2 * STEP


def test_mesh_goes_on_unseen_when_the_edge_cuts_the_figure() -> None:
    first, last = corners(over_figure(figure(20, 60, 30, 50), STEP, beyond=30).rest())

    assert first.imag == 20 - 2 * STEP
    assert last.imag >= 59 + 30


def test_mesh_is_refused_when_the_figure_is_empty() -> None:
    with pytest.raises(ValueError, match="empty"):
        over_figure(np.zeros((60, 80), np.uint8), STEP, beyond=30)


def test_figure_goes_on_beyond_the_picture_s_edge() -> None:
    places = np.array([40 + 100j, 40 + 30j, 10 + 100j, -50 + 0j])

    assert inside(figure(20, 60, 30, 50), places).tolist() == [True, True, False, False]
