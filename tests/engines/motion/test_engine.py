from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import psutil
import pytest

from rushes.domain.jobs import JobType
from rushes.domain.media import AssetRole, Probe
from rushes.engines.base import Cancelled, Context, Engine, Input
from rushes.engines.motion.engine import MotionEngine
from rushes.errors import EngineRefused
from tests.engines.motion.context import RecordingContext
from tests.engines.motion.media import (
    SAMPLE_MOTION,
    SAMPLE_REFERENCE,
    picture_input,
    read_video,
    request_for,
    shifting,
    texture,
    video_input,
    walking,
    write_video,
)


@pytest.fixture
def reference(tmp_path: Path) -> Input:
    return picture_input(tmp_path / "reference.png", texture(96, 64))


@pytest.fixture
def motion(tmp_path: Path) -> Input:
    path = write_video(tmp_path / "motion.mp4", walking(96, 64, frames=6, step=1))
    return video_input(path, width=96, height=64)


@pytest.fixture
def workdir(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def run(context: RecordingContext) -> Path:
    engine: Engine = MotionEngine()
    told: Context = context
    engine.run(told)
    return context.artifacts[AssetRole.OUTPUT]


def test_output_lies_in_the_working_folder(workdir: Path, reference: Input, motion: Input) -> None:
    path = run(RecordingContext(request_for(workdir, reference=reference, motion=motion)))

    assert list(workdir.iterdir()) == [path]


def test_progress_rises_to_the_end(workdir: Path, reference: Input, motion: Input) -> None:
    context = RecordingContext(request_for(workdir, reference=reference, motion=motion))

    run(context)

    assert context.shares[6:] == sorted(context.shares[6:])
    assert context.shares[-1] == 1
    assert len(context.shares) == 2 * context.metrics["frames"] == 12
    assert sum(weight for _, weight in context.stages) == pytest.approx(1)


@pytest.mark.parametrize("frames", [0, 3, 9], ids=["at once", "in the first pass", "in the second"])
def test_nothing_is_left_when_it_is_cancelled(
    workdir: Path, reference: Input, motion: Input, frames: int
) -> None:
    request = request_for(workdir, reference=reference, motion=motion)
    context = RecordingContext(request, frames_until_cancel=frames)
    before = set(psutil.Process().children(recursive=True))

    with pytest.raises(Cancelled):
        run(context)

    assert context.asked == frames + 1
    assert len(context.shares) <= frames
    assert context.artifacts == {}
    assert list(workdir.iterdir()) == []
    assert set(psutil.Process().children(recursive=True)) <= before


@pytest.mark.parametrize(
    ("width", "height", "resolution", "expected"),
    [
        (96, 64, "480p", (480, 720)),
        (64, 96, "480p", (720, 480)),
        (96, 64, "720p", (720, 1080)),
        (101, 67, "480p", (480, 724)),
    ],
)
def test_output_has_the_reference_s_shape(
    workdir: Path, motion: Input, width: int, height: int, resolution: str, expected: tuple[int, int]
) -> None:
    reference = picture_input(workdir.parent / "shape.png", texture(width, height))
    request = request_for(workdir, reference=reference, motion=motion, options={"resolution": resolution})

    frames = read_video(run(RecordingContext(request)))

    assert frames[0].shape == (*expected, 3)
    assert len(frames) == 6


def test_one_frame_comes_out_when_one_frame_goes_in(workdir: Path, reference: Input) -> None:
    path = write_video(workdir.parent / "one.mp4", [texture(96, 64)])
    request = request_for(workdir, reference=reference, motion=video_input(path, width=96, height=64))

    frames = read_video(run(RecordingContext(request)))

    assert len(frames) == 1
    assert np.std(frames[0]) > 10


def test_output_is_silent_when_the_motion_has_sound(workdir: Path, reference: Input) -> None:
    path = write_video(workdir.parent / "loud.mp4", shifting(96, 64, frames=3, step=1), audio=True)
    request = request_for(workdir, reference=reference, motion=video_input(path, width=96, height=64))

    output = run(RecordingContext(request))

    with av.open(str(path)) as loud, av.open(str(output)) as container:
        assert len(loud.streams.audio) == 1
        assert [stream.type for stream in container.streams] == ["video"]


def test_output_keeps_the_length_when_the_rate_varies(workdir: Path, reference: Input) -> None:
    pictures = shifting(96, 64, frames=5, step=2)
    path = write_video(workdir.parent / "uneven.mp4", pictures, rate=10, times=[0, 100, 500, 600, 1000])
    request = request_for(workdir, reference=reference, motion=video_input(path, width=96, height=64))

    output = run(RecordingContext(request))

    with av.open(str(path)) as source, av.open(str(output)) as container:
        longest = Fraction(1) / (container.streams.video[0].average_rate or 1)
        assert container.duration == pytest.approx(source.duration, abs=float(longest * av.time_base))


def test_motion_grows_with_the_cfg_scale(workdir: Path, motion: Input) -> None:
    reference = picture_input(workdir.parent / "same.png", walking(96, 64, frames=1, step=1)[0])
    weak, strong = (
        request_for(workdir, reference=reference, motion=motion, options={"advanced": {"cfg_scale": scale}})
        for scale in (0.5, 2.0)
    )

    little, much = (read_video(run(RecordingContext(request)))[-1] for request in (weak, strong))

    start = read_video(motion.path)[0]
    assert offset(start, much) > 1.5 * offset(start, little) > 0


def offset(first: np.ndarray, moved: np.ndarray) -> int:
    """Return by how many pixels of the output the middle of the picture went to the right."""
    scale = moved.shape[0] // first.shape[0]
    large = np.repeat(np.repeat(first[..., 1], scale, axis=0), scale, axis=1).astype(float)
    middle = moved[200:280, 240:330, 1].astype(float)
    differences = [np.abs(large[200:280, 240 - shift : 330 - shift] - middle).mean() for shift in range(100)]
    return int(np.argmin(differences))


def test_motion_is_refused_when_it_breaks_off(workdir: Path, reference: Input) -> None:
    path = write_video(workdir.parent / "cut.mp4", shifting(96, 64, frames=40, step=1))
    path.write_bytes(path.read_bytes()[:600])
    request = request_for(workdir, reference=reference, motion=video_input(path, width=96, height=64))

    with pytest.raises(EngineRefused):
        run(RecordingContext(request))

    assert list(workdir.iterdir()) == []


def test_reference_is_refused_when_it_is_no_picture(workdir: Path, reference: Input, motion: Input) -> None:
    reference.path.write_bytes(b"not a picture")

    with pytest.raises(EngineRefused, match="PNG"):
        run(RecordingContext(request_for(workdir, reference=reference, motion=motion)))


def measured(source: Input, **changes: Any) -> Input:
    return replace(source, probe=replace(source.probe, **changes))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"reference": measured(SAMPLE_REFERENCE, width=16, height=800)},
            "reference picture is 16×800; crop",
        ),
        ({"motion": measured(SAMPLE_MOTION, width=4000, height=100)}, "motion video is 4000×100; crop"),
        ({"reference": SAMPLE_MOTION}, "reference is a video/mp4 file; upload a PNG"),
        ({"motion": measured(SAMPLE_MOTION, media_type="video/x-msvideo")}, "upload an MP4"),
        ({"options": {"resolution": "1080p"}}, "option resolution is wrong"),
        ({"options": {"advanced": {"cfg_scale": 9}}}, r"option advanced\.cfg_scale is wrong"),
    ],
)
def test_request_is_refused_with_what_to_change(
    tmp_path: Path, changes: dict[str, Any], sentence: str
) -> None:
    request = request_for(tmp_path, **changes)

    with pytest.raises(EngineRefused, match=sentence):
        MotionEngine().validate(request)


