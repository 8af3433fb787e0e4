from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rushes.engines.base import Cancelled
from rushes.engines.post import subtitles
from rushes.engines.post.cues import Cue
from rushes.engines.post.parents import source_of
from rushes.engines.post.transcription import HEARING_RATE, Model, Segment, transcribe
from rushes.errors import EngineRefused
from tests.engines.post.captions import caption_request, gray_clip


@dataclass
class Listener:
    """Implements `Model`: understands what it was told to, and keeps what it heard."""

    understood: list[tuple[float, float, str]]
    heard: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    language: str | None = None

    def transcribe(
        self, audio: NDArray[np.float32], *, language: str | None
    ) -> tuple[Iterable[Segment], Any]:
        self.heard, self.language = audio, language
        return (SimpleNamespace(start=a, end=b, text=text) for a, b, text in self.understood), None


def write_down(
    tmp_path: Path, model: Model, *, tone: float | None = 440.0, **options: Any
) -> tuple[Cue, ...]:
    parent = gray_clip(tmp_path / "parent.mp4", tone=tone)
    return transcribe(source_of(parent), model, **{"language": None, "on_time": lambda _: None, **options})


def test_what_is_understood_becomes_subtitles(tmp_path: Path) -> None:
    cues = write_down(tmp_path, Listener([(0.0, 0.8, " Hello "), (0.9, 1.9, "there")]))

    assert cues == (
        Cue(start_ms=0, end_ms=800, text="Hello"),
        Cue(start_ms=900, end_ms=1900, text="there"),
    )


def test_model_hears_the_whole_sound_in_mono(tmp_path: Path) -> None:
    model = Listener([(0.0, 1.0, "a")])

    write_down(tmp_path, model)

    assert model.heard.dtype == np.float32
    assert len(model.heard) / HEARING_RATE == pytest.approx(2, abs=0.1)
    spectrum = np.abs(np.fft.rfft(model.heard[:HEARING_RATE]))
    assert int(np.argmax(spectrum)) == 440


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("pt-BR", "pt"),
        ("deu", "de"),
        ("DEU-AT", "de"),
        ("jv", "jw"),
        ("jav", "jw"),
        ("nb", "no"),
        ("yue", "zh"),
        ("haw", "haw"),
        (None, None),
    ],
)
def test_model_is_told_the_language(tmp_path: Path, tag: str | None, language: str | None) -> None:
    model = Listener([(0.0, 1.0, "a")])

    write_down(tmp_path, model, language=tag)

    assert model.language == language


def test_long_segment_becomes_several_subtitles(tmp_path: Path) -> None:
    cues = write_down(tmp_path, Listener([(0.0, 2.0, "some words " * 20)]))

    assert len(cues) > 1
    assert (cues[0].start_ms, cues[-1].end_ms) == (0, 2000)


def test_mute_video_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineRefused, match="has no sound"):
        write_down(tmp_path, Listener([]), tone=None)


def test_video_in_which_nothing_is_said_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineRefused, match="Nothing is said"):
        write_down(tmp_path, Listener([(0.0, 1.0, "  ")]))


def test_it_stops_when_it_is_asked_to(tmp_path: Path) -> None:
    def stop(_: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        write_down(tmp_path, Listener([(0.0, 1.0, "a")]), on_time=stop)


@pytest.mark.parametrize("tag", ["eo", "ga", "epo", "tlh", "xx"])
def test_language_that_no_model_knows_is_refused(tmp_path: Path, tag: str) -> None:
    parent = gray_clip(tmp_path / "parent.mp4", frames=5)

    with pytest.raises(EngineRefused, match=f"does not know the language {tag}"):
        subtitles.validate(caption_request(tmp_path, parent, transcribe=True, language=tag))
