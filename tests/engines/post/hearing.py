"""Makes small sounds, sets videos to them, and listens to what came out."""

import math
import wave
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from rushes.domain.jobs import JobType
from rushes.domain.media import AssetRole, MediaLimits
from rushes.engines.base import Input, Request
from rushes.engines.post import audio
from rushes.engines.probing.probe import probe
from tests.engines.motion.context import RecordingContext
from tests.engines.post.media import post_request

RATE = 48_000
CODECS = {"mp3": "libmp3lame", "m4a": "aac", "ogg": "libopus"}
TYPES = {"wav": "audio/wav", "mp3": "audio/mpeg", "m4a": "audio/mp4", "ogg": "audio/ogg"}

Samples = NDArray[np.float64]


def tone(hertz: float, seconds: float, *, level: float = 0.2, rate: int = RATE) -> Samples:
    return level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


def syllables(seconds: float, *, level: float = 0.5) -> Samples:
    """Return what is like a voice: a hum with overtones, in four syllables a second of changing strength."""
    draw = np.random.default_rng(3)
    times = np.arange(round(seconds * RATE)) / RATE
    hum = sum((np.sin(2 * np.pi * 120 * each * times) / each for each in range(1, 25)), np.zeros(len(times)))
    envelope = np.clip(np.sin(2 * np.pi * 4 * times), 0, 1) ** 2
    strengths = np.repeat(draw.uniform(0.2, 1, math.ceil(4 * seconds)), RATE // 4)[: len(times)]
    return level * envelope * strengths * (hum / 2 + draw.standard_normal(len(times)) / 100)


def clicks(seconds: float, *, every: float = 0.25) -> Samples:
    samples = np.zeros(round(seconds * RATE))
    samples[:: round(every * RATE)] = 0.9
    return samples


def write_sound(path: Path, *channels: Samples, rate: int = RATE) -> Input:
    """Write channels in the format of the path's ending; return them as a measured input."""
    wav = path.with_suffix(".wav")
    with wave.open(str(wav), "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(np.stack(channels, 1), -1, 1) * 32767).astype("<i2").tobytes())
    if path.suffix != ".wav":
        _convert(wav, path)
    media_type = TYPES[path.suffix[1:]]
    return Input(path=path, probe=probe(path, media_type=media_type, limits=MediaLimits()))


def audio_request(folder: Path, parent: Input, sound: Input | None = None, **options: Any) -> Request:
    request = post_request(JobType.AUDIO, folder / "work", parent, **options)
    return request if sound is None else replace(request, inputs=request.inputs | {AssetRole.AUDIO: sound})


def set_to_sound(request: Request) -> RecordingContext:
    context = RecordingContext(request)
    audio.validate(request)
    audio.make(context)
    return context


def ebur128(path: Path) -> tuple[float, float]:
    """Return a file's loudness in LUFS and true peak in dBTP."""
    graph, last = av.filter.Graph(), {}
    with av.open(str(path)) as file:
        source = graph.add_abuffer(template=file.streams.audio[0])
        meter, sink = graph.add("ebur128", "metadata=1:peak=true:framelog=quiet"), graph.add("abuffersink")
        source.link_to(meter)
        meter.link_to(sink)
        graph.configure()
        for frame in file.decode(audio=0):
            source.push(frame)
            while True:
                try:
                    last = graph.pull().metadata
                except av.BlockingIOError:
                    break
    return float(last["lavfi.r128.I"]), 20 * math.log10(float(last["lavfi.r128.true_peak"]))


def level_of(samples: NDArray[Any], hertz: float, start: float, end: float) -> float:
    """Return how strong one frequency is from one time to another, in decibels of full scale."""
    piece = samples[round(start * RATE) : round(end * RATE)].astype(float)
    wave_ = np.exp(-2j * np.pi * hertz * np.arange(len(piece)) / RATE)
    return 20 * math.log10(2 * abs(np.mean(piece * wave_)) + 1e-9)


def begins_at(samples: NDArray[Any]) -> float:
    """Return when there is first something to hear, in seconds."""
    return float(np.argmax(np.abs(samples) > 0.25 * np.abs(samples).max())) / RATE


def _convert(source: Path, target: Path) -> None:
    with av.open(str(source)) as file, av.open(str(target), "w") as out:
        stream: Any = out.add_stream(CODECS[target.suffix[1:]], rate=RATE)
        for frame in file.decode(audio=0):
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    if target.suffix == ".m4a":
        content = bytearray(target.read_bytes())
        content[8:12] = b"M4A "
        target.write_bytes(content)
