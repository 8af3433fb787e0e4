"""Small pictures and clips that stand for an output or an upload in lists."""

# PyAV's types leave open what a packet belongs to.
# pyright: reportUnknownMemberType=false

import base64
from dataclasses import replace
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray
from PIL import Image, ImageOps
from thumbhash import rgba_to_thumb_hash

from rushes.domain.media import MediaKind, MediaLimits, Probe, kind_of
from rushes.domain.posters import POSTER_TYPE, poster_size
from rushes.engines.media.pictures import in_colour, open_picture
from rushes.engines.media.videos import open_video, upright
from rushes.engines.probing.probe import type_of
from rushes.errors import MediaRejected

PREVIEW_SIDE: Final = 288
PREVIEW_SECONDS: Final = 2.5
PREVIEW_FPS: Final = 12

_CANDIDATE_EVERY_SECONDS: Final = 0.5
_CANDIDATES: Final = 16
_CANDIDATES_OF_UPLOAD: Final = 4
"""Fewer: whoever sent it waits for the check, and it may be far larger than an output."""
_SCORE_SIZE: Final = (160, 90)
_DARK: Final = 25.0
_BRIGHT: Final = 230.0
_HASH_SIDE: Final = 48
_HASH_GROUND: Final = (128, 128, 128, 255)


def still(path: Path, limits: MediaLimits) -> Image.Image:
    """Return a picture file's pixels as displayed.

    Raises:
        MediaRejected: It is broken or too large.
    """
    with open_picture(path, media_type=type_of(path), limits=limits) as picture:
        shown, profile = in_colour(ImageOps.exif_transpose(picture))
        shown.info["icc_profile"] = profile
        return shown


def representative_frame(path: Path, limits: MediaLimits, *, candidates: int = _CANDIDATES) -> Image.Image:
    """Return the sharpest frame that is neither dark nor blown out, of `candidates` half a second apart.

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
            if looked_at == candidates:
                break
    if best is None:
        raise MediaRejected("The video has no frame that can be decoded.")
    return upright(best[1])


def write_poster(picture: Image.Image, target: Path) -> Probe:
    """Write a WebP (RFC 9649) of the size that a poster has."""
    return _write_small(_small(picture, poster_size(*picture.size)), target)


def write_upload_poster(path: Path, target: Path, measured: Probe, limits: MediaLimits) -> Probe:
    """Write the poster of a measured picture or video; return what was measured with its thumbhash.

    Raises:
        MediaRejected: It is broken.
    """
    is_video = kind_of(measured.media_type) is MediaKind.VIDEO
    picture = (
        representative_frame(path, limits, candidates=_CANDIDATES_OF_UPLOAD)
        if is_video
        else still(path, limits)
    )
    # As it is displayed: a video's pixels may be wider than they are high.
    small = _small(picture, poster_size(measured.width, measured.height))
    _write_small(small, target)
    return replace(measured, thumbhash=thumbhash_of(small))


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
    # The library fails on what can be seen through.
    small = Image.alpha_composite(Image.new("RGBA", small.size, _HASH_GROUND), small)
    return base64.b64encode(
        bytes(rgba_to_thumb_hash(small.width, small.height, list(small.tobytes())))
    ).decode()


def _small(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    return picture.resize(size, Image.Resampling.LANCZOS)


def _write_small(picture: Image.Image, target: Path) -> Probe:
    profile = picture.info.get("icc_profile")
    picture.save(target, "WEBP", quality=75, method=4, icc_profile=profile)
    return Probe(media_type=POSTER_TYPE, width=picture.width, height=picture.height, codec="webp")


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
