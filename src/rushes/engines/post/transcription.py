"""Writes down what is said in a video, where faster-whisper and a model in a local folder are installed."""

import importlib
import importlib.util
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from rushes.engines.media.remuxing import Source
from rushes.engines.media.sound_filters import decoded, filtered
from rushes.engines.media.sounds import open_sound, sound_stream
from rushes.engines.post.cues import Cue, in_turn
from rushes.engines.post.languages import spoken_language
from rushes.engines.post.script_timing import lay_out
from rushes.errors import EngineError, EngineRefused

MODEL_VARIABLE: Final = "RUSHES_WHISPER_MODEL"
"""The environment variable that names the folder of a Whisper model, converted for CTranslate2."""
HEARING_RATE: Final = 16_000
"""Samples a second that Whisper listens to (Radford et al. 2022, 2.2)."""

_MONO: Final = (
    ("aresample", str(HEARING_RATE)),
    ("aformat", f"sample_fmts=fltp:sample_rates={HEARING_RATE}:channel_layouts=mono"),
)


class Segment(Protocol):
    """What was understood: a text, and from when to when it was said, in seconds."""

    @property
    def start(self) -> float:
        """When it begins."""
        ...

    @property
    def end(self) -> float:
        """When it ends."""
        ...

    @property
    def text(self) -> str:
        """What is said."""
        ...


class Model(Protocol):
    """What understands speech: `faster_whisper.WhisperModel`, as far as it is used."""

    def transcribe(
        self, audio: NDArray[np.float32], *, language: str | None
    ) -> tuple[Iterable[Segment], Any]:
        """Return what is said in mono sound at `HEARING_RATE`, one segment after another."""
        ...


def load_model() -> Model:
    """Load the model that the operator has put into a folder.

    Raises:
        EngineRefused: The software or the model is not installed here.
        EngineError: The model cannot be loaded.
    """
    folder = require_model()
    library = importlib.import_module("faster_whisper")
    try:
        return cast(
            "Model",
            library.WhisperModel(str(folder), device="cpu", compute_type="int8", local_files_only=True),
        )
    except (OSError, RuntimeError, ValueError) as error:
        raise EngineError("The model for transcription cannot be loaded.") from error


def require_model() -> Path:
    """Return the model's folder.

    Raises:
        EngineRefused: The software or the model is not installed here.
    """
    folder = os.environ.get(MODEL_VARIABLE, "")
    is_there = bool(folder) and Path(folder).is_dir()
    if not is_there or importlib.util.find_spec("faster_whisper") is None:
        raise EngineRefused(
            "Transcription is not installed here; ask the operator for it (pip install "
            "'rushes[transcription]', and a model's folder as worker.whisper_model), or upload subtitles."
        )
    return Path(folder)


def transcribe(
    source: Source, model: Model, *, language: str | None, on_time: Callable[[float], None]
) -> tuple[Cue, ...]:
    """Return what is said in a video as subtitles; `on_time` hears how far it is, in seconds.

    Raises:
        EngineRefused: The video has no sound, nothing is said in it, or its language is not known.
        MediaRejected: It is broken.
    """
    heard = _heard(source, on_time)
    segments, _ = model.transcribe(heard, language=spoken_language(language))
    cues: list[Cue] = []
    for segment in segments:
        on_time(segment.end)
        cues += lay_out(segment.text, start_ms=round(1000 * segment.start), end_ms=round(1000 * segment.end))
    if not cues:
        raise EngineRefused("Nothing is said in the video that could be written down.")
    return in_turn(cues)


def _heard(source: Source, on_time: Callable[[float], None]) -> NDArray[np.float32]:
    """Return the video's sound in mono at `HEARING_RATE`: whole, as Whisper takes it (4 MB a minute)."""
    pieces: list[NDArray[np.float32]] = []
    with open_sound(source.path, media_type=source.media_type) as file:
        if sound_stream(file) is None:
            raise EngineRefused("The video has no sound that could be written down; upload subtitles.")
        for frame in filtered(decoded(file, in_step=True), *_MONO):
            on_time(0.0)
            pieces.append(np.asarray(frame.to_ndarray()[0], np.float32))
    return np.concatenate([np.zeros(0, np.float32), *pieces])
