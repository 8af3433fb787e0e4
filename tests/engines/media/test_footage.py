from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from rushes.domain.media import MediaLimits
from rushes.engines.media.footage import at_constant_rate, open_footage
from rushes.engines.media.sizes import Size
from rushes.engines.media.sources import Source
from rushes.errors import MediaRejected
from tests.engines.motion.media import flat, write_video

Shot = tuple[Fraction, Fraction, int]


def shot(start: str, level: int, *, duration: str = "1/10") -> Shot:
    return Fraction(start), Fraction(duration), level


def shown(shots: list[Shot], *, most: int = 100) -> list[int]:
    return list(at_constant_rate(shots, Fraction(10), most=most))


def source(path: Path) -> Source:
    types = {".mp4": "video/mp4", ".mkv": "video/x-matroska"}
    return Source(path=path, media_type=types[path.suffix])


def levels(path: Path) -> list[int]:
    """Return each frame's brightness to the nearest 20."""
    with open_footage(source(path)) as footage:
        return [20 * round(float(np.mean(frame.to_ndarray(format="rgb24"))) / 20) for frame in footage.frames]


def test_frames_repeat_when_shots_are_long() -> None:
    assert shown([shot("0", 1), shot("3/10", 2), shot("4/10", 3)]) == [1, 1, 1, 2, 3]


def test_frames_are_left_out_when_shots_are_short() -> None:
    assert shown([shot("0", 1), shot("1/100", 2), shot("2/100", 3), shot("1/10", 4)]) == [3, 4]


def test_last_frame_stays_for_its_duration() -> None:
    assert shown([shot("0", 1), shot("1/10", 2, duration="3/10")]) == [1, 2, 2, 2]


def test_one_frame_is_shown_when_it_has_no_duration() -> None:
    assert shown([shot("0", 1, duration="0")]) == [1]


def test_footage_is_refused_when_a_gap_asks_for_too_many_frames() -> None:
    with pytest.raises(MediaRejected, match="more than 50 frames"):
        shown([shot("0", 1), shot("1000000", 2)], most=50)


def test_footage_begins_with_its_first_frame_when_that_comes_late(tmp_path: Path) -> None:
    frames = [flat(40), flat(120), flat(200)]
    path = write_video(tmp_path / "late.mkv", frames, times=[3000, 3040, 3080])

    assert levels(path) == [40, 120, 200]


@pytest.mark.parametrize("rotation", [45, 60, 100])
def test_frames_are_not_turned_by_an_angle_between_quarters(tmp_path: Path, rotation: int) -> None:
    picture = flat(16, width=96, height=48)
    picture[:24, :48] = 235
    path = write_video(tmp_path / "odd.mp4", [picture], rotation=rotation)

    with open_footage(source(path)) as footage:
        found = next(footage.frames).to_ndarray(format="rgb24")

    assert footage.size == Size(width=96, height=48)
    assert float(found[:20, :44].mean()) > 200


def test_video_is_refused_when_its_pixels_are_too_wide(tmp_path: Path) -> None:
    path = write_video(tmp_path / "wide.mkv", [flat(90, width=320, height=240)], pixel_aspect=Fraction(40))

    with pytest.raises(MediaRejected, match="12800×240"), open_footage(source(path)):
        pass


def test_video_is_refused_when_it_has_more_frames_than_allowed(tmp_path: Path) -> None:
    path = write_video(tmp_path / "long.mp4", [flat(90)] * 10)

    with (
        open_footage(source(path), limits=MediaLimits(frames=5)) as footage,
        pytest.raises(MediaRejected, match="more than 5 frames"),
    ):
        list(footage.frames)
