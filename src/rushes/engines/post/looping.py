"""Repeats a video from the frame that its end goes over into best."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final

from av.video.frame import VideoFrame

from rushes.engines.media.footage import open_footage
from rushes.engines.media.remuxing import Passage, Source
from rushes.engines.post.colours import colours_of, frame_of
from rushes.engines.post.seam import Ends, Seam, SeamKind
from rushes.engines.post.video_texture import Texture

_LEAST_SECONDS: Final = Fraction(1)
"""What is repeated lasts so long, or as long as the video; less would be a flicker."""


class Loop:
    """What a video of a texture goes on with: from `start` to its end, again and again."""

    def __init__(
        self, source: Source, texture: Texture, end: Sequence[VideoFrame], *, rate: Fraction
    ) -> None:
        """Choose the jump and how its seam is made; `end` are the video's last two frames, or its only one.

        Raises:
            MediaRejected: The video is broken.
        """
        self._source, self._rate = source, rate
        self._end = [colours_of(frame) for frame in end]
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
        start = self._jump.start
        with open_footage(self._source, start=max(0, start - 1)) as footage:
            match = colours_of(next(footage.frames))
        ends = Ends(before=self._end[0], last=self._end[-1], match=match)
        most = texture.frames - start - 1
        return Seam(ends, self._jump, natural=texture.natural, rate=float(self._rate), most=most)

    def _bridged(self, number: int, frame: VideoFrame) -> VideoFrame:
        return frame_of(self.seam.picture(number, colours_of(frame)))
