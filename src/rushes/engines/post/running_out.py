"""Lets a video move on a little beyond its end, and come to rest."""

from collections.abc import Iterator, Sequence
from itertools import chain, repeat

from av.video.frame import VideoFrame

from rushes.engines.post.colours import colours_of, frame_of
from rushes.engines.post.extrapolation import COMING_TO_REST, MAX_FRAMES, Extrapolation


def run_out(end: Sequence[VideoFrame]) -> Iterator[VideoFrame]:
    """Yield without end what follows a video's last two frames, or its only one: at last one picture."""
    extrapolation = Extrapolation(colours_of(end[0]), colours_of(end[-1]), speeds=COMING_TO_REST)
    moving = (extrapolation.picture(steps) for steps in range(1, MAX_FRAMES))
    resting = repeat(extrapolation.picture(MAX_FRAMES))
    return (frame_of(picture) for picture in chain(moving, resting))
