"""The animatic engine's entry: checks a request, then draws its storyboard."""

from fractions import Fraction
from pathlib import Path
from typing import ClassVar, Final

from PIL import Image

from rushes.domain.jobs import JobType, Orientation
from rushes.domain.media import EXTENSIONS, AssetRole, MediaKind, kind_of
from rushes.domain.options import ImageOptions, TextToVideoOptions
from rushes.engines.animatic.film import Look, OpeningPicture, film, normal, still
from rushes.engines.animatic.reference import read_picture
from rushes.engines.base import CancelSpeed, Capabilities, Context, Request
from rushes.engines.media.encoding import Encoder
from rushes.engines.media.sizes import Size, with_short_side
from rushes.engines.requests import options_of
from rushes.engines.stopping import go_on
from rushes.engines.typesetting.clusters import is_blank
from rushes.engines.typesetting.drawing import missing_glyphs
from rushes.engines.typesetting.fonts import Weight
from rushes.errors import EngineRefused, MediaRejected

RATE: Final = Fraction(24)
"""Frames a second."""

LANDSCAPE: Final = Size(width=16, height=9)
PORTRAIT: Final = Size(width=9, height=16)

VIDEO_NAME: Final = "output.mp4"

_START_SECONDS: Final = 0.6
_SECONDS_PER_MEGAPIXEL: Final = 0.04
_FORMATS: Final = {"png": "PNG", "jpg": "JPEG", "webp": "WEBP"}
_PICTURE_QUALITY: Final = 92
_MOST_NAMED: Final = 20


class AnimaticEngine:
    """Sets a prompt as the cards of a storyboard over moving colour; no model generates anything.

    The same prompt, seed and options give the same pixels on a machine. The negative prompt and the words'
    weights are not used: nothing is generated that they could steer.
    """

    name: ClassVar = "animatic"
    version: ClassVar = "1"
    serves: ClassVar = frozenset({JobType.TEXT_TO_VIDEO, JobType.IMAGE})
    generative: ClassVar = False
    capabilities: ClassVar = Capabilities(cancel=CancelSpeed.IMMEDIATE, resumable=False)

    def validate(self, request: Request) -> None:
        """Refuse what cannot be drawn.

        Raises:
            EngineRefused: With a sentence that says what to change.
        """
        if request.job_type not in self.serves:
            raise EngineRefused(
                f"The animatic engine makes no {request.job_type} jobs; choose another model."
            )
        _options(request)
        _prompt(request)
        _require_picture(request)

    def estimate(self, request: Request) -> float:
        """Return the expected time of a run, in seconds on two cores of a common server."""
        options = _options(request)
        size = _size(request, options)
        frames = _frames(options) if isinstance(options, TextToVideoOptions) else 1
        return _START_SECONDS + frames * _SECONDS_PER_MEGAPIXEL * size.megapixels

    def run(self, context: Context) -> None:
        """Make the output and hand it over.

        Raises:
            Cancelled: The platform asked to stop.
            EngineRefused: The prompt or the reference cannot be used.
            EngineError: The output cannot be written.
        """
        self.validate(context.request)
        options = _options(context.request)
        _tell_missing_glyphs(context)
        context.stage("drawing", 1.0)
        try:
            path = (
                _film(context, options)
                if isinstance(options, TextToVideoOptions)
                else _still(context, options)
            )
        except MediaRejected as error:
            raise EngineRefused(error.message) from error
        context.artifact(AssetRole.OUTPUT, path)


def _film(context: Context, options: TextToVideoOptions) -> Path:
    request, size = context.request, _size(context.request, options)
    opening = _opening(request, options)
    board = film(_prompt(request), _look(request, options), seconds=options.seconds, opening=opening)
    path, frames = request.workdir / VIDEO_NAME, _frames(options)
    with Encoder(path, size=size, rate=RATE, quality=options.video_quality) as encoder:
        for index in range(frames):
            go_on(context)
            encoder.write(board.frame(float(index / RATE)))
            context.progress(index + 1, frames)
    context.metric("frames", frames)
    return path


def _still(context: Context, options: ImageOptions) -> Path:
    request = context.request
    go_on(context)
    picture = still(_prompt(request), _look(request, options), opening=_opening(request, options))
    extension = request.format if request.format in _FORMATS else "png"
    path = request.workdir / f"output.{extension}"
    Image.fromarray(picture).save(path, _FORMATS[extension], quality=_PICTURE_QUALITY)
    context.progress(1, 1)
    return path


def _options(request: Request) -> TextToVideoOptions | ImageOptions:
    model = ImageOptions if request.job_type is JobType.IMAGE else TextToVideoOptions
    return options_of(request, model)


def _prompt(request: Request) -> str:
    text = normal(request.prompt or "")
    if is_blank(text):
        raise EngineRefused("The prompt is empty; write what the film is about.")
    return text


def _require_picture(request: Request) -> None:
    found = request.inputs.get(AssetRole.REFERENCE)
    if found is None:
        return
    media_type = found.probe.media_type
    if media_type not in EXTENSIONS or kind_of(media_type) is not MediaKind.IMAGE:
        raise EngineRefused(f"The reference is a {media_type} file; upload a PNG, JPEG or WebP picture.")


def _look(request: Request, options: TextToVideoOptions | ImageOptions) -> Look:
    return Look(
        size=_size(request, options),
        seed=request.seed,
        follow=options.advanced.cfg_scale,
        steps=options.advanced.inference_steps,
    )


def _size(request: Request, options: TextToVideoOptions | ImageOptions) -> Size:
    shape = PORTRAIT if _is_portrait(request) else LANDSCAPE
    return with_short_side(shape, options.resolution.short_side)


def _is_portrait(request: Request) -> bool:
    """Tell the orientation: as asked for, else the reference's, else landscape."""
    if request.orientation is not None:
        return request.orientation is Orientation.PORTRAIT
    reference = request.inputs.get(AssetRole.REFERENCE)
    return reference is not None and reference.probe.height > reference.probe.width


def _frames(options: TextToVideoOptions) -> int:
    return max(1, round(options.seconds * RATE))


def _opening(request: Request, options: TextToVideoOptions | ImageOptions) -> OpeningPicture | None:
    source = request.inputs.get(AssetRole.REFERENCE)
    if source is None:
        return None
    picture = read_picture(
        source.path, media_type=source.probe.media_type, short_side=options.resolution.short_side
    )
    if isinstance(options, ImageOptions):
        return OpeningPicture(
            picture=picture, strength=options.reference_strength, is_exact=options.exact_copy_mode
        )
    return OpeningPicture(picture=picture)


def _tell_missing_glyphs(context: Context) -> None:
    missing = missing_glyphs(_prompt(context.request), Weight.BOLD)
    if missing:
        context.log(
            "warning",
            f"No font on this machine has {missing[:_MOST_NAMED]}: boxes are drawn instead. The operator can "
            "install one, for instance fonts-noto-cjk or fonts-noto-core.",
        )
