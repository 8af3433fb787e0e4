"""Measures sound files that nobody vouches for."""

# PyAV's types leave open what a packet belongs to.
# pyright: reportUnknownMemberType=false

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError

from rushes.domain.media import MediaLimits, Probe
from rushes.errors import MediaRejected

DEMUXERS: Final[Mapping[str, str]] = {
    "audio/wav": "wav",
    "audio/mpeg": "mp3",
    "audio/mp4": "mov,mp4,m4a,3gp,3g2,mj2",
    "audio/ogg": "ogg",
}
"""FFmpeg's name of the one demuxer of each accepted type."""

DECODERS: Final = frozenset(
    ("mp3", "mp3float", "aac", "alac", "vorbis", "libvorbis", "opus", "libopus", "flac", "libspeex")
) | {f"pcm_{layout}" for layout in ("u8", "s16le", "s24le", "s32le", "f32le", "f64le", "alaw", "mulaw")}


def probe_sound(path: Path, *, media_type: str, limits: MediaLimits) -> Probe:
    """Measure a sound file, decoding its first packets; the duration is counted, whatever its header says.

    Raises:
        MediaRejected: It is broken, too long, or has no sound that can be decoded here.
    """
    demuxer = DEMUXERS[media_type]
    options = {"codec_whitelist": ",".join(sorted(DECODERS)), "threads": "1"}
    whitelists = {"format_whitelist": demuxer, "protocol_whitelist": "file"}
    # By path, never by a Python file: that would put FFmpeg's restriction of protocols out of force.
    full = str(path.absolute())
    try:
        with av.open(
            full, format=demuxer.partition(",")[0], options=options, container_options=whitelists
        ) as file:
            return _measure(file, media_type, limits)
    except MemoryError:
        raise
    except (FFmpegError, UnicodeError) as error:
        raise MediaRejected("The sound is cut off or broken; export it again.") from error


def _measure(file: InputContainer, media_type: str, limits: MediaLimits) -> Probe:
    if not file.streams.audio:
        raise MediaRejected("The file holds no sound.")
    stream = file.streams.audio[0]
    codec = stream.codec_context.codec
    if codec.name not in DECODERS:
        raise MediaRejected(f"The sound's codec {codec.name} is not accepted; export it as MP3, AAC or WAV.")
    seconds = _count(file, stream, limits)
    if seconds <= 0:
        raise MediaRejected("The sound has no sample that can be decoded.")
    return Probe(
        media_type=media_type, width=0, height=0, duration_seconds=seconds, codec=codec.canonical_name
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
