"""Small pictures and clips that stand for an output in lists."""

# PyAV's types leave open what a packet belongs to.
# pyright: reportUnknownMemberType=false

import base64
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray
from PIL import Image, ImageOps
from thumbhash import rgba_to_thumb_hash

from rushes.domain.media import MediaLimits, Probe
from rushes.engines.pictures import open_picture
from rushes.engines.probe import type_of
from rushes.engines.videos import open_video, upright
from rushes.errors import MediaRejected

POSTER_SIDE: Final = 288
PREVIEW_SIDE: Final = 288
PREVIEW_SECONDS: Final = 2.5
PREVIEW_FPS: Final = 12

_CANDIDATE_EVERY_SECONDS: Final = 0.5
_CANDIDATES: Final = 16
_SCORE_SIZE: Final = (160, 90)
_DARK: Final = 25.0
_BRIGHT: Final = 230.0
_HASH_SIDE: Final = 48


def still(path: Path, limits: MediaLimits) -> Image.Image:
    """Return a picture file's pixels as displayed.

    Raises:
        MediaRejected: It is broken or too large.
    """
    with open_picture(path, media_type=type_of(path), limits=limits) as picture:
        mode = "RGBA" if picture.has_transparency_data else "RGB"
        return ImageOps.exif_transpose(picture).convert(mode)


def representative_frame(path: Path, limits: MediaLimits) -> Image.Image:
    """Return the sharpest frame that is neither dark nor blown out, of some from a video's first 8 s.

    Raises:
        MediaRejected: It is broken.
    """
    best: tuple[float, VideoFrame] | None = None
    due, looked_at = 0.0, 0
    with open_video(path, media_type=type_of(path), max_pixels=limits.pixels) as (file, stream):
        for frame in file.decode(stream):
            if (frame.time or 0.0) < due:
                continue
            due, looked_at = due + _CANDIDATE_EVERY_SECONDS, looked_at + 1
            score = _score(frame)
            if best is None or score > best[0]:
                best = score, frame
            if looked_at == _CANDIDATES:
                break
    if best is None:
        raise MediaRejected("The video has no frame that can be decoded.")
    return upright(best[1])


def write_poster(picture: Image.Image, target: Path) -> Probe:
    """Write a WebP (RFC 9649) whose short side has `POSTER_SIDE` pixels, smaller pictures as they are."""
    scale = min(1.0, POSTER_SIDE / min(picture.size))
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    picture.resize(size, Image.Resampling.LANCZOS).save(target, "WEBP", quality=75, method=4)
    return Probe(media_type="image/webp", width=size[0], height=size[1], codec="webp")


def write_hover_preview(path: Path, target: Path, limits: MediaLimits) -> Probe:
    """Write the first `PREVIEW_SECONDS` of a video as a small mute square MP4 that any browser plays.

    Raises:
        MediaRejected: It is broken.
    """
    frames = 0
    with (
        open_video(path, media_type=type_of(path), max_pixels=limits.pixels) as (file, stream),
        av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as clip,
    ):
        options = {"preset": "veryfast", "crf": "30", "profile": "baseline", "threads": "1"}
        out = clip.add_stream("libx264", rate=PREVIEW_FPS, options=options)
        out.width = out.height = PREVIEW_SIDE
        out.pix_fmt = "yuv420p"
        for frame in file.decode(stream):
            at = frame.time or 0.0
            if at >= PREVIEW_SECONDS:
                break
            if at >= frames / PREVIEW_FPS:
                small = _square(frame)
                small.pts = frames
                clip.mux(out.encode(small))
                frames += 1
        clip.mux(out.encode(None))
    return Probe(
        media_type="video/mp4",
        width=PREVIEW_SIDE,
        height=PREVIEW_SIDE,
        duration_seconds=frames / PREVIEW_FPS,
        fps=float(PREVIEW_FPS),
        frames=frames,
        codec="h264",
    )


def thumbhash_of(picture: Image.Image) -> str:
    """Return the picture's ThumbHash (Evan Wallace, evanw.github.io/thumbhash) in base64."""
    small = picture.convert("RGBA")
    small.thumbnail((_HASH_SIDE, _HASH_SIDE))
    return base64.b64encode(
        bytes(rgba_to_thumb_hash(small.width, small.height, list(small.tobytes())))
    ).decode()


def _score(frame: VideoFrame) -> float:
    grey = frame.reformat(width=_SCORE_SIZE[0], height=_SCORE_SIZE[1], format="gray").to_ndarray()
    light = grey.astype(np.float64)
    usable = 1.0 if _DARK < light.mean() < _BRIGHT else 0.1
    return (_laplacian_variance(light) + float(light.std())) * usable


def _laplacian_variance(light: NDArray[np.float64]) -> float:
    """Measure sharpness (Pech-Pacheco et al. 2000, Diatom autofocusing in brightfield microscopy)."""
    centre = light[1:-1, 1:-1]
    around = light[:-2, 1:-1] + light[2:, 1:-1] + light[1:-1, :-2] + light[1:-1, 2:]
    return float((around - 4 * centre).var())


def _square(frame: VideoFrame) -> VideoFrame:
    picture = ImageOps.fit(upright(frame), (PREVIEW_SIDE, PREVIEW_SIDE), Image.Resampling.BILINEAR)
    return VideoFrame.from_ndarray(np.asarray(picture), format="rgb24")
