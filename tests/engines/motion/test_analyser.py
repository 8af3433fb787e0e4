import numpy as np
import pytest
from numpy.typing import NDArray

from rushes.domain.options import Box
from rushes.engines.arrays import Picture
from rushes.engines.base import Cancelled
from rushes.engines.motion.analyser import Hints, analyse
from rushes.engines.motion.analysis import Analysis, PlacedBy
from rushes.engines.motion.rows import PerFrame
from rushes.errors import EngineRefused
from tests.engines.motion.media import flat, shifting, texture
from tests.engines.rig.poses import Kind
from tests.engines.rig.truth import rig

REFERENCE = rig(120).still()[0]


def analysed(
    reference: Picture, frames: list[Picture], *, hints: Hints | None = None, seed: int = 0
) -> Analysis:
    return analyse(reference, frames, hints=hints or Hints(), seed=seed, on_frame=lambda _: None)


def every(rows: PerFrame) -> NDArray[np.float32]:
    return np.stack([rows[frame] for frame in range(len(rows))])


def is_whole(found: Analysis, reference: Picture, frames: list[Picture]) -> bool:
    tracks = found.tracks
    points = len(tracks.points)
    offsets, weights = every(tracks.offsets), every(tracks.weights)
    return (
        offsets.shape == (len(frames), points, 2)
        and weights.shape == (len(frames), points)
        and found.motion_figure.shape == frames[0].shape[:2]
        and found.reference_figure.shape == reference.shape[:2]
        and bool(np.isfinite(offsets).all())
        and bool(np.isfinite([found.placement.scale, *found.placement.shift]).all())
        and 0 <= float(weights.min()) <= float(weights.max()) <= 1
    )


@pytest.mark.parametrize(
    ("reference", "frames"),
    [
        (REFERENCE, shifting(160, 120, frames=1, step=1)),
        (REFERENCE, [flat(90, width=160, height=120)] * 3),
        (flat(0, width=160, height=120), shifting(160, 120, frames=3, step=2)),
        (texture(90, 160), shifting(160, 90, frames=3, step=2)),
        (texture(16, 16), shifting(16, 16, frames=3, step=1)),
        (texture(64, 16), shifting(16, 64, frames=2, step=1)),
        (REFERENCE, [texture(160, 120, seed=seed) for seed in range(4)]),
    ],
    ids=["one frame", "blank video", "blank picture", "mismatch", "tiny", "narrow", "cuts"],
)
def test_an_analysis_is_whole_whatever_comes(reference: Picture, frames: list[Picture]) -> None:
    assert is_whole(analysed(reference, frames), reference, frames)


def test_offsets_begin_at_rest() -> None:
    found = analysed(REFERENCE, shifting(160, 120, frames=3, step=2))

    assert (found.tracks.offsets[0] == 0).all()


def test_the_same_seed_gives_the_same_analysis() -> None:
    frames = list(rig(120).motion(Kind.TALK, frames=5))

    first, second = (analysed(REFERENCE, frames, seed=2**32 - 1) for _ in range(2))

    assert (every(first.tracks.offsets) == every(second.tracks.offsets)).all()
    assert (first.motion_figure == second.motion_figure).all()
    assert (first.reference_figure == second.reference_figure).all()
    assert (first.placement.shift == second.placement.shift).all()


def test_boxes_say_where_the_driver_lies() -> None:
    hints = Hints(
        reference_box=Box(x=0.5, y=0.25, width=0.25, height=0.5),
        motion_box=Box(x=0.25, y=0.25, width=0.125, height=0.25),
    )
    reference = texture(320, 240)

    found = analysed(reference, shifting(160, 120, frames=2, step=1), hints=hints)

    assert found.placement.method is PlacedBy.BOXES
    assert found.placement.scale == pytest.approx(4)
    assert found.placement.shift == pytest.approx([200 - 4 * 50, 120 - 4 * 45])


def test_frames_are_told_one_by_one_as_they_are_read() -> None:
    told: list[int] = []

    analyse(REFERENCE, shifting(160, 120, frames=4, step=1), on_frame=told.append)

    assert told == [1, 2, 3, 4]


def test_nothing_more_is_read_when_the_listener_stops_it() -> None:
    frames = iter(shifting(160, 120, frames=6, step=1))

    def stop(read: int) -> None:
        if read == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        analyse(REFERENCE, frames, on_frame=stop)

    assert len(list(frames)) == 3


def test_a_video_without_frames_is_refused() -> None:
    with pytest.raises(EngineRefused, match="no frames"):
        analysed(REFERENCE, [])
