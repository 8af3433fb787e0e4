"""The motion engine's entry: checks a request, then moves the reference picture frame by frame."""

from pathlib import Path
from typing import ClassVar, Final

import numpy as np
from pydantic import ValidationError

from rushes.domain.jobs import JobType
from rushes.domain.media import EXTENSIONS, AssetRole, MediaKind, kind_of
from rushes.domain.options import BaseOptions
from rushes.engines.base import Cancelled, CancelSpeed, Capabilities, Context, Input, Request
from rushes.engines.motion.arrays import Picture
from rushes.engines.motion.encode import Encoder
from rushes.engines.motion.field import inverse, spread
from rushes.engines.motion.flow import Follower
from rushes.engines.motion.frames import Footage, open_footage
from rushes.engines.motion.geometry import MAX_ASPECT, Size, size_of, with_short_side
from rushes.engines.motion.reference import read_reference
from rushes.engines.motion.warp import Warper
from rushes.errors import EngineRefused, MediaRejected

FLOW_SHORT_SIDE: Final = 240
"""The size at which motion is measured, in pixels; finer detail would not fit another figure anyway."""

OUTPUT_NAME: Final = "output.mp4"

_UPLOADS: Final = {
    MediaKind.IMAGE: "a PNG, JPEG or WebP picture",
    MediaKind.VIDEO: "an MP4, QuickTime, WebM or Matroska video",
}

_START_SECONDS: Final = 0.5
_SECONDS_PER_STEP: Final = 0.0008
_SECONDS_PER_MEGAPIXEL: Final = 0.035
_USUAL_FPS: Final = 25.0


class MotionEngine:
    """Warps a reference picture by the dense optical flow of a motion video; no model generates anything.

    The same inputs and options give the same pixels on a machine, whatever the seed: nothing is drawn by lot.
    """

    name: ClassVar = "motion"
    version: ClassVar = "1"
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
        _options(request)
        reference = _input(request, AssetRole.REFERENCE, MediaKind.IMAGE)
        motion = _input(request, AssetRole.MOTION, MediaKind.VIDEO)
        _require_aspect("reference picture", _probed_size(reference))
        _require_aspect("motion video", _probed_size(motion))

    def estimate(self, request: Request) -> float:
        """Return the expected time of a run, in seconds on two cores of a common server."""
        options = _options(request)
        size = _probed_size(_input(request, AssetRole.REFERENCE, MediaKind.IMAGE))
        output = with_short_side(size, options.resolution.short_side)
        flow = _SECONDS_PER_STEP * options.advanced.inference_steps
        frames = _expected_frames(_input(request, AssetRole.MOTION, MediaKind.VIDEO))
        return _START_SECONDS + frames * (flow + _SECONDS_PER_MEGAPIXEL * output.megapixels)

    def run(self, context: Context) -> None:
        """Make the output and hand it over.

        Raises:
            Cancelled: The platform asked to stop.
            EngineRefused: An input cannot be used.
            EngineError: The output cannot be made.
        """
        self.validate(context.request)
        try:
            _make(context)
        except MediaRejected as error:
            raise EngineRefused(error.message) from error


def _make(context: Context) -> None:
    request = context.request
    options = _options(request)
    context.stage("reading", 0.02)
    source = request.inputs[AssetRole.REFERENCE]
    picture = read_reference(
        source.path, media_type=source.probe.media_type, short_side=options.resolution.short_side
    )
    motion = request.inputs[AssetRole.MOTION]
    with open_footage(motion.path, media_type=motion.probe.media_type, short_side=FLOW_SHORT_SIDE) as footage:
        context.stage("moving", 0.98)
        path = request.workdir / OUTPUT_NAME
        frames = _move(context, picture, footage, options=options, path=path)
    context.metric("frames", frames)
    context.artifact(AssetRole.OUTPUT, path)


def _move(context: Context, picture: Picture, footage: Footage, *, options: BaseOptions, path: Path) -> int:
    """Write the moved picture for each frame of the footage; return how many there were."""
    expected = _expected_frames(context.request.inputs[AssetRole.MOTION])
    gain = np.float32(options.advanced.cfg_scale)
    warper = Warper(picture)
    follower: Follower | None = None
    frames = 0
    with Encoder(path, size=size_of(picture), rate=footage.rate, quality=options.video_quality) as encoder:
        for frames, frame in enumerate(footage.pictures, start=1):
            if context.cancelled():
                raise Cancelled
            follower = follower or Follower(frame, steps=options.advanced.inference_steps)
            encoder.write(warper.draw(inverse(spread(follower.follow(frame)) * gain)))
            context.progress(frames, max(frames, expected))
        if not frames:
            raise EngineRefused("The motion video has no frames; upload another one.")
    return frames


def _options(request: Request) -> BaseOptions:
    try:
        return BaseOptions.model_validate(dict(request.options))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise EngineRefused(f"The option {field} is wrong: {first['msg']}.") from error


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


def _expected_frames(motion: Input) -> int:
    probe = motion.probe
    guess = (probe.duration_seconds or 0.0) * (probe.fps or _USUAL_FPS)
    return max(1, probe.frames or round(guess))
