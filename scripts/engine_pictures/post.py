"""The pictures of the post engine's page: seams of loops, a detail made larger, and burned subtitles."""

import tempfile
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np
from PIL import Image

from rushes.domain.jobs import JobType
from rushes.domain.media import AssetRole
from rushes.engines.arrays import Picture
from rushes.engines.media.encoding import broadcast
from rushes.engines.media.sizes import size_of
from rushes.engines.post.engine import PostEngine
from rushes.engines.post.resampling import Resampler
from scripts.engine_pictures.sheets import sheet
from tests.engines.motion.context import RecordingContext
from tests.engines.motion.media import SAMPLE_REFERENCE, read_video
from tests.engines.post.captions import caption, caption_request, words_input
from tests.engines.post.footage import leaves, swaying
from tests.engines.post.media import clip_input, post_request, write_clip

MORPHED = (87, 89, 91, 93, 95, 97)
FADED = (47, 49, 52, 55, 58, 61)
"""Frames around the ends of the two clips, which have 90 and 50."""

SCALE = 4

CAPTIONS = (
    ("Nobody had seen the somewhat rusty door,\nwhich stood open as if it had been waiting.", "bottom"),
    ("مرحبا بالعالم، هذا نص 123", "bottom"),
    ("שלום עולם (2024) 😀", "top"),
    ("Ελληνικά, Кириллица, Ünïcödé", "bottom"),
)
"""What stands in the picture, and where."""


def seams() -> Image.Image:
    """Show the frames around the seam of a morph, and of a crossfade."""
    return sheet(
        [
            _extended(swaying(90, period=40, drift=0.05), MORPHED),
            _extended(swaying(50, period=1000, drift=1.5), FADED),
        ],
        height=112,
    )


def detail() -> Image.Image:
    """Show a detail by nearest pixels, by bicubic resampling, by ours, and as it was."""
    large = leaves(960, 640, seed=3)
    little = cv2.resize(large, None, fx=1 / SCALE, fy=1 / SCALE, interpolation=cv2.INTER_AREA)
    frame = broadcast(av.VideoFrame.from_ndarray(little, format="rgb24"))
    ours = Resampler(size_of(little), scale=SCALE).enlarge(frame)
    bicubic = frame.reformat(width=960, height=640, interpolation="BICUBIC")
    shown = [
        np.repeat(np.repeat(little, SCALE, axis=0), SCALE, axis=1),
        *(np.asarray(each.to_ndarray(format="rgb24"), np.uint8) for each in (bicubic, ours)),
        large,
    ]
    return sheet([[picture[200:440, 300:540] for picture in shown]], height=240)


def captions() -> Image.Image:
    """Show the reference of the sample with subtitles of several scripts, two in a row."""
    reference = np.asarray(Image.open(SAMPLE_REFERENCE.path).convert("RGB"), np.uint8)
    burned = [_burned(reference, words, position) for words, position in CAPTIONS]
    return sheet([burned[:2], burned[2:]], height=240)


def _burned(picture: Picture, words: str, position: str) -> Picture:
    with tempfile.TemporaryDirectory(prefix="rushes-pictures-") as folder:
        clip = clip_input(write_clip(Path(folder) / "clip.mp4", [picture] * 2))
        words_file = words_input(Path(folder) / "words.srt", f"00:00:00,000 --> 00:00:01,000\n{words}\n")
        request = caption_request(Path(folder), clip, words_file, style="burned", position=position)
        return read_video(caption(request).artifacts[AssetRole.OUTPUT])[0]


def _extended(pictures: Sequence[Picture], numbers: Sequence[int]) -> list[Picture]:
    with tempfile.TemporaryDirectory(prefix="rushes-pictures-") as folder:
        clip = write_clip(Path(folder) / "clip.mp4", pictures)
        context = RecordingContext(post_request(JobType.EXTEND, Path(folder) / "work", clip_input(clip)))
        PostEngine().run(context)
        with av.open(str(context.artifacts[AssetRole.OUTPUT])) as file:
            frames = [
                np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
                for frame in islice(file.decode(video=0), max(numbers) + 1)
            ]
    return [frames[number] for number in numbers]
