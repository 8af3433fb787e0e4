from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from rushes.engines.motion.frames import open_motion_video
from rushes.errors import MediaRejected
from tests.engines.motion.media import flat, shifting, write_video


def read(path: Path, media_type: str = "video/mp4") -> tuple[Fraction, list[NDArray[np.uint8]]]:
    with open_motion_video(path, media_type=media_type, short_side=48) as footage:
        return footage.rate, list(footage.pictures)


def levels(pictures: list[NDArray[np.uint8]]) -> list[int]:
    return [round(float(picture.mean()), -1).__int__() for picture in pictures]


@pytest.mark.parametrize("rate", [Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(60)])
def test_each_frame_comes_once_when_the_rate_is_constant(tmp_path: Path, rate: Fraction) -> None:
    path = write_video(tmp_path / "even.mp4", shifting(64, 48, frames=20, step=1), rate=rate)

    found, pictures = read(path)

    assert found == rate
    assert len(pictures) == 20


def test_each_frame_comes_once_when_times_are_rounded_to_milliseconds(tmp_path: Path) -> None:
    path = write_video(tmp_path / "even.mkv", [flat(level) for level in range(40, 240, 10)], rate=30)

    rate, pictures = read(path, "video/x-matroska")

    assert rate == 30
    assert levels(pictures) == list(range(40, 240, 10))


def test_webm_is_read_when_it_is_vp9(tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.webm", [flat(60), flat(120)], codec="libvpx-vp9")

    _, pictures = read(path, "video/webm")

    assert levels(pictures) == [60, 120]


def test_pictures_stay_as_long_as_filmed_when_the_rate_varies(tmp_path: Path) -> None:
    frames = [flat(40), flat(80), flat(120), flat(160), flat(200)]
    path = write_video(tmp_path / "uneven.mp4", frames, rate=10, times=[0, 100, 500, 600, 1000])

    rate, pictures = read(path)

    seconds = [round(levels(pictures).count(level) / rate, 1) for level in (40, 80, 120, 160)]
    assert seconds == pytest.approx([0.1, 0.4, 0.1, 0.4], abs=float(1 / rate))


@pytest.mark.parametrize(
    ("rotation", "corner"), [(90, "bottom left"), (-90, "top right"), (180, "bottom right")]
)
def test_pictures_are_upright_when_the_file_turns_them(tmp_path: Path, rotation: int, corner: str) -> None:
    picture = flat(16, width=96, height=48)
    picture[:24, :48] = 235
    path = write_video(tmp_path / "turned.mp4", [picture] * 2, rotation=rotation)

    _, pictures = read(path)

    assert pictures[0].shape == ((48, 96, 3) if rotation == 180 else (96, 48, 3))
    assert brightest_corner(pictures[0]) == corner


def brightest_corner(picture: NDArray[np.uint8]) -> str:
    height, width = picture.shape[0] // 2, picture.shape[1] // 2
    quarters = {
        "top left": picture[:height, :width],
        "top right": picture[:height, width:],
        "bottom left": picture[height:, :width],
        "bottom right": picture[height:, width:],
    }
    return max(quarters, key=lambda name: float(quarters[name].mean()))


def test_pixels_are_square_when_the_file_s_are_not(tmp_path: Path) -> None:
    path = write_video(tmp_path / "wide.mp4", [flat(90, width=72, height=48)], pixel_aspect=Fraction(4, 3))

    _, pictures = read(path)

    assert pictures[0].shape == (48, 96, 3)


def test_pictures_are_not_turned_by_an_angle_between_quarters(tmp_path: Path) -> None:
    path = write_video(tmp_path / "odd.mp4", [flat(90, width=96, height=48)], rotation=60)

    _, pictures = read(path)

    assert pictures[0].shape == (48, 96, 3)


def test_video_is_refused_when_its_pixels_are_too_wide(tmp_path: Path) -> None:
    path = write_video(tmp_path / "wide.mkv", [flat(90, width=320, height=240)], pixel_aspect=Fraction(40))

    with pytest.raises(MediaRejected, match="12800×240"):
        read(path, "video/x-matroska")


def test_one_picture_comes_when_the_video_has_one_frame(tmp_path: Path) -> None:
    path = write_video(tmp_path / "one.mp4", [flat(90)])

    _, pictures = read(path)

    assert len(pictures) == 1


@pytest.mark.parametrize(
    "content", [b"", b"text", b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n"]
)
def test_file_is_refused_when_it_is_no_video(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.mp4"
    path.write_bytes(content)

    with pytest.raises(MediaRejected):
        read(path)
