"""Makes a parent's video longer: repeats it, runs it back and forth, or lets it run out."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from av.video.frame import VideoFrame

from rushes.domain.media import AssetRole, MediaKind
from rushes.domain.options import ExtendMode, ExtendOptions, VideoQuality
from rushes.engines.base import Context, Request
from rushes.engines.media.ahead import ahead
from rushes.engines.media.encoding import Encoder
from rushes.engines.media.footage import MAX_FRAMES, open_footage
from rushes.engines.media.remuxing import Passage, Source, StreamKind, Track, write_tracks
from rushes.engines.media.sizes import Size
from rushes.engines.post.extrapolation import MAX_FRAMES as MOVING_FRAMES
from rushes.engines.post.joining import joinable_frames
from rushes.engines.post.likeness import Change, small
from rushes.engines.post.looping import Loop
from rushes.engines.post.parents import OUTPUT_NAME, parent_of, source_of
from rushes.engines.post.pingpong import back_and_forth
from rushes.engines.post.running_out import run_out
from rushes.engines.post.video_texture import MAX_PICTURES, Texture
from rushes.engines.requests import expected_frames, expected_rate, options_of
from rushes.engines.stopping import go_on
from rushes.errors import EngineRefused, MediaRejected

_START_SECONDS: Final = 0.05
_READ_SECONDS_PER_MEGAPIXEL: Final = 0.0021
_WRITE_SECONDS_PER_MEGAPIXEL: Final = {VideoQuality.HIGH: 0.0125, VideoQuality.ULTRA: 0.028}
_STILL_SHARE: Final = 0.3
"""How much of that a frame takes that is as the one before."""

_WATCHED_SHARE: Final = 0.25
_COPIED_SHARE: Final = 0.6
_JOINED_SHARE: Final = 0.05
_SEAM_FRAMES: Final = 50
"""What is read to get at the frames on both sides of a seam: that much lies between two key frames."""

_WATCHED: Final = {ExtendMode.PINGPONG: 1, ExtendMode.EXTRAPOLATE: _SEAM_FRAMES}
"""How many of the last frames a mode has to know, if not all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parent:
    """A video as it was read.

    `end` are its last two frames, as far as they were; `is_kept` says that its own packets stay, with ours
    behind them.
    """

    source: Source
    rate: Fraction
    texture: Texture
    end: Sequence[VideoFrame]
    is_kept: bool

    @property
    def frames(self) -> int:
        """How many frames it has."""
        return self.texture.frames


@dataclass(frozen=True, slots=True, kw_only=True)
class _Continuation:
    """What follows a video: frames without end, and the sound that goes with them.

    `natural` is how much neighbours differ, if that is known; the seam changes the first `seam_frames`.
    """

    frames: Iterator[VideoFrame]
    sound: Sequence[Passage]
    natural: float | None
    seam_frames: int


def validate(request: Request) -> None:
    """Refuse what is no video, would become too long, or asks for a model that is not there.

    Raises:
        EngineRefused: With a sentence that says what to change.
    """
    options = options_of(request, ExtendOptions)
    if options.mode is ExtendMode.CONTINUE:
        raise EngineRefused(
            "No generative model is configured here to continue a video: choose loop, pingpong or "
            "extrapolate, or have the operator install one."
        )
    parent = parent_of(request, MediaKind.VIDEO)
    frames = expected_frames(parent) + round(options.seconds * expected_rate(parent))
    if frames > MAX_FRAMES:
        raise EngineRefused(
            f"The output would have {frames} frames; at most {MAX_FRAMES} are made: ask for fewer seconds."
        )


def estimate(request: Request) -> float:
    """Return the expected time of a run, in seconds on two cores of a common server.

    The parent's packets are taken to stay, as those of this installation's outputs do.
    """
    options = options_of(request, ExtendOptions)
    parent = parent_of(request, MediaKind.VIDEO)
    added = options.seconds * expected_rate(parent)
    watched = _SEAM_FRAMES + (expected_frames(parent) if options.mode is ExtendMode.LOOP else 0)
    drawn = added
    if options.mode is ExtendMode.EXTRAPOLATE:
        drawn = MOVING_FRAMES + _STILL_SHARE * max(0, added - MOVING_FRAMES)
    writing = _WRITE_SECONDS_PER_MEGAPIXEL[options.video_quality] * drawn
    reading = _READ_SECONDS_PER_MEGAPIXEL * (watched + added)
    return _START_SECONDS + parent.probe.width * parent.probe.height / 1e6 * (reading + writing)


