"""Repeats a video from the frame that its end goes over into best."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from typing import Final

import numpy as np
from av.video.frame import VideoFrame

from rushes.engines.arrays import Picture
from rushes.engines.encoding import broadcast
from rushes.engines.footage import open_footage
from rushes.engines.post.seam import Ends, Seam, SeamKind
from rushes.engines.post.video_texture import Texture
from rushes.engines.remuxing import Passage, Source

_LEAST_SECONDS: Final = Fraction(1)
"""What is repeated lasts so long, or as long as the video; less would be a flicker."""


class Loop:
    """What a video of a texture goes on with: from `start` to its end, again and again."""

    def __init__(self, source: Source, texture: Texture, *, rate: Fraction) -> None:
        """Choose the jump and how its seam is made.

        Raises:
            MediaRejected: The video is broken.
        """
        self._source, self._rate = source, rate
        self._jump = texture.best_jump(least=round(_LEAST_SECONDS * rate))
        self.seam = self._make_seam(texture)
        if self.seam.kind is SeamKind.CROSSFADE:
            # A fade is seen wherever it is: then as seldom as can be.
            self._jump = texture.jump_to_the_first()
            self.seam = self._make_seam(texture)
        self.period = texture.frames - self._jump.start

    @property
    def reason(self) -> str:
        """How it goes on and why, in words."""
        return f"Repeated from frame {self._jump.start}, {self.period} frames. {self.seam.reason}"

    def frames(self) -> Iterator[VideoFrame]:
        """Yield the frames that follow the end, without end.

        Raises:
            MediaRejected: The video is broken.
        """
        while True:
            with open_footage(self._source, start=self._jump.start) as footage:
                for number, frame in enumerate(footage.frames):
                    yield self._bridged(number, frame) if number < self.seam.frames else frame

    def sound(self, added: int) -> Iterator[Passage]:
        """Yield the passages of the video's sound that go with the first `added` of these frames."""
        start = self._jump.start / self._rate
        for begin in range(0, added, self.period):
            seconds = min(self.period, added - begin) / self._rate
            yield Passage(source=self._source, start=start, seconds=seconds)

    def _make_seam(self, texture: Texture) -> Seam:
        start, most = self._jump.start, texture.frames - self._jump.start - 1
        ends = _ends(self._source, frames=texture.frames, start=start)
        return Seam(ends, self._jump, natural=texture.natural, rate=float(self._rate), most=most)

    def _bridged(self, number: int, frame: VideoFrame) -> VideoFrame:
        picture = self.seam.picture(number, _colours(frame))
        return broadcast(VideoFrame.from_ndarray(picture, format="rgb24"))


def _ends(source: Source, *, frames: int, start: int) -> Ends:
    final = _read(source, max(0, frames - 2), 2)
    (match,) = _read(source, max(0, start - 1), 1)
    return Ends(before=final[0], last=final[-1], match=match)


def _read(source: Source, start: int, count: int) -> list[Picture]:
    with open_footage(source, start=start) as footage:
        return [_colours(frame) for frame in islice(footage.frames, count)]


def _colours(frame: VideoFrame) -> Picture:
    return np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
