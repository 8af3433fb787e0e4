"""Whatever comes in that was let in, a whole video comes out."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from rushes.domain.media import AssetRole, Probe
from rushes.engines.base import Input
from rushes.engines.motion.engine import MotionEngine
from tests.engines.motion.context import RecordingContext
from tests.engines.motion.media import (
    flat,
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
def workdir(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def video(folder: Path, pictures: list[np.ndarray]) -> Input:
    height, width = pictures[0].shape[:2]
    return video_input(write_video(folder / "motion.mp4", pictures), width=width, height=height)


def picture(folder: Path, content: np.ndarray) -> Input:
    return picture_input(folder / "reference.png", content)


def run(
    workdir: Path,
    *,
    reference: np.ndarray,
    motion: list[np.ndarray],
    mask: Input | None = None,
    **options: Any,
) -> tuple[list[np.ndarray], RecordingContext]:
    folder = workdir.parent
    request = request_for(
        workdir,
        reference=picture(folder, reference),
        motion=video(folder, motion),
        mask=mask,
        options=options,
    )
    context = RecordingContext(request)
    MotionEngine().run(context)
    return read_video(context.artifacts[AssetRole.OUTPUT]), context


def box(x: float) -> dict[str, float]:
    """Return a box as large as the block that walks, which begins at 0.2."""
    return {"x": x, "y": 0.25, "width": 0.33, "height": 0.5}


def halves(frames: list[np.ndarray]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return the left and the right halves."""
    middle = frames[0].shape[1] // 2
    return [frame[:, :middle] for frame in frames], [frame[:, middle:] for frame in frames]


def change(frames: list[np.ndarray]) -> float:
    """Return how far the last frame is from the first, in gray levels."""
    return float(np.abs(frames[-1].astype(int) - frames[0]).mean())


def cut_out(width: int, height: int) -> np.ndarray:
    """Return a textured block before nothing, with an alpha channel."""
    layers = np.dstack([texture(width, height), np.zeros((height, width), np.uint8)])
    layers[height // 4 : height * 3 // 4, width // 4 : width * 3 // 4, 3] = 255
    return layers


MOTIONS = {
    "portrait": walking(64, 96, frames=4, step=2),
    "flat": [flat(90)] * 3,
    "black": [flat(0)] * 3,
    "one frame": walking(96, 64, frames=1, step=1),
    "camera": shifting(96, 64, frames=4, step=3),
    "cut": [texture(96, 64, seed=seed) for seed in range(4)],
    "tiny": walking(24, 16, frames=3, step=1),
}


@pytest.mark.parametrize("name", MOTIONS)
def test_every_motion_moves_a_landscape(workdir: Path, name: str) -> None:
    frames, _ = run(workdir, reference=texture(96, 64), motion=MOTIONS[name])

    assert len(frames) == len(MOTIONS[name])
    assert frames[0].shape == (480, 720, 3)


REFERENCES = {
    "portrait": texture(64, 96),
    "flat": flat(120),
    "tiny": texture(16, 16),
    "long": texture(48, 16),
    "alpha": cut_out(96, 64),
    "nothing there": np.dstack([texture(96, 64), np.zeros((64, 96), np.uint8)]),
}


@pytest.mark.parametrize("name", REFERENCES)
def test_every_reference_is_moved(workdir: Path, name: str) -> None:
    frames, _ = run(workdir, reference=REFERENCES[name], motion=walking(96, 64, frames=3, step=2))

    assert len(frames) == 3
    assert min(frames[0].shape[:2]) == 480


def test_what_the_camera_does_is_not_given_to_the_reference(workdir: Path) -> None:
    frames, _ = run(workdir, reference=texture(96, 64), motion=shifting(96, 64, frames=6, step=2))

    assert change(frames) < 2


def test_figure_is_the_mask_s_when_there_is_one(workdir: Path) -> None:
    white = Image.new("L", (33, 20), 0)
    white.paste(255, (16, 0, 33, 20))
    white.save(workdir.parent / "mask.png")
    mask = Input(path=workdir.parent / "mask.png", probe=Probe(media_type="image/png", width=33, height=20))

    frames, _ = run(workdir, reference=texture(96, 64), motion=walking(96, 64, frames=6, step=2), mask=mask)

    left, right = ([each[:, half] for each in frames] for half in (slice(0, 300), slice(330, 720)))
    assert change(left) < 1 < change(right)


def test_boxes_bring_the_one_place_onto_the_other(workdir: Path) -> None:
    pictures = {"reference": texture(96, 64), "motion": walking(96, 64, frames=6, step=2)}

    onto_left, onto_right, unaided = (
        halves(run(workdir, **pictures, **boxes)[0])
        for boxes in (
            {"reference_box": box(0.05), "motion_box": box(0.2)},
            {"reference_box": box(0.62), "motion_box": box(0.2)},
            {},
        )
    )

    assert change(onto_left[0]) > 10 * change(onto_left[1])
    assert change(onto_right[1]) > 10 * change(onto_right[0])
    assert min(change(half) for half in unaided) > 10


def test_log_says_so_when_there_is_no_figure_to_cut_out(workdir: Path) -> None:
    dot = np.zeros((64, 96), np.uint8)
    dot[30, 40] = 255
    Image.fromarray(dot).save(workdir.parent / "mask.png")
    mask = Input(path=workdir.parent / "mask.png", probe=Probe(media_type="image/png", width=96, height=64))

    _, context = run(workdir, reference=texture(96, 64), motion=[flat(90)] * 2, mask=mask)

    assert any("as a whole, like a sheet" in line for line in context.logs)


@pytest.mark.parametrize("mode", ["sheet", "cutout"])
def test_same_request_makes_the_same_file(tmp_path: Path, mode: str) -> None:
    files = []
    for name in ("one", "other"):
        folder = tmp_path / name / "work"
        folder.mkdir(parents=True)
        _, context = run(
            folder,
            reference=texture(96, 64),
            motion=walking(96, 64, frames=4, step=2),
            motion_mode=mode,
        )
        files.append(context.artifacts[AssetRole.OUTPUT].read_bytes())

    assert files[0] == files[1]
