"""Sets a video to sound: an uploaded or spoken one in place of the video's own, beside it or above it."""

import math
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from av.audio.frame import AudioFrame

from rushes.domain.media import AssetRole, MediaKind
from rushes.domain.options import AudioMix, AudioOptions, VideoQuality
from rushes.engines.base import Context, Input, Request
from rushes.engines.media import sounds
from rushes.engines.media.remuxing import Passage, Source, StreamKind, Track, write_tracks
from rushes.engines.media.sound_filters import RATE, decoded, watched
from rushes.engines.media.sounds import open_sound, sound_stream
from rushes.engines.post import speech
from rushes.engines.post.loudness import Loudness, LoudnessMeter, measure
from rushes.engines.post.mastering import MAX_GAIN_DB, TARGET_LUFS, gain_towards, master, write_mix
from rushes.engines.post.mixing import Placement, first, mixed, replaced
from rushes.engines.post.parents import OUTPUT_NAME, parent_of, source_of
from rushes.engines.requests import expected_seconds, options_of
from rushes.engines.stopping import go_on
from rushes.errors import EngineRefused

BIT_RATES: Final = {VideoQuality.HIGH: 160_000, VideoQuality.ULTRA: 192_000}
"""Of the sound, in bits a second."""

_START_SECONDS: Final = 0.05
_SECONDS_PER_SECOND: Final = 0.055
_OWN_SECONDS_PER_SECOND: Final = 0.012
_MOST_DIFFERENCE_LU: Final = 1.0


def validate(request: Request) -> None:
    """Refuse what cannot be set to sound.

    Raises:
        EngineRefused: With a sentence that says what to change.
    """
    options = options_of(request, AudioOptions)
    parent = parent_of(request, MediaKind.VIDEO)
    if round(options.delay_seconds * RATE) >= _length(parent):
        raise EngineRefused(
            f"The sound would begin at {options.delay_seconds:g} s, but the video lasts "
            f"{expected_seconds(parent):.1f} s; "
            "let it begin earlier."
        )
    given = request.inputs.get(AssetRole.AUDIO)
    if given is None and options.speech is None:
        raise EngineRefused("There is no sound to add; upload one, or write what is to be spoken.")
    if given is None:
        speech.require_voice(options.voice)
    elif options.speech is not None:
        raise EngineRefused("There are both a sound and a text to speak; choose one of them.")
    elif options.voice is not None:
        raise EngineRefused("A voice goes with a text to speak; leave it out where a sound is uploaded.")
    elif given.probe.media_type not in sounds.DEMUXERS:
        raise EngineRefused(f"The sound is a {given.probe.media_type} file; upload WAV, MP3, M4A or Ogg.")


def estimate(request: Request) -> float:
    """Return the expected time of a run, in seconds on two cores of a common server."""
    is_alone = options_of(request, AudioOptions).mix is AudioMix.REPLACE
    each = _SECONDS_PER_SECOND if is_alone else _SECONDS_PER_SECOND + _OWN_SECONDS_PER_SECOND
    return _START_SECONDS + each * expected_seconds(parent_of(request, MediaKind.VIDEO))


def make(context: Context) -> None:
    """Make the output and hand it over.

    Raises:
        Cancelled: The platform asked to stop.
        EngineRefused: An input cannot be used.
        MediaRejected: An input is broken.
        EngineError: The output cannot be made.
    """
    parent = parent_of(context.request, MediaKind.VIDEO)
    target = context.request.workdir / OUTPUT_NAME
    with tempfile.TemporaryDirectory(prefix="sound-", dir=context.request.workdir) as folder:
        sound = Path(folder) / "sound.m4a"
        heard = _make_sound(context, parent, Path(folder), sound)
        context.stage("writing", 0.1)
        _write(context, parent, sound, target)
    context.metric("loudness_lufs", round(heard.lufs, 2))
    context.metric("true_peak_dbtp", round(heard.true_peak_dbtp, 2))
    context.artifact(AssetRole.OUTPUT, target)


def _length(parent: Input) -> int:
    """Return how many samples of sound a video needs."""
    return math.ceil(expected_seconds(parent) * RATE)


