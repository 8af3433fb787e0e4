import numpy as np
import pytest

from rushes.engines.motion import edges
from rushes.engines.motion.arap import Solver, SolverSettings
from rushes.engines.motion.binding import Binding
from rushes.engines.motion.mesh import Mesh

TALL = Mesh(origin=0j, step=10.0, rows=12, columns=7)
WIDE = Mesh(origin=0j, step=10.0, rows=7, columns=12)
RANDOM = np.random.default_rng(2)


def points_on(mesh: Mesh, count: int = 60) -> np.ndarray:
    return (mesh.columns - 1) * mesh.step * RANDOM.random(count) + 1j * (
        (mesh.rows - 1) * mesh.step * RANDOM.random(count)
    )


def solver(mesh: Mesh, points: np.ndarray, *, steps: int = 40, pinned: bool = False) -> Solver:
    full = np.full((200, 200), 255, np.uint8)
    anchors = np.zeros((mesh.rows, mesh.columns))
    if pinned:
        anchors[0] = 10.0
    return Solver(
        mesh,
        Binding(mesh, points),
        stiffness=edges.stiffness(mesh, full, within=0.15, outside=0.01),
        anchors=anchors,
        settings=SolverSettings(steps=steps, astray=6.0),
    )


def lengths(vertices: np.ndarray) -> np.ndarray:
    return np.concatenate([np.abs(np.diff(vertices, axis=0)).ravel(), np.abs(np.diff(vertices)).ravel()])


def test_mesh_rests_when_nothing_moves() -> None:
    points = points_on(TALL)

    found = solver(TALL, points).solve(points, np.ones(60), start=TALL.rest())

    np.testing.assert_allclose(found, TALL.rest(), atol=1e-9)


@pytest.mark.parametrize("mesh", [TALL, WIDE], ids=["tall", "wide"])
def test_rigid_motion_is_kept_exactly(mesh: Mesh) -> None:
    points = points_on(mesh)
    turn, shift = np.exp(0.6j), 20 - 9j
    goal = turn * mesh.rest() + shift

    found = solver(mesh, points).solve(turn * points + shift, np.ones(60), start=goal)

    np.testing.assert_allclose(found, goal, atol=1e-9)


def test_turn_is_found_from_rest() -> None:
    points = points_on(TALL)
    turn = np.exp(0.3j)
    tracked = solver(TALL, points)
    found = TALL.rest()

    for _ in range(4):
        found = tracked.solve(turn * points, np.ones(60), start=found)

    np.testing.assert_allclose(found, turn * TALL.rest(), atol=0.3)


def test_what_swings_keeps_its_shape_when_the_other_end_is_held() -> None:
    points = 10 * np.arange(7) + 110j
    swung = 30 + np.exp(0.4j) * (points - 30)

    found = solver(TALL, points, steps=50, pinned=True).solve(swung, np.full(7, 5.0), start=TALL.rest())

    np.testing.assert_allclose(found[-1], swung, atol=3)
    assert np.abs(lengths(found[6:]) - 10.0).mean() < 0.4


def test_one_wild_point_counts_little_among_many() -> None:
    points = points_on(TALL)
    targets = points.copy()
    targets[0] += 500
    tracked = solver(TALL, points)
    found = TALL.rest()

    for _ in range(3):
        found = tracked.solve(targets, np.ones(60), start=found)

    assert np.abs(found - TALL.rest()).max() < 15


def test_untouched_mesh_stays_where_it_was() -> None:
    start = TALL.rest() + (4 + 2j)

    found = solver(TALL, np.zeros(0, np.complex128)).solve(
        np.zeros(0, np.complex128), np.zeros(0), start=start
    )

    np.testing.assert_allclose(found, start, atol=1e-6)


def test_lost_points_do_not_draw() -> None:
    points = points_on(TALL)

    found = solver(TALL, points).solve(points + 50, np.zeros(60), start=TALL.rest())

    np.testing.assert_allclose(found, TALL.rest(), atol=1e-6)
