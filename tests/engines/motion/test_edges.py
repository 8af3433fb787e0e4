import numpy as np

from rushes.engines.motion.articulation import YIELD, soften
from rushes.engines.motion.edges import DIRECTIONS, heads, stiffness, tails, vector
from rushes.engines.motion.mesh import Mesh

MESH = Mesh(origin=0j, step=10.0, rows=4, columns=5)
FULL = np.full((40, 50), 255, np.uint8)


def test_ends_of_every_edge_are_a_step_apart() -> None:
    rest = MESH.rest()

    apart = [tails(rest, each) - heads(rest, each) - vector(MESH, each) for each in DIRECTIONS]

    assert max(np.abs(each).max() for each in apart) == 0


def test_every_pair_of_neighbours_has_one_edge() -> None:
    numbers = np.arange(20).reshape(4, 5)

    pairs = {
        frozenset((int(tail), int(head)))
        for each in DIRECTIONS
        for tail, head in zip(tails(numbers, each).flat, heads(numbers, each).flat, strict=True)
    }

    rows, columns = 4, 5
    along = rows * (columns - 1) + columns * (rows - 1)
    assert len(pairs) == along + 2 * (rows - 1) * (columns - 1)


def test_edges_outside_the_figure_are_softer() -> None:
    left = FULL.copy()
    left[:, 22:] = 0

    along_rows = stiffness(MESH, left, within=1.0, outside=0.1)[0]

    assert along_rows[0].tolist() == [1.0, 1.0, 0.1, 0.1]


def test_stiffness_stays_when_the_prediction_is_rigid() -> None:
    stiff = stiffness(MESH, FULL, within=1.0, outside=1.0)
    turned = (np.exp(0.7j) - 1) * MESH.rest()[None] + 5

    softened = soften(stiff, MESH, turned)

    assert all(np.allclose(one, other) for one, other in zip(softened, stiff, strict=True))


def test_edge_keeps_half_when_it_is_strained_by_the_yield() -> None:
    stiff = stiffness(MESH, FULL, within=1.0, outside=1.0)
    pulled = np.zeros((2, 4, 5), np.complex128)
    pulled[1, :, 3:] = 10 * YIELD

    along_rows = soften(stiff, MESH, pulled)[0]

    np.testing.assert_allclose(along_rows[0], [1, 1, 0.5, 1])
