"""Runs jobs for subtitles on small videos."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rushes.domain.jobs import JobType
from rushes.domain.media import AssetRole, Probe
from rushes.engines.base import Input, Request
from rushes.engines.post import subtitles
from tests.engines.motion.context import RecordingContext
from tests.engines.motion.media import flat
from tests.engines.post.media import clip_input, post_request, write_clip

SRT = "1\n00:00:00,400 --> 00:00:01,000\nHello <i>Wörld</i>\n\n2\n00:00:01,200 --> 00:00:01,600\nTwo\nlines\n"
SRT_TIMES = [(400, 1000, "Hello Wörld"), (1200, 1600, "Two\nlines")]


def gray_clip(path: Path, *, width: int = 320, height: int = 240, frames: int = 50, **clip: Any) -> Input:
    """Write a video of one gray, 25 frames a second."""
    return clip_input(write_clip(path, [flat(100, width=width, height=height)] * frames, **clip))


def words_input(path: Path, content: str | bytes, media_type: str = "application/x-subrip") -> Input:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return Input(path=path, probe=Probe(media_type=media_type, width=0, height=0))


def caption_request(folder: Path, parent: Input, words: Input | None = None, **options: Any) -> Request:
    request = post_request(JobType.SUBTITLES, folder / "work", parent, **options)
    return (
        request if words is None else replace(request, inputs=request.inputs | {AssetRole.SUBTITLES: words})
    )


def caption(request: Request) -> RecordingContext:
    context = RecordingContext(request)
    subtitles.validate(request)
    subtitles.make(context)
    return context


def where_drawn(frame: NDArray[np.uint8], *, gray: int = 100) -> tuple[int, int, int, int] | None:
    """Return left, top, right and bottom of what differs from the gray, `None` if nothing does."""
    differs = np.abs(frame.astype(int) - gray).max(axis=2) > 40
    if not differs.any():
        return None
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
