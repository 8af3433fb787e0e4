import numpy as np
import pytest

from rushes.engines.motion.lattice import Lattice
from rushes.engines.motion.splat import Landed, Samples, splat

FRAME = Lattice(pitch=2, left=0, top=0, columns=20, rows=12)


def block(*, top: int = 3, bottom: int = 9, left: int = 4, right: int = 12, strength: float = 1.0) -> Samples:
    y, x = np.mgrid[top:bottom, left:right].astype(np.float32)
    return Samples(x=x.ravel(), y=y.ravel(), strengths=np.full(x.size, strength, np.float32))


def throw(samples: Samples, dx: float, dy: float, *, whole: bool = True) -> Landed | None:
    moves = np.repeat(np.array([[dx], [dy]], np.float32), samples.x.size, axis=1)
    return splat(samples, moves, np.ones(samples.x.size, np.float32), FRAME, whole=whole)


def landed_on(landed: Landed | None) -> Landed:
    assert landed is not None
    return landed


def inner(landed: Landed, values: np.ndarray) -> np.ndarray:
    """Return what is on the frame's own cells."""
    return values[-landed.area.top :, -landed.area.left :][: FRAME.rows, : FRAME.columns]


@pytest.mark.parametrize(("dx", "dy"), [(0.0, 0.0), (6.0, -2.0), (3.3, 1.7)])
def test_shift_is_the_same_everywhere_when_all_samples_share_it(dx: float, dy: float) -> None:
    landed = landed_on(throw(block(), dx, dy))

    hit = landed.coverage > 0
    np.testing.assert_allclose(landed.shift[hit], np.tile([dx, dy], (hit.sum(), 1)), rtol=1e-5, atol=1e-6)


def test_block_lands_as_dense_as_it_was() -> None:
    landed = landed_on(throw(block(), 6.0, -2.0))

    expected = np.zeros((FRAME.rows, FRAME.columns))
    expected[2:8, 7:15] = 1
    np.testing.assert_allclose(inner(landed, landed.coverage), expected, atol=1e-6)


def test_nearer_samples_cover_the_others() -> None:
    far, near = block(strength=float(np.exp(-4))), block(left=12, right=16, strength=float(np.exp(8)))
    both = Samples(
        x=np.concatenate([far.x, near.x]),
        y=np.concatenate([far.y, near.y]),
        strengths=np.concatenate([far.strengths, near.strengths]),
    )
    moves = np.zeros((2, both.x.size), np.float32)
    moves[0, far.x.size :] = -8.0

    landed = landed_on(splat(both, moves, np.ones(both.x.size, np.float32), FRAME, whole=True))

    np.testing.assert_allclose(inner(landed, landed.shift)[3:9, 8:12, 0], -8.0, atol=1e-3)


def test_samples_that_are_torn_cover_nothing() -> None:
    samples = block()
    presence = np.where(samples.x < 8, 1, 0).astype(np.float32)

    landed = landed_on(splat(samples, np.zeros((2, samples.x.size), np.float32), presence, FRAME, whole=True))

    assert inner(landed, landed.coverage)[4, 4:12].tolist() == [1, 1, 1, 1, 0, 0, 0, 0]


def test_area_is_only_what_was_hit_unless_the_whole_is_asked_for() -> None:
    area = landed_on(throw(block(), 0.0, 0.0, whole=False)).area

    assert (area.left, area.top, area.columns, area.rows) == (4, 3, 9, 7)


def test_nothing_lands_when_all_leaves_the_frame() -> None:
    assert throw(block(), 500.0, 0.0) is None


def test_part_that_stays_lands_when_the_rest_leaves() -> None:
    landed = landed_on(throw(block(), -16.0, 0.0, whole=False))

    assert landed.area.left == 0
    assert landed.coverage.sum() == pytest.approx(6 * 4)
