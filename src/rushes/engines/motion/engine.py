"""The motion engine's entry: checks a request, says how long it will take, and makes the output."""

from typing import ClassVar, Final

from rushes.domain.jobs import JobType
from rushes.domain.media import EXTENSIONS, AssetRole, MediaKind, kind_of
from rushes.domain.options import BaseOptions, MotionMode
from rushes.engines.base import CancelSpeed, Capabilities, Context, Input, Request
from rushes.engines.media.sizes import MAX_ASPECT, Size, with_short_side
from rushes.engines.motion.pipeline import make
from rushes.engines.requests import expected_frames, options_of
from rushes.errors import EngineRefused, MediaRejected

OUTPUT_NAME: Final = "output.mp4"

_UPLOADS: Final = {
    MediaKind.IMAGE: "a PNG, JPEG or WebP picture",
    MediaKind.VIDEO: "an MP4, QuickTime, WebM or Matroska video",
}

_START_SECONDS: Final = 1.3
_SECONDS_PER_FRAME: Final = 0.024
_SECONDS_PER_STEP: Final = 0.0003
_SECONDS_PER_MEGAPIXEL: Final = 0.045
_SHEET_SHARE: Final = 1.25
"""How many times as long a frame takes when the whole picture is moved."""


class MotionEngine:
    """Bends a reference picture as a motion video's tracked points move; no model generates anything.

    The same request gives the same pixels on a machine.
    """

    name: ClassVar = "motion"
    version: ClassVar = "2"
    serves: ClassVar = frozenset({JobType.BASE})
    generative: ClassVar = False
    capabilities: ClassVar = Capabilities(cancel=CancelSpeed.IMMEDIATE, resumable=False)

    def validate(self, request: Request) -> None:
        """Refuse what cannot be moved, or cannot move it.

        Raises:
            EngineRefused: With a sentence that says what to change.
        """
        if request.job_type not in self.serves:
            raise EngineRefused(f"The motion engine makes no {request.job_type} jobs; choose another model.")
        options_of(request, BaseOptions)
        reference = _input(request, AssetRole.REFERENCE, MediaKind.IMAGE)
        motion = _input(request, AssetRole.MOTION, MediaKind.VIDEO)
        _require_aspect("reference picture", _probed_size(reference))
        _require_aspect("motion video", _probed_size(motion))
        if AssetRole.MASK in request.inputs:
            _input(request, AssetRole.MASK, MediaKind.IMAGE)

    def estimate(self, request: Request) -> float:
        """Return the expected time of a run, in seconds on two cores of a common server."""
        options = options_of(request, BaseOptions)
        size = _probed_size(_input(request, AssetRole.REFERENCE, MediaKind.IMAGE))
        output = with_short_side(size, options.resolution.short_side)
        solving = _SECONDS_PER_STEP * options.advanced.inference_steps
        frame = _SECONDS_PER_FRAME + solving + _SECONDS_PER_MEGAPIXEL * output.megapixels
        if options.motion_mode is MotionMode.SHEET:
            frame *= _SHEET_SHARE
        frames = expected_frames(_input(request, AssetRole.MOTION, MediaKind.VIDEO))
        return _START_SECONDS + frames * frame

    def run(self, context: Context) -> None:
        """Make the output and hand it over.

        Raises:
            Cancelled: The platform asked to stop.
            EngineRefused: An input cannot be used.
            EngineError: The output cannot be made.
        """
        self.validate(context.request)
        options = options_of(context.request, BaseOptions)
        path = context.request.workdir / OUTPUT_NAME
        expected = expected_frames(context.request.inputs[AssetRole.MOTION])
        try:
            frames = make(context, options, path=path, expected_frames=expected)
        except MediaRejected as error:
            raise EngineRefused(error.message) from error
        context.metric("frames", frames)
        context.artifact(AssetRole.OUTPUT, path)


def _input(request: Request, role: AssetRole, kind: MediaKind) -> Input:
    found = request.inputs.get(role)
    if found is None:
        raise EngineRefused(f"The {role} {kind} is missing; upload {_UPLOADS[kind]}.")
    media_type = found.probe.media_type
    if media_type not in EXTENSIONS or kind_of(media_type) is not kind:
        raise EngineRefused(f"The {role} is a {media_type} file; upload {_UPLOADS[kind]}.")
    return found


def _probed_size(source: Input) -> Size:
    return Size(width=source.probe.width, height=source.probe.height)


def _require_aspect(what: str, size: Size) -> None:
    if size.aspect > MAX_ASPECT:
        raise EngineRefused(
            f"The {what} is {size.width}×{size.height}; crop it so that its long side is at most "
            f"{MAX_ASPECT:g} times its short side."
        )
