import base64
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, ImageCms
from thumbhash import thumb_hash_to_average_rgba

from rushes.domain.media import MediaLimits, Probe
from rushes.engines.finish import previews
from rushes.errors import MediaRejected
from tests.engines import hostile
from tests.engines.fakes import write_video

LIMITS = MediaLimits()
BLACK = np.zeros((360, 640, 3), np.uint8)


def scene(seed: int) -> np.ndarray:
    """A frame with soft shapes, as a film has."""
    noise = np.random.default_rng(seed).integers(40, 220, (9, 16, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(noise).resize((640, 360), Image.Resampling.BICUBIC))


def test_representative_frame_is_not_the_dark_beginning(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    write_video(path, [BLACK] * 12 + [scene(1)] * 12)

    picture = previews.representative_frame(path, LIMITS)

    assert np.asarray(picture).mean() > 60


def test_representative_frame_is_the_sharp_one(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    sharp = np.kron((np.indices((36, 64)).sum(0) % 2) * 120 + 60, np.ones((10, 10)))
    write_video(path, [scene(1)] * 6 + [np.stack([sharp.astype(np.uint8)] * 3, -1)] * 6)

    picture = previews.representative_frame(path, LIMITS)

    assert np.asarray(picture.convert("L"), dtype=float)[5, 5:600:10].std() > 40


def test_representative_frame_of_a_turned_video_is_upright(tmp_path: Path) -> None:
    picture = previews.representative_frame(hostile.turned_video(tmp_path / "a.mp4"), LIMITS)

    assert picture.size == (48, 64)


@pytest.mark.parametrize(
    ("size", "expected"), [((640, 360), (512, 288)), ((360, 640), (288, 512)), ((100, 50), (100, 50))]
)
def test_poster_has_a_short_side_of_288_pixels(
    tmp_path: Path, size: tuple[int, int], expected: tuple[int, int]
) -> None:
    path = tmp_path / "poster.webp"

    probe = previews.write_poster(Image.new("RGB", size, "teal"), path)

    with Image.open(path) as written:
        assert (written.format, written.size) == ("WEBP", expected)
    assert (probe.width, probe.height) == expected


def test_poster_keeps_what_can_be_seen_through(tmp_path: Path) -> None:
    source, path = tmp_path / "a.png", tmp_path / "poster.webp"
    Image.new("RGBA", (300, 300), (255, 0, 0, 0)).save(source)

    previews.write_poster(previews.still(source, LIMITS), path)

    with Image.open(path) as written:
        assert written.getchannel("A").getextrema() == (0, 0)


def test_poster_of_a_picture_of_16_bits_is_not_blown_out(tmp_path: Path) -> None:
    source, path = tmp_path / "a.png", tmp_path / "poster.webp"
    Image.fromarray(np.full((300, 300), 0x8000, np.uint16)).save(source)

    previews.write_poster(previews.still(source, LIMITS), path)

    with Image.open(path) as written:
        assert np.asarray(written.convert("L")).mean() == pytest.approx(0x80, abs=2)


def test_poster_keeps_the_profile_of_the_colours(tmp_path: Path) -> None:
    source, path = tmp_path / "a.png", tmp_path / "poster.webp"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.new("RGB", (300, 300), "teal").save(source, icc_profile=profile)

    previews.write_poster(previews.still(source, LIMITS), path)

    with Image.open(path) as written:
        assert written.info["icc_profile"] == profile


def test_poster_of_an_upload_has_the_shape_in_which_it_is_displayed(tmp_path: Path) -> None:
    path, poster = tmp_path / "a.mp4", tmp_path / "poster.webp"
    write_video(path, [scene(1)])
    wide = Probe(media_type="video/mp4", width=1280, height=360)

    measured = previews.write_upload_poster(path, poster, wide, LIMITS)

    with Image.open(poster) as written:
        assert written.size == (1024, 288)
    assert measured == replace(wide, thumbhash=measured.thumbhash)
    assert measured.thumbhash is not None


def test_poster_of_a_broken_upload_is_refused(tmp_path: Path) -> None:
    path = hostile.noise_behind_magic(tmp_path / "a.mp4")
    measured = Probe(media_type="video/mp4", width=64, height=48)

    with pytest.raises(MediaRejected):
        previews.write_upload_poster(path, tmp_path / "poster.webp", measured, LIMITS)


def test_still_of_a_turned_picture_is_upright(tmp_path: Path) -> None:
    assert previews.still(hostile.turned_picture(tmp_path / "a.jpg"), LIMITS).size == (48, 64)


def test_hover_preview_is_a_small_mute_baseline_clip(tmp_path: Path) -> None:
    path, target = tmp_path / "a.mp4", tmp_path / "preview.mp4"
    write_video(path, [scene(1), scene(2)], count=96, fps=24)

    probe = previews.write_hover_preview(path, target, LIMITS)

    with av.open(str(target)) as clip:
        stream = clip.streams.video[0]
        frames = list(clip.decode(stream))
        assert [each.type for each in clip.streams] == ["video"]
        assert stream.codec_context.profile in {"Baseline", "Constrained Baseline"}
        assert (stream.width, stream.height, stream.average_rate) == (288, 288, 12)
    assert (len(frames), probe.frames, probe.duration_seconds) == (30, 30, 2.5)
    assert np.abs(frames[0].to_ndarray(format="rgb24").mean() - scene(1).mean()) < 20


def test_hover_preview_of_a_short_slow_video_ends_with_it(tmp_path: Path) -> None:
    probe = previews.write_hover_preview(
        hostile.video(tmp_path / "a.mp4", count=4, fps=8), tmp_path / "preview.mp4", LIMITS
    )

    assert probe.frames == 4


def test_hover_preview_of_a_broken_video_is_refused(tmp_path: Path) -> None:
    path = hostile.noise_behind_magic(tmp_path / "a.mp4")

    with pytest.raises(MediaRejected):
        previews.write_hover_preview(path, tmp_path / "preview.mp4", LIMITS)


def test_thumbhash_holds_the_mean_colour() -> None:
    text = previews.thumbhash_of(Image.new("RGB", (640, 360), (200, 100, 50)))

    red, green, blue, _ = thumb_hash_to_average_rgba(list(base64.b64decode(text)))
    assert (red * 255, green * 255, blue * 255) == pytest.approx((200, 100, 50), abs=8)


def test_thumbhash_of_what_can_be_seen_through_lies_on_grey() -> None:
    text = previews.thumbhash_of(Image.new("RGBA", (640, 360), (255, 0, 0, 0)))

    red, green, blue, alpha = thumb_hash_to_average_rgba(list(base64.b64decode(text)))
    assert (red * 255, green * 255, blue * 255) == pytest.approx((128, 128, 128), abs=8)
    assert alpha == 1.0
