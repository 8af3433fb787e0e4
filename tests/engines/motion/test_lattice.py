import numpy as np
import pytest

from rushes.engines.media.sizes import Size
from rushes.engines.motion.lattice import Interpolation, over_frame, pitch_for, within
from rushes.engines.motion.mesh import Mesh

MESH = Mesh(origin=-13 - 7j, step=12.0, rows=6, columns=8)


@pytest.mark.parametrize(
    ("width", "height", "pitch"), [(854, 480, 2), (720, 1280, 3), (64, 48, 1), (480, 480, 2)]
)
def test_lattice_is_about_as_fine_for_every_output(width: int, height: int, pitch: int) -> None:
    assert pitch_for(Size(width=width, height=height)) == pitch


def test_lattice_over_a_frame_covers_it() -> None:
    lattice = over_frame(Size(width=101, height=50), 3)

    assert (lattice.columns, lattice.rows) == (34, 17)
    assert (lattice.xs()[0], lattice.ys()[0]) == (1.0, 1.0)


def test_samples_within_a_mesh_lie_on_it() -> None:
    lattice = within(MESH, 3)

    assert -13 <= lattice.xs()[0] < -13 + 3
    assert -13 + 7 * 12 - 3 < lattice.xs()[-1] <= -13 + 7 * 12
    assert -7 <= lattice.ys()[0] < -7 + 3
    assert -7 + 5 * 12 - 3 < lattice.ys()[-1] <= -7 + 5 * 12


def test_field_of_an_affine_motion_is_exact() -> None:
    lattice = within(MESH, 2)
    places = lattice.xs() + 1j * lattice.ys()[:, None]

    field = Interpolation(MESH, lattice).field((0.2 - 0.1j) * MESH.rest() + 3)

    goal = (0.2 - 0.1j) * places + 3
    np.testing.assert_allclose(field, np.stack([goal.real, goal.imag]), atol=1e-4)


def test_each_place_is_in_the_cell_whose_middle_is_nearest() -> None:
    lattice = within(MESH, 2)
    middles = (lattice.xs() + 1j * lattice.ys()[:, None]).ravel()

    assert lattice.cells(middles + 0.9).tolist() == list(range(middles.size))


def test_sample_is_the_mean_of_its_cell_and_of_the_edge_beyond() -> None:
    picture = np.repeat(np.repeat(np.array([[0, 40], [80, 200]], np.uint8), 6, axis=0), 6, axis=1)
    lattice = within(Mesh(origin=-6 - 6j, step=12.0, rows=3, columns=3), 6)

    sampled = lattice.sample(picture)

    assert sampled.tolist() == [[0, 0, 40, 40], [0, 0, 40, 40], [80, 80, 200, 200], [80, 80, 200, 200]]
