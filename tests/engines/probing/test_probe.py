import socket
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from rushes.domain.media import MediaLimits, Probe
from rushes.engines.media.videos import open_video
from rushes.engines.probing.probe import probe
from rushes.errors import MediaRejected
from tests.engines import hostile
from tests.engines.motion.media import flat, write_video

LIMITS = MediaLimits()


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def port_of(server: socket.socket) -> int:
    return server.getsockname()[1]


@pytest.mark.parametrize(
    ("name", "media_type"), [("a.png", "image/png"), ("a.jpg", "image/jpeg"), ("a.webp", "image/webp")]
)
def test_picture_is_measured(tmp_path: Path, name: str, media_type: str) -> None:
    path = hostile.picture(tmp_path / name)

    measured = probe(path, media_type=media_type, limits=LIMITS)

    assert measured == Probe(media_type=media_type, width=64, height=48, codec=media_type[6:])


def test_picture_turned_by_its_camera_is_measured_as_displayed(tmp_path: Path) -> None:
    measured = probe(hostile.turned_picture(tmp_path / "a.jpg"), media_type="image/jpeg", limits=LIMITS)

    assert (measured.width, measured.height) == (48, 64)


@pytest.mark.parametrize(("name", "media_type"), [("a.mp4", "video/mp4"), ("a.mov", "video/quicktime")])
def test_video_is_measured(tmp_path: Path, name: str, media_type: str) -> None:
    measured = probe(hostile.video(tmp_path / name), media_type=media_type, limits=LIMITS)

    assert measured == Probe(
        media_type=media_type, width=64, height=48, duration_seconds=2.0, fps=12.0, frames=24, codec="h264"
    )


@pytest.mark.parametrize(("name", "media_type"), [("a.webm", "video/webm"), ("a.mkv", "video/x-matroska")])
def test_matroska_family_is_measured(tmp_path: Path, name: str, media_type: str) -> None:
    measured = probe(hostile.webm(tmp_path / name), media_type=media_type, limits=LIMITS)

    assert (measured.frames, measured.fps, measured.codec) == (12, 24.0, "vp9")
    assert measured.duration_seconds == pytest.approx(0.5, abs=0.05)


def test_video_turned_by_its_camera_is_measured_as_displayed(tmp_path: Path) -> None:
    measured = probe(hostile.turned_video(tmp_path / "a.mp4"), media_type="video/mp4", limits=LIMITS)

    assert (measured.width, measured.height) == (48, 64)


@pytest.mark.parametrize("value", [0, -1, 1 << 16])
def test_video_turned_by_no_angle_there_is_is_measured_as_it_is(tmp_path: Path, value: int) -> None:
    path = hostile.video(tmp_path / "a.mp4")
    hostile.patched(path, atom=b"tkhd", at=40, value=value.to_bytes(4, "big", signed=True) * 9)

    measured = probe(path, media_type="video/mp4", limits=LIMITS)

    assert (measured.width, measured.height) == (64, 48)


def test_duration_is_counted_when_the_header_lies(tmp_path: Path) -> None:
    path = hostile.video(tmp_path / "a.mp4")
    hostile.patched(path, atom=b"mvhd", at=16, value=(10**9).to_bytes(4, "big"))

    assert probe(path, media_type="video/mp4", limits=LIMITS).duration_seconds == 2.0


def refused(path: Path, media_type: str, limits: MediaLimits = LIMITS) -> str:
    with pytest.raises(MediaRejected) as rejected:
        probe(path, media_type=media_type, limits=limits)
    assert not rejected.value.retryable
    return rejected.value.message


def test_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.touch()

    assert refused(path, "video/mp4") == "The file is empty."


def test_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_text("<html>not a video</html>")

    assert "none of the accepted types" in refused(path, "video/mp4")


def test_random_bytes_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(np.random.default_rng(1).bytes(10_000))

    assert "none of the accepted types" in refused(path, "video/mp4")


def test_random_bytes_behind_a_sound_beginning_are_refused(tmp_path: Path) -> None:
    assert "cut off or broken" in refused(hostile.noise_behind_magic(tmp_path / "a.mp4"), "video/mp4")


def test_other_type_than_announced_is_refused(tmp_path: Path) -> None:
    path = hostile.picture(tmp_path / "a.png")

    assert refused(path, "image/jpeg") == "The file is named as image/jpeg, but its content is image/png."


