"""Frames as pictures, and back."""

import numpy as np
from av.video.frame import VideoFrame

from rushes.engines.arrays import Picture
from rushes.engines.media.encoding import broadcast


def colours_of(frame: VideoFrame) -> Picture:
    """Return a frame as a picture: (height, width, 3), sRGB."""
    return np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)


def frame_of(picture: Picture) -> VideoFrame:
    """Return a picture as a frame like those of our files."""
    return broadcast(VideoFrame.from_ndarray(picture, format="rgb24"))
