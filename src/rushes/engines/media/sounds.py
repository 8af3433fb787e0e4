"""Reads and measures sound that nobody vouches for."""

# PyAV's types leave open what a packet belongs to.
# pyright: reportUnknownMemberType=false

import contextlib
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Final

from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer

from rushes.domain.media import MediaLimits, Probe
from rushes.engines.media import videos
from rushes.engines.media.videos import codec_name, open_media, require_few_tracks
from rushes.errors import MediaRejected

DEMUXERS: Final[Mapping[str, str]] = {
    "audio/wav": "wav",
    "audio/mpeg": "mp3",
    "audio/mp4": "mov,mp4,m4a,3gp,3g2,mj2",
    "audio/ogg": "ogg",
}
"""FFmpeg's name of the one demuxer of each accepted type."""

_PCM: Final = (
    *("u8", "s16le", "s24le", "s32le", "f32le", "f64le", "alaw", "mulaw"),
    *("s8", "s16be", "s24be", "s32be", "f32be", "f64be"),
)
"""WAV's ways to write samples, and those of QuickTime."""

DECODERS: Final = frozenset(
    ("mp3", "mp3float", "aac", "alac", "vorbis", "libvorbis", "opus", "libopus", "flac", "libspeex")
) | {f"pcm_{layout}" for layout in _PCM}

MIN_RATE: Final = 4000
MAX_RATE: Final = 384_000
MAX_CHANNELS: Final = 16


def probe_sound(path: Path, *, media_type: str, limits: MediaLimits) -> Probe:
    """Measure a sound file, decoding its first packets; the duration is counted, whatever its header says.

    Raises:
        MediaRejected: It is broken, too long, or has no sound that can be decoded here.
    """
    with open_sound(path, media_type=media_type) as file:
        return _measure(file, media_type, limits)


@contextlib.contextmanager
def open_sound(path: Path, *, media_type: str) -> Generator[InputContainer]:
    """Open a sound, or a video for its sound, by the one demuxer of its type: it can name no other file.

    Read inside the `with`: what FFmpeg then finds broken is refused too.

    Raises:
        MediaRejected: It is broken.
    """
    is_video = media_type in videos.DEMUXERS
    with open_media(
        path,
        what="video's sound" if is_video else "sound",
        demuxer=(videos.DEMUXERS if is_video else DEMUXERS)[media_type],
        decoders=DECODERS | videos.DECODERS if is_video else DECODERS,
        max_pixels=MediaLimits().pixels,
    ) as file:
        yield file


def sound_stream(file: InputContainer) -> AudioStream | None:
    """Return the first sound track of an opened file, `None` if there is none.

    Raises:
        MediaRejected: It cannot be decoded here.
    """
    if not file.streams.audio:
        return None
    stream = file.streams.audio[0]
    codec = codec_name(stream)
    if codec not in DECODERS:
        raise MediaRejected(f"The sound's codec {codec} is not accepted; export it as MP3, AAC or WAV.")
    return stream


def _measure(file: InputContainer, media_type: str, limits: MediaLimits) -> Probe:
    require_few_tracks(file)
    stream = sound_stream(file)
    if stream is None:
        raise MediaRejected("The file holds no sound.")
    _require_usual(stream)
    seconds = _count(file, stream, limits)
    if seconds <= 0:
        raise MediaRejected("The sound has no sample that can be decoded.")
    codec = stream.codec_context.codec.canonical_name
    return Probe(media_type=media_type, width=0, height=0, duration_seconds=seconds, codec=codec)


def _require_usual(stream: AudioStream) -> None:
    if not MIN_RATE <= stream.rate <= MAX_RATE or stream.channels > MAX_CHANNELS:
        raise MediaRejected(
            f"The sound has {stream.rate} samples a second in {stream.channels} channels; "
            f"{MIN_RATE} to {MAX_RATE} in {MAX_CHANNELS} at most are accepted."
        )


def _count(file: InputContainer, stream: AudioStream, limits: MediaLimits) -> float:
    """Return the time from the first sample to the last, in seconds, stopping as soon as it is too long."""
    first: AudioFrame | None = None
    start, end = None, 0.0
    for packet in file.demux(stream):
        if packet.size == 0:
            continue
        if first is None:
            first = next(iter(packet.decode()), None)
        if packet.pts is not None:
            at = float(packet.pts * packet.time_base)
            start = at if start is None else min(start, at)
            end = max(end, at + float((packet.duration or 0) * packet.time_base))
        if end - (start or 0.0) > limits.audio_seconds:
            raise MediaRejected(
                f"The sound lasts longer than the allowed {limits.audio_seconds:g} s; cut it."
            )
    return 0.0 if first is None else end - (start or 0.0)
