"""The quality bar, measured on the sample media by a flow algorithm that the engine does not use."""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from rushes.domain.media import AssetRole
from rushes.engines.motion.engine import MotionEngine
from tests.engines.motion.context import RecordingContext
from tests.engines.motion.media import SAMPLE_MOTION, SAMPLES, read_video, request_for

LEAST_CORRELATION = 0.8


@dataclass(frozen=True, slots=True)
class Measured:
    """A video's pictures and its flow: from each to the next, (frames − 1, 60, 106, 2)."""

    pictures: list[NDArray[np.uint8]]
    flow: NDArray[np.float32]


def make(workdir: Path, *, seed: int = 7) -> Path:
    context = RecordingContext(request_for(workdir, seed=seed))
    MotionEngine().run(context)
    return context.artifacts[AssetRole.OUTPUT]


def measure(path: Path) -> Measured:
    pictures = read_video(path)
    small = [
        cv2.cvtColor(cv2.resize(picture, (214, 120), interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
        for picture in pictures
    ]
    flows = [
        cv2.calcOpticalFlowFarneback(first, second, np.empty(0), 0.5, 3, 13, 3, 5, 1.1, 0)[::2, ::2]
        for first, second in pairwise(small)
    ]
    return Measured(pictures, np.stack(flows).astype(np.float32))


@pytest.fixture(scope="module")
def output_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("quality"))


@pytest.fixture(scope="module")
def output(output_path: Path) -> Measured:
    return measure(output_path)


@pytest.fixture(scope="module")
def driver() -> Measured:
    return measure(SAMPLE_MOTION.path)


def correlation(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    return float(np.corrcoef(first.ravel(), second.ravel())[0, 1])


@pytest.mark.parametrize("axis", [0, 1], ids=["sideways", "up and down"])
def test_mean_motion_follows_the_driver_over_time(output: Measured, driver: Measured, axis: int) -> None:
    over_time = [measured.flow[..., axis].mean(axis=(1, 2)) for measured in (output, driver)]

    assert correlation(*over_time) > LEAST_CORRELATION


def test_motion_is_as_large_as_the_driver_s(output: Measured, driver: Measured) -> None:
    sizes = [float(np.linalg.norm(measured.flow, axis=3).mean()) for measured in (output, driver)]

    assert sizes[0] / sizes[1] == pytest.approx(1, abs=0.4)


def test_motion_is_where_the_driver_moves(output: Measured, driver: Measured) -> None:
    places = [np.linalg.norm(measured.flow, axis=3).mean(axis=0) for measured in (output, driver)]

    assert correlation(*places) > LEAST_CORRELATION


def test_each_place_moves_as_in_the_driver(output: Measured, driver: Measured) -> None:
    assert correlation(output.flow, driver.flow) > LEAST_CORRELATION


def test_background_stands_still(output: Measured) -> None:
    first, *others = (picture[:, :120].astype(float) for picture in output.pictures)

    assert max(float(np.abs(other - first).mean()) for other in others) < 2


def test_output_begins_as_the_reference(output: Measured) -> None:
    reference = cv2.cvtColor(cv2.imread(str(SAMPLES / "reference.png")), cv2.COLOR_BGR2RGB)

    assert np.abs(output.pictures[0].astype(float) - reference).mean() < 3


def test_frames_size_rate_and_codec_are_as_asked(output_path: Path, output: Measured) -> None:
    with av.open(str(output_path)) as container:
        stream = container.streams.video[0]
        found = (stream.codec_context.name, stream.pix_fmt, stream.width, stream.height, stream.average_rate)
        seconds = (container.duration or 0) / av.time_base

    assert found == ("h264", "yuv420p", 854, 480, 24)
    assert seconds == pytest.approx(3.0)
    assert len(output.pictures) == 72


def test_pixels_are_the_same_when_it_runs_again(tmp_path: Path, output_path: Path) -> None:
    assert make(tmp_path).read_bytes() == output_path.read_bytes()


def test_samples_are_small() -> None:
    assert sum(path.stat().st_size for path in SAMPLES.iterdir() if path.is_file()) <= 700_000
