from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from rushes.domain.jobs import JobType
from rushes.domain.media import AssetRole, Probe
from rushes.engines.base import Cancelled, Input
from rushes.engines.media.encoding import broadcast
from rushes.engines.media.remuxing import StreamKind
from rushes.engines.media.sizes import size_of
from rushes.engines.post.engine import PostEngine
from rushes.engines.post.resampling import Resampler, enlarge_picture
from rushes.errors import EngineRefused
from tests.engines.motion.context import RecordingContext
from tests.engines.motion.media import SAMPLE_MOTION, SAMPLE_REFERENCE, read_video, write_video
from tests.engines.post.footage import leaves, swaying
from tests.engines.post.media import CAPTIONS, clip_input, measured, packets, post_request, write_clip


def upscaled(parent: Input, folder: Path, **options: Any) -> Path:
    context = RecordingContext(post_request(JobType.UPSCALE, folder / "work", parent, **options))
    PostEngine().run(context)
    return context.artifacts[AssetRole.OUTPUT]


def frame_of(picture: NDArray[np.uint8]) -> av.VideoFrame:
    return broadcast(av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24"))


def luma_of(frame: av.VideoFrame) -> NDArray[np.uint8]:
    return np.asarray(frame.to_ndarray(format="yuv420p"), np.uint8)[: frame.height]


@pytest.mark.parametrize("scale", [2, 4])
@pytest.mark.parametrize(("width", "height"), [(96, 64), (64, 96), (98, 62)])
def test_size_is_exact(tmp_path: Path, scale: int, width: int, height: int) -> None:
    path = write_clip(tmp_path / "clip.mp4", [leaves(width, height)] * 4)

    pictures = read_video(upscaled(clip_input(path), tmp_path, scale=scale))

    assert [picture.shape for picture in pictures] == [(scale * height, scale * width, 3)] * 4


@pytest.mark.parametrize("scale", [2, 4])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_picture_is_nearer_to_a_large_one_than_by_bicubic(scale: int, seed: int) -> None:
    large = leaves(480, 320, seed=seed)
    little = cv2.resize(large, (480 // scale, 320 // scale), interpolation=cv2.INTER_AREA)

    ours = Resampler(size_of(little), scale=scale).enlarge(frame_of(little))

    bicubic = frame_of(little).reformat(width=480, height=320, interpolation="BICUBIC")
    truth = luma_of(frame_of(large))
    assert cv2.PSNR(luma_of(ours), truth) > cv2.PSNR(luma_of(bicubic), truth) + 0.2


def test_flat_colours_stay_and_edges_get_no_wide_halos() -> None:
    picture = np.full((64, 96, 3), 60, np.uint8)
    picture[:, 48:] = 190

    large = Resampler(size_of(picture), scale=4).enlarge(frame_of(picture)).to_ndarray(format="rgb24")

    row = large[128, :, 1].astype(int)
    assert np.abs(row[:176] - 60).max() <= 2
    assert np.abs(row[208:] - 190).max() <= 2
    assert np.ptp(row) - 130 < 40


def test_colours_are_kept(tmp_path: Path) -> None:
    picture = np.full((64, 96, 3), (200, 30, 40), np.uint8)
    path = write_clip(tmp_path / "clip.mp4", [picture] * 3)

    large = upscaled(clip_input(path), tmp_path, video_quality="ultra")

    with av.open(str(large)) as file:
        frame = next(file.decode(video=0))
    assert frame.colorspace == frame.color_primaries == frame.color_trc == 1
    np.testing.assert_allclose(frame.to_ndarray(format="rgb24")[64, 96], (200, 30, 40), atol=5)


def test_frames_keep_their_times_and_sound_and_subtitles_are_carried(tmp_path: Path) -> None:
    path = write_clip(
        tmp_path / "clip.mp4", swaying(50, period=30, width=96, height=64), tone=440, captions=CAPTIONS
    )

    large = upscaled(clip_input(path), tmp_path)

    assert times(large) == times(path) == [Fraction(number, 25) for number in range(50)]
    assert packets(large, StreamKind.AUDIO) == packets(path, StreamKind.AUDIO)
    assert packets(large, StreamKind.SUBTITLE) == packets(path, StreamKind.SUBTITLE)


def times(path: Path) -> list[Fraction]:
    return sorted(pts for pts, _, _ in packets(path, StreamKind.VIDEO))


def test_a_turned_video_comes_out_upright(tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.mp4", [leaves(96, 48)] * 2, rotation=90)

    assert read_video(upscaled(clip_input(path), tmp_path))[0].shape == (192, 96, 3)


def test_same_request_makes_the_same_pictures(tmp_path: Path) -> None:
    parent = clip_input(write_clip(tmp_path / "clip.mp4", swaying(10, period=30)))

    one, other = (read_video(upscaled(parent, tmp_path)) for _ in range(2))

    assert all((pair[0] == pair[1]).all() for pair in zip(one, other, strict=True))


def picture_of(path: Path, picture: Image.Image, media_type: str) -> Input:
    picture.save(path)
    probe = Probe(media_type=media_type, width=picture.width, height=picture.height)
    return Input(path=path, probe=probe)


@pytest.mark.parametrize(
    ("name", "media_type"), [("a.png", "image/png"), ("a.webp", "image/webp"), ("a.jpg", "image/jpeg")]
)
def test_picture_stays_of_its_type(tmp_path: Path, name: str, media_type: str) -> None:
    parent = picture_of(tmp_path / name, Image.fromarray(leaves(96, 64)), media_type)

    path = upscaled(parent, tmp_path, scale=4)

    with Image.open(path) as large:
        assert (path.suffix, Image.MIME[large.format or ""]) == (Path(name).suffix, media_type)
        assert large.size == (384, 256)


def test_still_picture_is_nearer_to_a_large_one_than_by_bicubic() -> None:
    large = Image.fromarray(leaves(480, 320))
    little = large.resize((240, 160), Image.Resampling.BOX)

    ours = enlarge_picture(little, scale=2)

    bicubic = little.resize((480, 320), Image.Resampling.BICUBIC)
    assert cv2.PSNR(np.array(ours), np.array(large)) > cv2.PSNR(np.array(bicubic), np.array(large)) + 0.2


def test_transparency_is_kept(tmp_path: Path) -> None:
    picture = np.dstack([leaves(96, 64), np.full((64, 96), 255, np.uint8)])
    picture[:, :48, 3] = 0
    parent = picture_of(tmp_path / "a.png", Image.fromarray(picture), "image/png")

    with Image.open(upscaled(parent, tmp_path)) as large:
        alpha = np.array(large.getchannel("A"))

    assert (alpha[:, :90] == 0).all()
    assert (alpha[:, 102:] == 255).all()


@pytest.mark.parametrize("asked", [0, 3, 13])
def test_nothing_is_left_when_it_is_cancelled(tmp_path: Path, asked: int) -> None:
    parent = clip_input(write_clip(tmp_path / "clip.mp4", swaying(12, period=30), tone=440))
    context = RecordingContext(
        post_request(JobType.UPSCALE, tmp_path / "work", parent), frames_until_cancel=asked
    )

    with pytest.raises(Cancelled):
        PostEngine().run(context)

    assert list((tmp_path / "work").iterdir()) == []


def test_progress_rises_to_the_end(tmp_path: Path) -> None:
    parent = clip_input(write_clip(tmp_path / "clip.mp4", swaying(12, period=30)))
    context = RecordingContext(post_request(JobType.UPSCALE, tmp_path / "work", parent))

    PostEngine().run(context)

    assert context.shares == sorted(context.shares)
    assert context.shares[-1] == 1
    assert context.metrics["frames"] == 12
    assert sum(weight for _, weight in context.stages) == pytest.approx(1)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"options": {"scale": 3}}, "option scale is wrong"),
        ({"inputs": {}}, "choose a job that makes videos or a job that makes pictures"),
        (
            {"inputs": {AssetRole.OUTPUT: measured(SAMPLE_MOTION, media_type="audio/wav")}},
            "audio/wav file; choose",
        ),
        (
            {"inputs": {AssetRole.OUTPUT: measured(SAMPLE_MOTION, width=4100, height=200)}},
            "2 times 4100×200 is 8200×400; at most 8192 pixels a side .* start from a smaller one",
        ),
        (
            {
                "options": {"scale": 4},
                "inputs": {AssetRole.OUTPUT: measured(SAMPLE_REFERENCE, width=2048, height=1536)},
            },
            "8192×6144; at most .* 40 megapixels are made: choose 2 times",
        ),
    ],
)
def test_request_is_refused_with_what_to_change(
    tmp_path: Path, changes: dict[str, Any], sentence: str
) -> None:
    request = replace(post_request(JobType.UPSCALE, tmp_path, SAMPLE_MOTION), **changes)

    with pytest.raises(EngineRefused, match=sentence):
        PostEngine().validate(request)


