"""Enlarges by Lanczos resampling and a little sharpening; no detail is invented.

C. E. Duchon, "Lanczos Filtering in One and Two Dimensions", J. Appl. Meteorology 18, 1979. The sharpening, an
unsharp mask, is so weak that the picture stays nearer to a true large one than by resampling alone.
"""

# PyAV types its filters only in part.
# pyright: reportUnknownMemberType=false

from typing import Final

from av.filter.graph import Graph
from av.video.frame import VideoFrame
from PIL import Image, ImageFilter

from rushes.engines.media.sizes import Size

SHARPENING: Final = 0.3
"""The unsharp mask's amount; from about 0.6 on, halos cost more than sharper edges gain."""

_MASK_PIXELS: Final = 5
_MASK_RADIUS: Final = 1.0
_THREADS: Final = 4


class Resampler:
    """Enlarges the frames of one video."""

    def __init__(self, size: Size, *, scale: int) -> None:
        """Take frames of `size`, as `broadcast` makes them, and make their sides `scale` times as long."""
        larger = f"{size.width * scale}:{size.height * scale}"
        mask = f"{_MASK_PIXELS}:{_MASK_PIXELS}"
        buffer = f"video_size={size.width}x{size.height}:pix_fmt=yuv420p:time_base=1/1000:pixel_aspect=1/1"
        self._graph = Graph()
        self._graph.threads = _THREADS
        self._graph.link_nodes(
            self._graph.add("buffer", f"{buffer}:colorspace=bt709:range=tv"),
            self._graph.add("scale", f"{larger}:flags=lanczos"),
            self._graph.add("unsharp", f"{mask}:{SHARPENING}:{mask}:0"),
            self._graph.add("buffersink"),
        ).configure()

    def enlarge(self, frame: VideoFrame) -> VideoFrame:
        """Return the frame with longer sides."""
        self._graph.vpush(frame)
        return self._graph.vpull()


def enlarge_picture(picture: Image.Image, *, scale: int) -> Image.Image:
    """Return a picture with sides `scale` times as long, its transparency resampled but not sharpened."""
    size = (picture.width * scale, picture.height * scale)
    large = picture.resize(size, Image.Resampling.LANCZOS)
    mask = ImageFilter.UnsharpMask(radius=_MASK_RADIUS, percent=round(100 * SHARPENING), threshold=0)
    if large.mode != "RGBA":
        return large.filter(mask)
    sharp = large.convert("RGB").filter(mask)
    sharp.putalpha(large.getchannel("A"))
    return sharp
