import numpy as np
import pytest
from numpy.typing import NDArray

from rushes.engines.motion.arrays import Field
from rushes.engines.motion.flow import Follower
from tests.engines.motion.media import shifting, texture


def grays(*, frames: int, step: int) -> list[NDArray[np.uint8]]:
    return [picture[..., 1].copy() for picture in shifting(320, 240, frames=frames, step=step)]


def follow(frames: list[NDArray[np.uint8]], *, steps: int = 20) -> Field:
    follower = Follower(frames[0], steps=steps)
    return [follower.follow(frame) for frame in frames][-1]


def test_first_frame_is_where_it_was() -> None:
    field = follow(grays(frames=1, step=0))

    assert np.abs(field).max() < 0.01


def test_motion_is_found_when_it_adds_up_over_many_frames() -> None:
    field = follow(grays(frames=16, step=4))

    middle = field[60:180, 60:200]
    np.testing.assert_allclose(np.median(middle, axis=(0, 1)), (60, 0), atol=0.5)


def test_stillness_stays_exact_when_frames_repeat() -> None:
    frame = texture(320, 240)[..., 1].copy()

    field = follow([frame] * 10)

    assert np.abs(field).max() < 0.05


def test_flow_does_not_drift_when_motion_comes_back() -> None:
    there = grays(frames=8, step=3)

    field = follow([*there, *reversed(there)])

    assert np.abs(field[40:200, 40:280]).mean() < 0.2


@pytest.mark.parametrize("steps", [10, 50])
def test_motion_is_found_with_few_and_with_many_steps(steps: int) -> None:
    field = follow(grays(frames=4, step=3), steps=steps)

    np.testing.assert_allclose(np.median(field, axis=(0, 1)), (9, 0), atol=0.3)


def test_flow_is_the_same_when_it_is_computed_again() -> None:
    frames = grays(frames=4, step=3)

    np.testing.assert_array_equal(follow(frames), follow(frames))