def test_video_is_refused_when_it_is_larger_than_was_measured(tmp_path: Path) -> None:
    parent = clip_input(write_clip(tmp_path / "clip.mp4", [leaves(2560, 32)]))

    with pytest.raises(EngineRefused, match="10240×128"):
        upscaled(measured(parent, width=96, height=64), tmp_path, scale=4)


def test_broken_picture_is_refused(tmp_path: Path) -> None:
    parent = picture_of(tmp_path / "a.png", Image.fromarray(leaves(96, 64)), "image/png")
    parent.path.write_bytes(parent.path.read_bytes()[:500])

    with pytest.raises(EngineRefused, match="cut off or broken"):
        upscaled(parent, tmp_path)


def test_estimate_grows_with_length_and_size(tmp_path: Path) -> None:
    longer = measured(SAMPLE_MOTION, frames=144)

    times = [
        PostEngine().estimate(post_request(JobType.UPSCALE, tmp_path, parent, scale=scale))
        for parent, scale in ((SAMPLE_REFERENCE, 2), (SAMPLE_MOTION, 2), (longer, 2), (longer, 4))
    ]

    assert times == sorted(times)
    assert 0 < times[0] < times[3]


def test_colour_profile_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    Image.fromarray(leaves(64, 48)).save(path, icc_profile=b"a profile")
    parent = Input(path=path, probe=Probe(media_type="image/jpeg", width=64, height=48))

    with Image.open(upscaled(parent, tmp_path, scale=2)) as picture:
        assert picture.info["icc_profile"] == b"a profile"


def test_grey_of_sixteen_bits_keeps_its_brightness(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(np.full((48, 64), 20_000, np.uint16)).save(path)
    parent = Input(path=path, probe=Probe(media_type="image/png", width=64, height=48))

    with Image.open(upscaled(parent, tmp_path, scale=2)) as picture:
        assert picture.convert("RGB").getpixel((20, 20)) == (78, 78, 78)