def make(context: Context) -> None:
    """Make the longer file and hand it over.

    The parent's frames stay bit by bit as they are where the encoder's own can follow them, else they are
    coded anew; its sound and subtitles stay. What is repeated has its sound repeated; backwards it is silent.

    Raises:
        Cancelled: The platform asked to stop.
        MediaRejected: The parent's output is broken.
        EngineError: The output cannot be made.
    """
    options = options_of(context.request, ExtendOptions)
    source = source_of(parent_of(context.request, MediaKind.VIDEO))
    workdir = context.request.workdir
    path = workdir / OUTPUT_NAME
    with TemporaryDirectory(prefix="extend-", dir=workdir) as folder:
        pictures = Path(folder) / "pictures.mp4"
        with open_footage(source) as footage:
            rate, size = footage.rate, footage.size
            kept = joinable_frames(source, footage, quality=options.video_quality, workdir=Path(folder))
        with Encoder(pictures, size=size, rate=rate, quality=options.video_quality) as encoder:
            reading = _COPIED_SHARE if kept is None else _WATCHED_SHARE
            context.stage("reading", reading)
            parent = _read(context, source, rate=rate, kept=kept, encoder=encoder)
            context.stage("extending", 1 - reading - _JOINED_SHARE)
            added = round(Fraction(options.seconds) * rate)
            continuation = _continue(context, parent, size, options.mode, added)
            _write(context, encoder, parent, continuation, added=added)
        context.stage("joining", _JOINED_SHARE)
        _join(context, parent, continuation, pictures=pictures, path=path)
    context.metric("frames", parent.frames + added)
    context.artifact(AssetRole.OUTPUT, path)


def _read(context: Context, source: Source, *, rate: Fraction, kept: int | None, encoder: Encoder) -> _Parent:
    """Get to know the parent: the end of one whose frames are kept, else all of it while it is coded anew."""
    first = _first_watched(context, kept)
    expected = (kept or expected_frames(parent_of(context.request, MediaKind.VIDEO))) - first
    texture, end = Texture(first=first), deque[VideoFrame](maxlen=2)
    with open_footage(source, start=first) as footage, ahead(footage.frames) as frames:
        for count, frame in enumerate(frames, start=1):
            go_on(context)
            if kept is None:
                encoder.write(frame)
            texture.add(small(frame))
            end.append(frame)
            context.progress(count, max(count, expected))
    if not end:
        raise MediaRejected("The video's last frames are missing; export it again.")
    return _Parent(source=source, rate=rate, texture=texture, end=tuple(end), is_kept=kept is not None)


def _first_watched(context: Context, kept: int | None) -> int:
    """Return the first frame to look at: a loop may go back far, what turns around needs only the last."""
    mode = options_of(context.request, ExtendOptions).mode
    return max(0, (kept or 0) - _WATCHED.get(mode, MAX_PICTURES))


def _continue(context: Context, parent: _Parent, size: Size, mode: ExtendMode, added: int) -> _Continuation:
    if mode is ExtendMode.PINGPONG:
        frames = back_and_forth(parent.source, frames=parent.frames, size=size)
        return _Continuation(frames=frames, sound=(), natural=None, seam_frames=0)
    if mode is ExtendMode.EXTRAPOLATE:
        natural = parent.texture.natural
        return _Continuation(frames=run_out(parent.end), sound=(), natural=natural, seam_frames=MOVING_FRAMES)
    loop = Loop(parent.source, parent.texture, parent.end, rate=parent.rate)
    context.log("info", loop.reason)
    return _Continuation(
        frames=loop.frames(),
        sound=tuple(loop.sound(added)),
        natural=parent.texture.natural,
        seam_frames=loop.seam.frames,
    )


def _write(
    context: Context, encoder: Encoder, parent: _Parent, continuation: _Continuation, *, added: int
) -> None:
    """Write the frames that follow."""
    meter = _SeamMeter(parent.texture, continuation)
    with ahead(islice(continuation.frames, added)) as frames:
        for count, frame in enumerate(frames, start=1):
            go_on(context)
            encoder.write(frame)
            meter.add(frame)
            context.progress(count, added)
    context.metric("seam_error", meter.error)


class _SeamMeter:
    """Finds the worst step from the parent's last frame on over the seam."""

    def __init__(self, texture: Texture, continuation: _Continuation) -> None:
        """Begin at the parent's last frame."""
        self._natural, self._left = continuation.natural, continuation.seam_frames + 1
        self._change, self._worst = Change(), 0.0
        self._change.add(texture.last)

    def add(self, frame: VideoFrame) -> None:
        """Take the next frame that follows."""
        step = self._change.add(small(frame))
        if self._left > 0:
            self._left -= 1
            self._worst = max(self._worst, step)

    @property
    def error(self) -> float:
        """The worst step in the differences that neighbours have."""
        return self._worst / (self._natural or self._change.natural)


def _join(
    context: Context, parent: _Parent, continuation: _Continuation, *, pictures: Path, path: Path
) -> None:
    new = Passage(source=Source(path=pictures, media_type="video/mp4"))
    kept = Passage(source=parent.source, seconds=parent.frames / parent.rate)
    video = [Passage(source=parent.source), new] if parent.is_kept else [new]
    tracks = [
        Track(kind=StreamKind.VIDEO, passages=video),
        Track(kind=StreamKind.AUDIO, passages=[kept, *continuation.sound]),
        Track(kind=StreamKind.SUBTITLE, passages=[kept]),
    ]
    write_tracks(tracks, path, on_packet=lambda _: go_on(context))
