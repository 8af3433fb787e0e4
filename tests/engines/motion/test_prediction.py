import numpy as np

from rushes.engines.motion.mesh import Mesh
from rushes.engines.motion.prediction import predict

MESH = Mesh(origin=0j, step=10.0, rows=4, columns=6)


def test_each_vertex_is_foretold_by_the_points_around_it() -> None:
    places = np.array([complex(x, y) for x in (0, 50) for y in range(0, 31, 3)])
    offsets = np.where(places.real < 25, 4 + 0j, -2j)[None]

    found = predict(MESH, places, offsets, np.ones((1, places.size)))

    assert (found[0, :, 0] == 4).all()
    assert (found[0, :, -1] == -2j).all()


def test_one_wild_point_changes_nothing() -> None:
    places = np.array([complex(x, y) for x in range(0, 51, 5) for y in range(0, 31, 5)])
    offsets = np.full((1, places.size), 1 + 1j)
    offsets[0, 20] = 900

    assert (predict(MESH, places, offsets, np.ones((1, places.size))) == 1 + 1j).all()


def test_lost_points_foretell_nothing() -> None:
    found = predict(MESH, np.array([5 + 5j]), np.array([[9 + 9j]]), np.zeros((1, 1)))

    assert found.shape == (1, 4, 6)
    assert not found.any()


def test_fewer_points_than_neighbours_foretell_all() -> None:
    found = predict(MESH, np.array([5 + 5j]), np.array([[3 + 0j]]), np.ones((1, 1)))

    assert (found == 3).all()
