"""Makes a parent's video or picture 2 or 4 times as large, by resampling."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from PIL import Image, ImageOps

from rushes.domain.media import EXTENSIONS, AssetRole, MediaKind, MediaLimits, kind_of
from rushes.domain.options import UpscaleOptions, VideoQuality
from rushes.engines.base import Context, Input, Request
from rushes.engines.media.ahead import ahead
from rushes.engines.media.encoding import Encoder
from rushes.engines.media.footage import Footage, open_footage
from rushes.engines.media.pictures import FORMATS, in_colour, open_picture
from rushes.engines.media.remuxing import carry_over
from rushes.engines.media.sizes import Size
from rushes.engines.post.parents import OUTPUT_NAME, parent_of, source_of
from rushes.engines.post.resampling import Resampler, enlarge_picture
from rushes.engines.requests import expected_frames, options_of
from rushes.engines.stopping import go_on
from rushes.errors import EngineRefused

_LIMITS: Final = MediaLimits()
_PICTURE_QUALITY: Final = 95

_START_SECONDS: Final = 0.15
_SECONDS_PER_MEGAPIXEL: Final = {VideoQuality.HIGH: 0.0118, VideoQuality.ULTRA: 0.032}
_PICTURE_SECONDS_PER_MEGAPIXEL: Final = {"image/png": 0.32, "image/webp": 0.17, "image/jpeg": 0.06}


def validate(request: Request) -> None:
    """Refuse what is no picture or video, or would become too large.

    Raises:
        EngineRefused: With a sentence that says what to change.
    """
    options = options_of(request, UpscaleOptions)
    parent = parent_of(request, MediaKind.VIDEO, MediaKind.IMAGE)
    _require_fitting(Size(width=parent.probe.width, height=parent.probe.height), options.scale)


def estimate(request: Request) -> float:
    """Return the expected time of a run, in seconds on two cores of a common server."""
    options = options_of(request, UpscaleOptions)
    parent = parent_of(request, MediaKind.VIDEO, MediaKind.IMAGE)
    megapixels = parent.probe.width * parent.probe.height * options.scale**2 / 1e6
    if kind_of(parent.probe.media_type) is MediaKind.IMAGE:
        return _START_SECONDS + megapixels * _PICTURE_SECONDS_PER_MEGAPIXEL[parent.probe.media_type]
    return (
        _START_SECONDS + expected_frames(parent) * megapixels * _SECONDS_PER_MEGAPIXEL[options.video_quality]
    )


def make(context: Context) -> None:
    """Make the larger file and hand it over.

    Raises:
        Cancelled: The platform asked to stop.
        MediaRejected: The parent's output is broken.
        EngineError: The output cannot be made.
    """
    options = options_of(context.request, UpscaleOptions)
    parent = parent_of(context.request, MediaKind.VIDEO, MediaKind.IMAGE)
    if kind_of(parent.probe.media_type) is MediaKind.IMAGE:
        path = _make_picture(context, parent, scale=options.scale)
    else:
        path = _make_video(context, parent, options)
    context.artifact(AssetRole.OUTPUT, path)


def _require_fitting(size: Size, scale: int) -> None:
    larger = Size(width=size.width * scale, height=size.height * scale)
    if max(larger.width, larger.height) > _LIMITS.side or larger.megapixels > _LIMITS.pixels / 1e6:
        advice = "choose 2 times" if scale > 2 else "start from a smaller one"  # noqa: PLR2004 - 2 or 4
        raise EngineRefused(
            f"{scale} times {size.width}×{size.height} is {larger.width}×{larger.height}; at most "
            f"{_LIMITS.side} pixels a side and {_LIMITS.pixels / 1e6:g} megapixels are made: {advice}."
        )


def _make_video(context: Context, parent: Input, options: UpscaleOptions) -> Path:
    path, source = context.request.workdir / OUTPUT_NAME, source_of(parent)
    with TemporaryDirectory(prefix="upscale-", dir=path.parent) as folder, open_footage(source) as footage:
        _require_fitting(footage.size, options.scale)
        pictures = Path(folder) / "pictures.mp4"
        context.stage("resampling", 0.97)
        frames = _enlarge(context, footage, options, pictures)
        context.stage("joining", 0.03)
        carry_over(pictures, source, path, on_packet=lambda _: go_on(context))
    context.metric("frames", frames)
    return path


def _enlarge(context: Context, footage: Footage, options: UpscaleOptions, path: Path) -> int:
    """Write each frame of the footage larger; return how many there were."""
    scale, size = options.scale, footage.size
    larger = Size(width=size.width * scale, height=size.height * scale)
    expected = expected_frames(parent_of(context.request, MediaKind.VIDEO))
    resampler = Resampler(size, scale=scale)
    count = 0
    with (
        Encoder(path, size=larger, rate=footage.rate, quality=options.video_quality) as encoder,
        ahead(map(resampler.enlarge, footage.frames)) as frames,
    ):
        for count, frame in enumerate(frames, start=1):
            go_on(context)
            encoder.write(frame)
            context.progress(count, max(count, expected))
    return count


def _make_picture(context: Context, parent: Input, *, scale: int) -> Path:
    media_type = parent.probe.media_type
    context.stage("resampling", 1.0)
    go_on(context)
    with open_picture(parent.path, media_type=media_type, limits=_LIMITS) as opened:
        upright = ImageOps.exif_transpose(opened)
        _require_fitting(Size(width=upright.width, height=upright.height), scale)
        picture, profile = in_colour(upright)
    large = enlarge_picture(picture, scale=scale)
    go_on(context)
    path = context.request.workdir / f"output.{EXTENSIONS[media_type]}"
    _save(large, path, media_type=media_type, profile=profile)
    context.progress(1, 1)
    return path


def _save(picture: Image.Image, path: Path, *, media_type: str, profile: bytes | None) -> None:
    options = {} if media_type == "image/png" else {"quality": _PICTURE_QUALITY}
    picture.save(path, format=FORMATS[media_type], icc_profile=profile, **options)
