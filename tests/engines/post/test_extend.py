from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from rushes.domain.jobs import JobType
from rushes.domain.media import AssetRole
from rushes.domain.options import VideoQuality
from rushes.engines.base import Cancelled
from rushes.engines.media.remuxing import StreamKind
from rushes.engines.post.engine import PostEngine
from rushes.errors import EngineRefused
from tests.engines.motion.context import RecordingContext
from tests.engines.motion.media import SAMPLE_MOTION, SAMPLE_REFERENCE, read_video, write_video
from tests.engines.post.footage import Pictures, swaying
from tests.engines.post.media import CAPTIONS, clip_input, measured, packets, post_request, write_clip

SWAYING = swaying(60, period=30)
MODES = ["loop", "pingpong", "extrapolate"]


def extended(path: Path, **options: object) -> RecordingContext:
    request = post_request(JobType.EXTEND, path.parent / "work", clip_input(path), **options)
    context = RecordingContext(request)
    PostEngine().run(context)
    return context


def output(context: RecordingContext) -> Path:
    return context.artifacts[AssetRole.OUTPUT]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("rate", "seconds", "added"), [(25, 2.01, 50), (30, 1.0, 30), (12, 5.5, 66)])
def test_output_has_exactly_the_frames_of_the_seconds_more(
    tmp_path: Path, mode: str, rate: int, seconds: float, added: int
) -> None:
    path = write_clip(tmp_path / "clip.mp4", SWAYING, rate=rate)

    context = extended(path, mode=mode, seconds=seconds)

    times = sorted(pts for pts, _, _ in packets(output(context), StreamKind.VIDEO))
    assert times == [Fraction(number, rate) for number in range(60 + added)]
    assert context.metrics["frames"] == 60 + added


@pytest.mark.parametrize("mode", MODES)
def test_the_parent_s_pictures_stay_bit_by_bit(tmp_path: Path, mode: str) -> None:
    path = write_clip(tmp_path / "clip.mp4", SWAYING)

    longer = packets(output(extended(path, mode=mode, seconds=1)), StreamKind.VIDEO)

    assert longer[:60] == packets(path, StreamKind.VIDEO)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("frames", [1, 2, 7, 20])
def test_the_parent_s_pictures_come_first_when_they_are_coded_anew(
    tmp_path: Path, mode: str, frames: int
) -> None:
    path = write_video(tmp_path / "clip.mp4", SWAYING[:frames])

    shown = read_video(output(extended(path, mode=mode, seconds=1)))

    assert len(shown) == frames + 25
    assert all(apart(*pair) < 6 for pair in zip(shown, read_video(path), strict=False))