def test_request_is_refused_when_an_input_is_missing(tmp_path: Path) -> None:
    request = replace(request_for(tmp_path), inputs={AssetRole.REFERENCE: SAMPLE_REFERENCE})

    with pytest.raises(EngineRefused, match="motion video is missing"):
        MotionEngine().validate(request)


def test_request_is_refused_when_the_job_is_of_another_type(tmp_path: Path) -> None:
    request = replace(request_for(tmp_path), job_type=JobType.EXTEND)

    with pytest.raises(EngineRefused, match="extend"):
        MotionEngine().validate(request)


def test_estimate_grows_with_length_size_steps_and_what_is_moved(tmp_path: Path) -> None:
    estimate = MotionEngine().estimate
    short = estimate(request_for(tmp_path))

    longer = estimate(request_for(tmp_path, motion=measured(SAMPLE_MOTION, frames=144)))
    larger = estimate(request_for(tmp_path, options={"resolution": "720p"}))
    finer = estimate(request_for(tmp_path, options={"advanced": {"inference_steps": 50}}))
    whole = estimate(request_for(tmp_path, options={"motion_mode": "sheet"}))

    assert min(longer, larger, finer, whole) > short > 0


def test_estimate_goes_by_the_duration_when_frames_were_not_counted(tmp_path: Path) -> None:
    probe = Probe(media_type="video/mp4", width=854, height=480, duration_seconds=3.0, fps=24.0)
    uncounted = replace(SAMPLE_MOTION, probe=probe)

    assert MotionEngine().estimate(request_for(tmp_path, motion=uncounted)) == pytest.approx(
        MotionEngine().estimate(request_for(tmp_path))
    )


def test_log_says_what_the_figures_were_laid_on_each_other_by(
    workdir: Path, reference: Input, motion: Input
) -> None:
    box = {"x": 0.25, "y": 0.25, "width": 0.5, "height": 0.5}
    options = {"reference_box": box, "motion_box": box}
    context = RecordingContext(request_for(workdir, reference=reference, motion=motion, options=options))

    run(context)

    assert "The given boxes say where the figures are." in context.logs
