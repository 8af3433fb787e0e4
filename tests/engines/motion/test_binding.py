import numpy as np

from rushes.engines.motion.binding import Binding
from rushes.engines.motion.mesh import Mesh

MESH = Mesh(origin=3 + 5j, step=10.0, rows=5, columns=7)
RANDOM = np.random.default_rng(4)
POINTS = 3 + 60 * RANDOM.random(50) + 1j * (5 + 40 * RANDOM.random(50))


def test_points_are_where_they_were_when_the_mesh_rests() -> None:
    np.testing.assert_allclose(Binding(MESH, POINTS).places(MESH.rest()), POINTS)


def test_points_follow_exactly_when_the_mesh_is_turned_scaled_and_shifted() -> None:
    turn, shift = 1.3 * np.exp(0.4j), 12 - 7j

    moved = Binding(MESH, POINTS).places(turn * MESH.rest() + shift)

    np.testing.assert_allclose(moved, turn * POINTS + shift)


def test_points_outside_the_mesh_are_left_out() -> None:
    binding = Binding(MESH, np.array([2 + 10j, 3 + 5j, 63 + 45j, 63.1 + 45j, 30 + 46j]))

    assert binding.kept.tolist() == [False, True, True, False, False]
    np.testing.assert_allclose(binding.places(MESH.rest()), [3 + 5j, 63 + 45j])


def test_gathering_is_the_transposed_map() -> None:
    binding = Binding(MESH, POINTS)
    vertices = RANDOM.random((5, 7)) + 1j * RANDOM.random((5, 7))
    values = RANDOM.random(50) + 1j * RANDOM.random(50)

    # <B v, p> = <v, Bᵀ p> for each pair of a mesh and of points.
    np.testing.assert_allclose(
        (binding.places(vertices) * values).sum(), (vertices * binding.gather(values)).sum()
    )


def test_no_points_can_be_bound() -> None:
    binding = Binding(MESH, np.zeros(0, np.complex128))

    assert binding.places(MESH.rest()).size == 0
    assert not binding.gather(np.zeros(0, np.complex128)).any()
