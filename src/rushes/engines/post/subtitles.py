"""Captions a video: subtitles as a track that can be switched off, or drawn into the picture."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from rushes.domain.media import AssetRole, MediaKind
from rushes.domain.options import SubtitlesOptions, SubtitleStyle, VideoQuality
from rushes.engines.base import Context, Input, Request
from rushes.engines.media.ahead import ahead
from rushes.engines.media.encoding import Encoder
from rushes.engines.media.footage import open_footage
from rushes.engines.media.remuxing import Passage, Source, StreamKind, Track, carry_over, write_tracks
from rushes.engines.post.burning import Burner
from rushes.engines.post.cues import Cue, cut_to
from rushes.engines.post.languages import spoken_language, track_language
from rushes.engines.post.parents import OUTPUT_NAME, parent_of, source_of
from rushes.engines.post.script_timing import timed
from rushes.engines.post.soft_track import write_soft_track
from rushes.engines.post.subtitle_files import read_cues, read_text
from rushes.engines.post.transcription import load_model, require_model, transcribe
from rushes.engines.requests import expected_frames, expected_seconds, options_of
from rushes.engines.stopping import go_on
from rushes.engines.typesetting.drawing import missing_glyphs
from rushes.errors import EngineRefused

_START_SECONDS: Final = 0.06
_SECONDS_PER_GIGAPIXEL: Final = {VideoQuality.HIGH: 10.8, VideoQuality.ULTRA: 32.0}
_SECONDS_PER_SPOKEN_SECOND: Final = 0.5
_SOFT_SECONDS_PER_FRAME: Final = 0.0001


def validate(request: Request) -> None:
    """Refuse what cannot be captioned.

    Raises:
        EngineRefused: With a sentence that says what to change.
    """
    options = options_of(request, SubtitlesOptions)
    parent_of(request, MediaKind.VIDEO)
    is_given = AssetRole.SUBTITLES in request.inputs
    ways = [is_given, options.script is not None, options.transcribe]
    if sum(ways) == 0:
        raise EngineRefused("There are no words to show; upload subtitles, write a script, or transcribe.")
    if sum(ways) > 1:
        raise EngineRefused(
            "There is more than one source of words; choose a file, a script, or transcribing."
        )
    if options.transcribe:
        spoken_language(options.language)
        require_model()


def estimate(request: Request) -> float:
    """Return the expected time of a run, in seconds on two cores of a common server."""
    options = options_of(request, SubtitlesOptions)
    parent = parent_of(request, MediaKind.VIDEO)
    seconds = _START_SECONDS + _SOFT_SECONDS_PER_FRAME * expected_frames(parent)
    if options.transcribe:
        seconds += _SECONDS_PER_SPOKEN_SECOND * expected_seconds(parent)
    if options.style is SubtitleStyle.BURNED:
        pixels = expected_frames(parent) * parent.probe.width * parent.probe.height
        seconds += _SECONDS_PER_GIGAPIXEL[options.video_quality] * pixels / 1e9
    return seconds


def make(context: Context) -> None:
    """Make the output and hand it over.

    Raises:
        Cancelled: The platform asked to stop.
        EngineRefused: An input cannot be used.
        MediaRejected: An input is broken.
        EngineError: The output cannot be made.
    """
    options = options_of(context.request, SubtitlesOptions)
    parent = parent_of(context.request, MediaKind.VIDEO)
    target = context.request.workdir / OUTPUT_NAME
    context.stage("reading", _read_share(options))
    cues = _cues(context, options, parent)
    if not cues:
        raise EngineRefused(
            f"All subtitles begin after the video's end at {expected_seconds(parent):.1f} s; "
            "correct their times."
        )
    with tempfile.TemporaryDirectory(prefix="subtitles-", dir=context.request.workdir) as folder:
        if options.style is SubtitleStyle.BURNED:
            _burn(context, options, cues, Path(folder) / "pictures.mp4", target)
        else:
            _add_track(context, options, cues, Path(folder) / "words.mp4", target)
    context.metric("cues", len(cues))
    context.artifact(AssetRole.OUTPUT, target)


def _cues(context: Context, options: SubtitlesOptions, parent: Input) -> Sequence[Cue]:
    given = context.request.inputs.get(AssetRole.SUBTITLES)
    length_ms = round(1000 * expected_seconds(parent))
    if options.transcribe:
        reached = _reaching(context, parent)
        cues = transcribe(source_of(parent), load_model(), language=options.language, on_time=reached)
    elif given is None:
        cues = timed(options.script or "", length_ms=length_ms)
    elif given.probe.media_type == "text/plain":
        cues = timed(read_text(given.path), length_ms=length_ms)
    else:
        cues = read_cues(given.path)
    within = cut_to(cues, length_ms)
    if len(within) < len(cues):
        late = len(cues) - len(within)
        context.log(
            "warning", f"Left out, as they begin after the video's end: {late} of {len(cues)} subtitles."
        )
    return within


def _add_track(
    context: Context, options: SubtitlesOptions, cues: Sequence[Cue], words: Path, target: Path
) -> None:
    parent = parent_of(context.request, MediaKind.VIDEO)
    write_soft_track(cues, words, language=track_language(options.language))
    own = [Passage(source=source_of(parent))]
    new = [Passage(source=Source(path=words, media_type="video/mp4"))]
    tracks = [
        Track(kind=StreamKind.VIDEO, passages=own),
        Track(kind=StreamKind.AUDIO, passages=own),
        Track(kind=StreamKind.SUBTITLE, passages=new),
    ]
    context.stage("writing", 1 - _read_share(options))
    write_tracks(tracks, target, on_packet=_reaching(context, parent))


def _burn(
    context: Context, options: SubtitlesOptions, cues: Sequence[Cue], pictures: Path, target: Path
) -> None:
    parent = parent_of(context.request, MediaKind.VIDEO)
    missing = missing_glyphs("".join(cue.text for cue in cues))
    if missing:
        context.log("warning", f"No font here has these characters, a box stands for each: {missing[:50]}")
    context.stage("drawing", 0.95 - _read_share(options))
    _draw(context, options, cues, pictures)
    context.stage("writing", 0.05)
    carry_over(pictures, source_of(parent), target, on_packet=_reaching(context, parent))


def _draw(context: Context, options: SubtitlesOptions, cues: Sequence[Cue], path: Path) -> None:
    parent = parent_of(context.request, MediaKind.VIDEO)
    expected = expected_frames(parent)
    with (
        open_footage(source_of(parent)) as footage,
        Encoder(path, size=footage.size, rate=footage.rate, quality=options.video_quality) as encoder,
    ):
        burner = Burner(cues, footage.size, position=options.position)
        with ahead(burner.burn(footage.frames, footage.rate)) as frames:
            for count, frame in enumerate(frames, start=1):
                go_on(context)
                encoder.write(frame)
                context.progress(count, max(count, expected))


def _read_share(options: SubtitlesOptions) -> float:
    return 0.5 if options.transcribe else 0.02


def _reaching(context: Context, parent: Input) -> Callable[[float], None]:
    """Return what reports a time of the video as progress, and stops when that is asked for."""
    seconds = expected_seconds(parent)

    def reached(time: float) -> None:
        go_on(context)
        context.progress(time, max(time, seconds))

    return reached
