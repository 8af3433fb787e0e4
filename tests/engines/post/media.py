"""Makes and reads the small files with sound and subtitles of the post engine's tests."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from rushes.domain.jobs import JobType
from rushes.domain.media import AssetRole, Probe
from rushes.domain.options import VideoQuality
from rushes.engines.base import Input, Request
from rushes.engines.media.encoding import Encoder
from rushes.engines.media.remuxing import Passage, Source, StreamKind, Track, write_tracks
from rushes.engines.media.sizes import size_of

AUDIO_RATE = 48_000
CAPTIONS = ((0.25, 0.75, "Hello"), (1.0, 1.5, "Wörld"))

Captions = Sequence[tuple[float, float, str]]


def write_clip(
    path: Path,
    pictures: Sequence[NDArray[np.uint8]],
    *,
    rate: int = 25,
    tone: float | None = None,
    captions: Captions = (),
    quality: VideoQuality = VideoQuality.HIGH,
) -> Path:
    """Write a video as the engines do, with the sound of a sine and a soft German subtitle track if asked."""
    silent = path.with_suffix(".pictures.mp4")
    with Encoder(silent, size=size_of(pictures[0]), rate=Fraction(rate), quality=quality) as encoder:
        for picture in pictures:
            encoder.write(np.ascontiguousarray(picture))
    tracks = [_track(silent, StreamKind.VIDEO)]
    if tone is not None:
        sound = _write_tone(path.with_suffix(".m4a"), tone, seconds=len(pictures) / rate)
        tracks.append(_track(sound, StreamKind.AUDIO))
    if captions:
        tracks.append(
            _track(_write_captions(path.with_suffix(".captions.mp4"), captions), StreamKind.SUBTITLE)
        )
    write_tracks(tracks, path, on_packet=lambda _: None)
    return path


def packets(path: Path, kind: StreamKind) -> list[tuple[Fraction, Fraction, bytes]]:
    """Return start and duration, in seconds, and content of the packets of a file's stream of a kind."""
    with av.open(str(path)) as file:
        found = [stream for stream in file.streams if stream.type == kind]
        return [
            (packet.pts * packet.time_base, packet.duration * packet.time_base, bytes(packet))
            for packet in file.demux(found[0])
            if packet.size
        ]


def sound_of(path: Path) -> NDArray[np.float32]:
    """Return the decoded samples of a file's first channel."""
    with av.open(str(path)) as file:
        return np.concatenate([frame.to_ndarray()[0] for frame in file.decode(audio=0)])


def clip_input(path: Path) -> Input:
    """Return a video as an input, measured."""
    with av.open(str(path)) as file:
        stream = file.streams.video[0]
        frames = sum(1 for _ in file.decode(stream))
        rate = float(stream.average_rate or 0)
        probe = Probe(
            media_type="video/mp4",
            width=stream.width,
            height=stream.height,
            duration_seconds=frames / rate,
            fps=rate,
            frames=frames,
        )
    return Input(path=path, probe=probe)


def measured(parent: Input, **changes: Any) -> Input:
    """Return an input that was measured otherwise."""
    return replace(parent, probe=replace(parent.probe, **changes))


def post_request(
    job_type: JobType, workdir: Path, parent: Input, *, seed: int = 7, **options: Any
) -> Request:
    """Return a request of a job that works on a parent's output."""
    workdir.mkdir(exist_ok=True)
    return Request(
        job_type=job_type,
        prompt=None,
        options=options,
        inputs={AssetRole.OUTPUT: parent},
        workdir=workdir,
        seed=seed,
        deadline_seconds=120,
    )


def _track(path: Path, kind: StreamKind) -> Track:
    return Track(kind=kind, passages=[Passage(source=Source(path=path, media_type="video/mp4"))])


def _write_tone(path: Path, tone: float, *, seconds: float) -> Path:
    times = np.arange(round(seconds * AUDIO_RATE)) / AUDIO_RATE
    samples = (0.3 * np.sin(2 * np.pi * tone * times)).astype(np.float32)
    with av.open(str(path), "w", format="mp4") as file:
        stream: Any = file.add_stream("aac", rate=AUDIO_RATE, layout="mono")
        frame = av.AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = AUDIO_RATE, 0, Fraction(1, AUDIO_RATE)
        file.mux([*stream.encode(frame), *stream.encode()])
    return path


def _write_captions(path: Path, captions: Captions) -> Path:
    with av.open(str(path), "w", format="mp4") as file:
        stream: Any = file.add_stream("mov_text")
        stream.metadata["language"] = "deu"
        stream.codec_context.subtitle_header = b"[Script Info]\nScriptType: v4.00+\n"
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        for begin, end, text in captions:
            words = text.encode()
            packet = av.Packet(len(words).to_bytes(2, "big") + words)
            packet.stream, packet.time_base = stream, Fraction(1, 1000)
            packet.pts = packet.dts = round(begin * 1000)
            packet.duration = round((end - begin) * 1000)
            file.mux(packet)
    return path
