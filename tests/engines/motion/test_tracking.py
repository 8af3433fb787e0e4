import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from rushes.engines.motion.tracking import Tracker
from tests.engines.motion.media import texture

HEIGHT, WIDTH = 120, 200


def gray(width: int = WIDTH, height: int = HEIGHT, *, seed: int = 1) -> NDArray[np.uint8]:
    return cv2.cvtColor(texture(width, height, seed=seed), cv2.COLOR_RGB2GRAY).astype(np.uint8)


def window(wide: NDArray[np.uint8], shift: int) -> NDArray[np.uint8]:
    return np.ascontiguousarray(wide[:, 60 - shift : 60 - shift + WIDTH])


def inner(tracker: Tracker, margin: float = 40) -> NDArray[np.bool_]:
    low, high = np.array([margin, 20]), np.array([WIDTH - margin, HEIGHT - 20])
    return ((tracker.points > low) & (tracker.points < high)).all(axis=1)


def test_points_move_as_the_picture_does() -> None:
    wide = gray(WIDTH + 120)
    tracker = Tracker(window(wide, 0))

    for shift in (3, 6, 9):
        offsets, weights = tracker.follow(window(wide, shift))

    at = inner(tracker)
    assert np.abs(offsets[at] - [9, 0]).max() < 0.3
    assert weights[at].min() > 0


def test_all_of_the_frame_has_points() -> None:
    tracker = Tracker(gray())

    quarters = np.histogram2d(*tracker.points.T, bins=(4, 4), range=((0, WIDTH), (0, HEIGHT)))[0]
    assert quarters.min() >= 30


def test_a_point_is_lost_when_it_leaves_the_frame() -> None:
    wide = gray(WIDTH + 120)
    tracker = Tracker(window(wide, 0))

    for shift in range(4, 44, 4):
        _, weights = tracker.follow(window(wide, shift))

    assert weights[tracker.points[:, 0] > WIDTH - 20].max() == 0


def test_a_lost_point_is_found_again_when_it_is_seen_again() -> None:
    frame, cover = gray(), gray(seed=2)
    covered = frame.copy()
    covered[40:80, 60:140] = cover[40:80, 60:140]
    tracker = Tracker(frame)
    behind = ((tracker.points > [70, 50]) & (tracker.points < [130, 70])).all(axis=1)

    _, hidden = tracker.follow(covered)
    for _ in range(8):
        offsets, seen = tracker.follow(frame)

    assert (hidden[behind] > 0).mean() < 0.4
    assert (seen[behind] > 0).mean() > 0.9
    assert np.percentile(np.abs(offsets[behind & (seen > 0)]), 95) < 0.5


def test_a_point_counts_little_when_it_moves_unlike_those_around_it() -> None:
    frame = gray()
    moved = frame.copy()
    moved[56:64, 98:106] = frame[56:64, 94:102]
    tracker = Tracker(frame)

    offsets, weights = tracker.follow(moved)

    strays = np.linalg.norm(offsets, axis=1) > 3
    assert weights[strays].max(initial=0) < 0.2 * np.median(weights)


@pytest.mark.parametrize("size", [(16, 16), (2, 200), (64, 16)], ids=str)
def test_a_small_frame_is_followed(size: tuple[int, int]) -> None:
    frame = gray(*size)
    tracker = Tracker(frame)

    offsets, weights = tracker.follow(frame)

    assert offsets.shape == tracker.points.shape
    assert np.isfinite(offsets).all()
    assert weights.max() <= 1


def test_a_blank_frame_stands_still() -> None:
    frame = np.full((HEIGHT, WIDTH), 90, np.uint8)
    tracker = Tracker(frame)

    offsets, weights = tracker.follow(frame)

    assert np.abs(offsets[weights > 0]).max(initial=0) < 0.01


def test_points_are_lost_when_the_scene_changes() -> None:
    tracker = Tracker(gray())

    _, weights = tracker.follow(gray(seed=5))

    assert (weights > 0.05).mean() < 0.3
