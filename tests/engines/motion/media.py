"""Makes and reads the small files of the motion engine's tests."""

from collections.abc import Sequence
from fractions import Fraction
from importlib.resources import files
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from rushes.domain.jobs import JobType
from rushes.domain.media import AssetRole, Probe
from rushes.engines.base import Input, Request

SAMPLES = Path(str(files("rushes.samples")))
SAMPLE_REFERENCE = Input(
    path=SAMPLES / "reference.png", probe=Probe(media_type="image/png", width=854, height=480)
)
SAMPLE_MOTION = Input(
    path=SAMPLES / "motion.mp4",
    probe=Probe(media_type="video/mp4", width=854, height=480, duration_seconds=3.0, fps=24.0, frames=72),
)

MILLISECONDS = Fraction(1, 1000)


def texture(width: int, height: int, *, seed: int = 1) -> NDArray[np.uint8]:
    """Return a smooth random picture, (height, width, 3)."""
    coarse = np.random.default_rng(seed).integers(0, 256, (height // 8 + 2, width // 8 + 2, 3), np.uint8)
    large = Image.fromarray(coarse).resize((width + 16, height + 16), Image.Resampling.BICUBIC)
    return np.array(large)[:height, :width]


def shifting(width: int, height: int, *, frames: int, step: int) -> list[NDArray[np.uint8]]:
    """Return a texture that wanders `step` pixels to the right in every frame."""
    wide = texture(width + frames * step, height)
    return [wide[:, (frames - index) * step :][:, :width] for index in range(frames)]


def walking(width: int, height: int, *, frames: int, step: int) -> list[NDArray[np.uint8]]:
    """Return a textured block that wanders to the right before a still texture, `step` pixels a frame."""
    block = texture(width // 3, height // 2, seed=2)[..., ::-1] // 2 + 100
    pictures = [texture(width, height) // 2 for _ in range(frames)]
    for index, picture in enumerate(pictures):
        left = width // 5 + index * step
        picture[height // 4 : height // 4 + height // 2, left : left + width // 3] = block
    return pictures


def flat(value: int, *, width: int = 64, height: int = 48) -> NDArray[np.uint8]:
    """Return a picture of one gray."""
    return np.full((height, width, 3), value, np.uint8)


def write_video(
    path: Path,
    pictures: Sequence[NDArray[np.uint8]],
    *,
    rate: Fraction | int = 25,
    times: Sequence[int] | None = None,
    rotation: int = 0,
    pixel_aspect: Fraction | None = None,
    codec: str = "libx264",
    audio: bool = False,
) -> Path:
    """Write a video; `times` are each frame's start in milliseconds where they are not even."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=rate)
        sound: Any = container.add_stream("aac", rate=48000) if audio else None
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        if rotation:
            stream.set_display_rotation(rotation)
        # No reordering, for the muxer's edit lists would hide what the times are.
        stream.codec_context.max_b_frames = 0
        if times is not None:
            stream.codec_context.time_base = MILLISECONDS
        if pixel_aspect is not None:
            stream.codec_context.sample_aspect_ratio = pixel_aspect
        for index, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            frame.pts = index if times is None else times[index]
            frame.time_base = 1 / Fraction(rate) if times is None else MILLISECONDS
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        if sound is not None:
            container.mux([*sound.encode(_silence()), *sound.encode()])
    return path


def read_video(path: Path) -> list[NDArray[np.uint8]]:
    """Return all pictures of a video in RGB."""
    with av.open(str(path)) as container:
        return [np.asarray(frame.to_ndarray(format="rgb24"), np.uint8) for frame in container.decode(video=0)]


def request_for(
    workdir: Path,
    *,
    reference: Input = SAMPLE_REFERENCE,
    motion: Input = SAMPLE_MOTION,
    mask: Input | None = None,
    options: dict[str, Any] | None = None,
    seed: int = 7,
) -> Request:
    """Return a request of a base job."""
    inputs = {AssetRole.REFERENCE: reference, AssetRole.MOTION: motion}
    return Request(
        job_type=JobType.BASE,
        prompt=None,
        options=options or {},
        inputs=inputs if mask is None else {**inputs, AssetRole.MASK: mask},
        workdir=workdir,
        seed=seed,
        deadline_seconds=60.0,
    )


def picture_input(path: Path, picture: NDArray[np.uint8]) -> Input:
    """Write a picture as PNG; return it as an input."""
    Image.fromarray(picture).save(path)
    height, width = picture.shape[:2]
    return Input(path=path, probe=Probe(media_type="image/png", width=width, height=height))


def video_input(path: Path, *, width: int, height: int, media_type: str = "video/mp4") -> Input:
    """Return a video as an input whose length was not measured."""
    return Input(path=path, probe=Probe(media_type=media_type, width=width, height=height))


def _silence() -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), format="fltp", layout="stereo")
    frame.sample_rate, frame.pts = 48000, 0
    return frame