def test_the_parent_is_coded_anew_when_another_quality_is_asked_for(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", SWAYING, quality=VideoQuality.HIGH)

    longer = output(extended(path, mode="loop", seconds=1, video_quality="ultra"))

    assert len(read_video(longer)) == 85
    assert packets(longer, StreamKind.VIDEO)[:60] != packets(path, StreamKind.VIDEO)


def test_pingpong_turns_around_at_both_ends(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", SWAYING[:10], rate=10, quality=VideoQuality.ULTRA)

    shown = read_video(output(extended(path, mode="pingpong", seconds=2.5, video_quality="ultra")))

    order = [nearest(picture, SWAYING[:10]) for picture in shown]
    assert order == [*range(10), *range(8, -1, -1), *range(1, 10), *range(8, 1, -1)]


def nearest(picture: np.ndarray, pictures: Pictures) -> int:
    return int(np.argmin([apart(picture, each) for each in pictures]))


def apart(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one.astype(float) - other).mean())


def test_pingpong_has_no_seam(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", SWAYING)

    assert 0.5 < extended(path, mode="pingpong", seconds=2).metrics["seam_error"] <= 1.2


@pytest.mark.parametrize(("period", "drift"), [(30.0, 0.0), (44.0, 0.0), (36.0, 0.02)])
def test_loop_is_not_seen_where_the_motion_comes_back(tmp_path: Path, period: float, drift: float) -> None:
    path = write_clip(tmp_path / "clip.mp4", swaying(100, period=period, drift=drift))

    context = extended(path, mode="loop", seconds=4)

    assert 0.5 < context.metrics["seam_error"] <= 1.5
    assert worst_step(read_video(output(context))) <= 2


def worst_step(pictures: Pictures) -> float:
    steps = [apart(*pair) for pair in pairwise(pictures)]
    return max(steps) / float(np.mean(steps))


def test_loop_fades_over_when_nothing_comes_back(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", swaying(50, period=1000, drift=1.5))

    pictures = read_video(output(extended(path, mode="loop", seconds=2)))

    cut = apart(swaying(50, period=1000, drift=1.5)[-1], pictures[0])
    assert max(apart(*pair) for pair in pairwise(pictures[49:66])) < cut / 3
    assert worst_step(pictures) < 3


def test_loop_repeats_the_sound_with_the_pictures(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", SWAYING, tone=440)

    sound = packets(output(extended(path, mode="loop", seconds=3.1)), StreamKind.AUDIO)

    ends = [pts + duration for pts, duration, _ in sound]
    assert sound[: len(packets(path, StreamKind.AUDIO)) - 2] == packets(path, StreamKind.AUDIO)[:-2]
    assert float(ends[-1]) == pytest.approx(2.4 + 3.12, abs=0.03)
    assert ends[:-1] == [pts for pts, _, _ in sound[1:]]


@pytest.mark.parametrize("mode", ["pingpong", "extrapolate"])
def test_it_is_silent_after_the_parent_s_end(tmp_path: Path, mode: str) -> None:
    path = write_clip(tmp_path / "clip.mp4", SWAYING, tone=440)

    sound = packets(output(extended(path, mode=mode, seconds=2)), StreamKind.AUDIO)

    pts, duration, _ = sound[-1]
    assert float(pts + duration) == pytest.approx(2.4, abs=0.03)


def test_extrapolated_motion_goes_on_and_comes_to_rest(tmp_path: Path) -> None:
    moving = swaying(40, period=1e9, drift=2)
    path = write_clip(tmp_path / "clip.mp4", moving[:30], quality=VideoQuality.ULTRA)

    context = extended(path, mode="extrapolate", seconds=1, video_quality="ultra")

    shown = read_video(output(context))
    steps = [apart(*pair) for pair in pairwise(shown[29:])]
    # Six steps that become smaller go as far as three and a half.
    assert nearest(shown[35], moving) in {32, 33, 34}
    assert steps[:6] == sorted(steps[:6], reverse=True)
    assert max(steps[6:]) < steps[0] / 20
    assert 0.5 < context.metrics["seam_error"] <= 1.5


def test_extrapolation_is_nearer_to_what_follows_than_the_last_picture(tmp_path: Path) -> None:
    moving = swaying(33, period=60, drift=1)
    path = write_clip(tmp_path / "clip.mp4", moving[:30], quality=VideoQuality.ULTRA)

    shown = read_video(output(extended(path, mode="extrapolate", seconds=1, video_quality="ultra")))

    assert apart(shown[31], moving[31]) < 0.6 * apart(shown[29], moving[31])


def test_subtitles_are_kept(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", SWAYING, captions=CAPTIONS)

    longer = output(extended(path, mode="loop", seconds=2))

    said = [(pts, text[2:].decode()) for pts, _, text in packets(longer, StreamKind.SUBTITLE) if text[2:]]
    assert said == [(Fraction(1, 4), "Hello"), (Fraction(1), "Wörld")]


def test_a_turned_video_with_wide_pixels_is_extended_as_it_is_shown(tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.mp4", SWAYING[:12], rotation=90, pixel_aspect=Fraction(4, 3))

    shown = read_video(output(extended(path, mode="pingpong", seconds=1)))

    assert shown[0].shape == (256, 112, 3)
    assert len(shown) == 37


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("asked", [0, 30, 63, 110])
def test_nothing_is_left_when_it_is_cancelled(tmp_path: Path, mode: str, asked: int) -> None:
    path = write_clip(tmp_path / "clip.mp4", SWAYING, tone=440)
    request = post_request(JobType.EXTEND, tmp_path / "work", clip_input(path), mode=mode, seconds=4)
    context = RecordingContext(request, frames_until_cancel=asked)

    with pytest.raises(Cancelled):
        PostEngine().run(context)

    assert list(request.workdir.iterdir()) == []
    assert context.artifacts == {}


def test_only_the_output_is_left_when_it_is_done(tmp_path: Path) -> None:
    context = extended(write_clip(tmp_path / "clip.mp4", SWAYING, tone=440), mode="loop", seconds=1)

    assert list(context.request.workdir.iterdir()) == [output(context)]
    assert sum(weight for _, weight in context.stages) == pytest.approx(1)


def test_broken_parent_is_refused(tmp_path: Path) -> None:
    parent = clip_input(write_clip(tmp_path / "clip.mp4", SWAYING))
    parent.path.write_bytes(parent.path.read_bytes()[:900])

    with pytest.raises(EngineRefused, match="cut off or broken"):
        PostEngine().run(RecordingContext(post_request(JobType.EXTEND, tmp_path / "work", parent)))

    assert list((tmp_path / "work").iterdir()) == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"options": {"mode": "continue"}}, "choose loop, pingpong or extrapolate"),
        ({"options": {"seconds": 0}}, "option seconds is wrong"),
        ({"inputs": {}}, "parent's output is missing; choose a job that makes videos"),
        ({"inputs": {AssetRole.OUTPUT: SAMPLE_REFERENCE}}, "image/png file; choose a job that makes videos"),
        ({"inputs": {AssetRole.OUTPUT: measured(SAMPLE_MOTION, frames=35_990)}}, "at most 36000 are made"),
    ],
)
def test_request_is_refused_with_what_to_change(
    tmp_path: Path, changes: dict[str, Any], sentence: str
) -> None:
    request = replace(post_request(JobType.EXTEND, tmp_path, SAMPLE_MOTION), **changes)

    with pytest.raises(EngineRefused, match=sentence):
        PostEngine().validate(request)


def test_output_plays_from_the_first_bytes(tmp_path: Path) -> None:
    path = output(extended(write_clip(tmp_path / "clip.mp4", SWAYING, tone=440), mode="loop", seconds=1))

    content = path.read_bytes()
    assert 0 < content.index(b"moov") < content.index(b"mdat")
    with av.open(str(path)) as file:
        assert [stream.type for stream in file.streams] == ["video", "audio"]


def test_estimate_grows_with_length_and_size(tmp_path: Path) -> None:
    large = measured(SAMPLE_MOTION, width=1280, height=720)

    times = [
        PostEngine().estimate(post_request(JobType.EXTEND, tmp_path, parent, seconds=seconds))
        for parent, seconds in ((SAMPLE_MOTION, 2), (large, 2), (large, 10))
    ]

    assert 0 < times[0] < times[1] < times[2]
