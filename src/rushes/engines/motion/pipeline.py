"""Makes the output in two passes: the driver is analysed, then the reference is drawn frame by frame."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Final

from rushes.domain.media import AssetRole
from rushes.domain.options import BaseOptions, MotionMode
from rushes.engines.arrays import Gray, Picture
from rushes.engines.base import Context
from rushes.engines.media.ahead import ahead
from rushes.engines.media.encoding import Encoder
from rushes.engines.media.sizes import size_of
from rushes.engines.motion.analyser import ANALYSIS_SHORT_SIDE, Hints, analyse
from rushes.engines.motion.analysis import Analysis, PlacedBy
from rushes.engines.motion.frames import open_motion_video
from rushes.engines.motion.handles import can_be_cut_out
from rushes.engines.motion.reference import Reference, read_mask, read_reference
from rushes.engines.motion.synthesis import Synthesis, SynthesisSettings
from rushes.engines.stopping import go_on

_READING: Final = 0.02
_ANALYSING: Final = 0.4
_MOVING: Final = 0.58

_PLACED_BY: Final = {
    PlacedBy.BOXES: "The given boxes say where the figures are.",
    PlacedBy.FACES: "A face was found in both the picture and the motion video.",
    PlacedBy.HEAD: "No face was found in both: the heads' outlines are laid on each other.",
    PlacedBy.FIGURE: "Neither face nor head was found in both: the figures are laid on each other "
    "as a whole; boxes around the faces would be surer.",
}


def make(context: Context, options: BaseOptions, *, path: Path, expected_frames: int) -> int:
    """Write the moved reference to `path`; return how many frames it has.

    Raises:
        Cancelled: The platform asked to stop.
        EngineRefused: The motion video is empty.
        EngineError: The output cannot be written.
        MediaRejected: An input cannot be read.
    """
    context.stage("reading", _READING)
    reference = _reference(context, options)
    analysis, rate = _analysed(context, options, reference, expected_frames=expected_frames)
    context.stage("moving", _MOVING)
    settings = SynthesisSettings(
        mode=_mode(context, options.motion_mode, analysis),
        steps=options.advanced.inference_steps,
        gain=options.advanced.cfg_scale,
    )
    pictures = Synthesis(reference.picture, analysis, settings).pictures()
    frames = len(analysis.tracks.offsets)
    with Encoder(path, size=size_of(reference.picture), rate=rate, quality=options.video_quality) as encoder:
        _write(context, pictures, encoder, frames=frames)
    return frames


def _reference(context: Context, options: BaseOptions) -> Reference:
    source = context.request.inputs[AssetRole.REFERENCE]
    return read_reference(
        source.path, media_type=source.probe.media_type, short_side=options.resolution.short_side
    )


def _mask(context: Context, reference: Reference) -> Gray | None:
    source = context.request.inputs.get(AssetRole.MASK)
    if source is None:
        return None
    return read_mask(source.path, media_type=source.probe.media_type, size=size_of(reference.picture))


def _analysed(
    context: Context, options: BaseOptions, reference: Reference, *, expected_frames: int
) -> tuple[Analysis, Fraction]:
    """Return what the driver does, and its frames a second."""
    hints = Hints(
        alpha=reference.alpha,
        mask=_mask(context, reference),
        reference_box=options.reference_box,
        motion_box=options.motion_box,
    )
    motion = context.request.inputs[AssetRole.MOTION]
    context.stage("analysing", _ANALYSING)

    def on_frame(done: int) -> None:
        go_on(context)
        context.progress(done, max(done, expected_frames))

    with open_motion_video(
        motion.path, media_type=motion.probe.media_type, short_side=ANALYSIS_SHORT_SIDE
    ) as video:
        analysis = analyse(
            reference.picture,
            video.pictures,
            hints=hints,
            seed=context.request.seed,
            workdir=context.request.workdir,
            on_frame=on_frame,
        )
        _tell(context, analysis)
        return analysis, video.rate


def _tell(context: Context, analysis: Analysis) -> None:
    """Say in the log what the driver was laid on the reference by, and whether its camera moves."""
    context.log("info", _PLACED_BY[analysis.placement.method])
    if analysis.moving_camera:
        context.log("info", "The motion video's camera moves: its motion is taken off.")


def _mode(context: Context, asked: MotionMode, analysis: Analysis) -> MotionMode:
    """Return how the reference is moved: as asked, unless there is no figure to be cut out."""
    if asked is MotionMode.SHEET or can_be_cut_out(analysis):
        return asked
    context.log("warning", "No figure to cut out was found: the picture is moved as a whole, like a sheet.")
    return MotionMode.SHEET


def _write(context: Context, pictures: Iterator[Picture], encoder: Encoder, *, frames: int) -> None:
    """Encode each picture while the next one is drawn."""
    with ahead(pictures, most=1) as drawn:
        for number, picture in enumerate(drawn, start=1):
            go_on(context)
            encoder.write(picture)
            context.progress(number, frames)