def test_playlist_named_as_video_is_refused_without_a_fetch(tmp_path: Path, listener: socket.socket) -> None:
    path = hostile.playlist(tmp_path / "a.mp4", port=port_of(listener))

    assert "none of the accepted types" in refused(path, "video/mp4")

    with pytest.raises(BlockingIOError):
        listener.accept()


def test_playlist_behind_magic_is_refused_without_a_fetch(tmp_path: Path, listener: socket.socket) -> None:
    path = hostile.playlist_behind_magic(tmp_path / "a.mp4", port=port_of(listener))

    assert "cut off or broken" in refused(path, "video/mp4")

    with pytest.raises(BlockingIOError):
        listener.accept()


@pytest.mark.parametrize("media_type", ["video/mp4", "video/webm"])
def test_playlist_is_not_opened_even_when_sniffing_is_deceived(
    tmp_path: Path, listener: socket.socket, media_type: str
) -> None:
    path = hostile.playlist(tmp_path / "a.mp4", port=port_of(listener))

    with pytest.raises(MediaRejected), open_video(path, media_type=media_type, max_pixels=10**6):
        pass

    with pytest.raises(BlockingIOError):
        listener.accept()


@pytest.mark.parametrize(("width", "height"), [(0, 0), (0, 10), (10, 0)])
def test_picture_without_pixels_is_refused(tmp_path: Path, width: int, height: int) -> None:
    path = hostile.png_claiming(tmp_path / "a.png", width=width, height=height)

    assert refused(path, "image/png")


@pytest.mark.parametrize(("width", "height"), [(20_000, 20_000), (100_000, 16), (2**31 - 1, 2**31 - 1)])
def test_picture_claiming_to_be_huge_is_refused_undecoded(tmp_path: Path, width: int, height: int) -> None:
    path = hostile.png_claiming(tmp_path / "a.png", width=width, height=height)

    assert "pixel" in refused(path, "image/png")


@pytest.mark.parametrize(
    ("name", "media_type"), [("a.png", "image/png"), ("a.jpg", "image/jpeg"), ("a.webp", "image/webp")]
)
def test_cut_picture_is_refused(tmp_path: Path, name: str, media_type: str) -> None:
    path = hostile.cut(hostile.picture(tmp_path / name), share=0.6)

    assert "cut off or broken" in refused(path, media_type)


def test_video_cut_before_its_index_is_refused(tmp_path: Path) -> None:
    path = hostile.cut(hostile.video(tmp_path / "a.mp4"), share=0.7)

    assert "cut off or broken" in refused(path, "video/mp4")


def test_video_cut_after_its_index_is_refused(tmp_path: Path) -> None:
    path = hostile.index_first(hostile.video(tmp_path / "a.mp4", count=120))

    assert "cut off" in refused(hostile.cut(path, share=0.5), "video/mp4")


def test_file_too_large_is_refused(tmp_path: Path) -> None:
    limits = MediaLimits(image_bytes=100)

    assert "MiB are allowed" in refused(hostile.picture(tmp_path / "a.png"), "image/png", limits)


def test_video_too_wide_is_refused(tmp_path: Path) -> None:
    limits = MediaLimits(side=32)

    assert "64×48" in refused(hostile.video(tmp_path / "a.mp4"), "video/mp4", limits)


def test_video_too_long_is_refused(tmp_path: Path) -> None:
    path = hostile.video(tmp_path / "a.mp4", count=70, fps=1)

    assert "longer than the allowed 60 s" in refused(path, "video/mp4")


def test_video_of_too_many_frames_is_refused(tmp_path: Path) -> None:
    limits = MediaLimits(frames=5)

    assert "more than 5 frames" in refused(hostile.video(tmp_path / "a.mp4"), "video/mp4", limits)


def test_video_without_pictures_is_refused(tmp_path: Path) -> None:
    assert refused(hostile.only_sound(tmp_path / "a.mp4"), "video/mp4") == "The file holds no video."


def test_video_of_an_unusual_codec_is_refused(tmp_path: Path) -> None:
    assert "mpeg2video is not accepted" in refused(hostile.old_codec(tmp_path / "a.mkv"), "video/x-matroska")


def test_video_is_measured_with_pixels_as_wide_as_they_are_high(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", [flat(90)] * 2, pixel_aspect=Fraction(4, 3))

    measured = probe(path, media_type="video/mp4", limits=LIMITS)

    assert (measured.width, measured.height) == (85, 48)


def test_video_whose_pixels_are_too_wide_is_refused(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", [flat(90, width=320, height=240)], pixel_aspect=Fraction(40))

    assert "12800×240" in refused(path, "video/mp4")