def _make_sound(context: Context, parent: Input, folder: Path, target: Path) -> Loudness:
    """Write the video's new sound; return how loud it is."""
    options = options_of(context.request, AudioOptions)
    length = _length(parent)
    context.stage("listening", 0.2)
    new = _new_sound(context, options, folder)
    placement = _placement(context, options, new, length=length)
    context.stage("mixing", 0.3)
    mix_path, meter = folder / "mix.wav", LoudnessMeter()
    with _mix(context, options, new, parent, placement) as frames:
        write_mix(meter.watch(watched(frames, _counting(context, length))), mix_path)
    measured = meter.read()
    context.stage("mastering", 0.4)
    gain = _gain(context, measured) if options.normalize else 0.0
    on_frame = _counting(context, 2 * length)
    bit_rate = BIT_RATES[options.video_quality]
    heard = master(mix_path, target, measured=measured, gain_db=gain, bit_rate=bit_rate, on_frame=on_frame)
    if abs(heard.lufs - (measured.lufs + gain)) > _MOST_DIFFERENCE_LU and not measured.is_silent:
        context.log("warning", f"The sound's peaks let it become no louder than {heard.lufs:.1f} LUFS.")
    return heard


def _new_sound(context: Context, options: AudioOptions, folder: Path) -> Source:
    given = context.request.inputs.get(AssetRole.AUDIO)
    if given is not None:
        return source_of(given)
    path = folder / "speech.wav"
    speech.speak(options.speech or "", path, voice=options.voice, go_on=lambda: go_on(context))
    return Source(path=path, media_type="audio/wav")


def _placement(context: Context, options: AudioOptions, new: Source, *, length: int) -> Placement:
    delay = round(options.delay_seconds * RATE)
    with open_sound(new.path, media_type=new.media_type) as file:
        begin = first(decoded(file, in_step=False), length - delay)
        heard = measure(watched(begin, _counting(context, length - delay)), peaks=False)
    if not heard.samples:
        raise EngineRefused("The sound is too short to be heard; upload a longer one.")
    if heard.is_silent:
        context.log("warning", "The new sound is silent.")
    # What is to be above the other sound must be as loud as speech is for the other to make way for it.
    is_levelled = options.normalize and options.mix is AudioMix.DUCK
    return Placement(
        length=length,
        delay=delay,
        heard=min(heard.samples, length - delay),
        fade_in=round(options.fade_in_seconds * RATE),
        fade_out=round(options.fade_out_seconds * RATE),
        gain_db=gain_towards(TARGET_LUFS, heard) if is_levelled else 0.0,
    )


@contextmanager
def _mix(
    context: Context, options: AudioOptions, new: Source, parent: Input, placement: Placement
) -> Generator[Iterator[AudioFrame]]:
    with (
        open_sound(new.path, media_type=new.media_type) as new_file,
        open_sound(parent.path, media_type=parent.probe.media_type) as own_file,
    ):
        above = decoded(new_file, in_step=False)
        if options.mix is AudioMix.REPLACE:
            yield replaced(above, placement)
        elif sound_stream(own_file) is None:
            context.log("info", "The video has no sound of its own: the new one stands alone.")
            yield replaced(above, placement)
        else:
            yield mixed(above, decoded(own_file, in_step=True), placement, mix=options.mix)


def _gain(context: Context, measured: Loudness) -> float:
    gain = gain_towards(TARGET_LUFS, measured)
    if measured.is_silent:
        context.log("warning", "There is nothing to hear: the loudness is left as it is.")
    elif gain == MAX_GAIN_DB:
        context.log(
            "warning",
            f"The sound is very quiet ({measured.lufs:.1f} LUFS): it is made louder by {gain:g} dB only.",
        )
    return gain


def _write(context: Context, parent: Input, sound: Path, target: Path) -> None:
    seconds = expected_seconds(parent)
    own = [Passage(source=source_of(parent))]
    new = [Passage(source=Source(path=sound, media_type="audio/mp4"))]
    tracks = [
        Track(kind=StreamKind.VIDEO, passages=own),
        Track(kind=StreamKind.AUDIO, passages=new),
        Track(kind=StreamKind.SUBTITLE, passages=own),
    ]

    def on_packet(time: float) -> None:
        go_on(context)
        context.progress(time, max(time, seconds))

    write_tracks(tracks, target, on_packet=on_packet)


def _counting(context: Context, samples: int) -> Callable[[AudioFrame], None]:
    """Return what reports each frame of so many samples as progress, and stops when that is asked for."""
    done = 0

    def on_frame(frame: AudioFrame) -> None:
        nonlocal done
        go_on(context)
        done += frame.samples
        context.progress(min(done, samples), samples)

    return on_frame
