import importlib.util
from pathlib import Path

import av
import pytest

from rushes.domain.media import AssetRole, MediaLimits
from rushes.engines.base import Cancelled
from rushes.engines.post import audio
from rushes.engines.post.speech import require_voice, speak, usual_voice
from rushes.engines.probing.probe import probe
from rushes.errors import EngineRefused
from tests.engines.post.captions import gray_clip
from tests.engines.post.hearing import audio_request, ebur128, set_to_sound

IS_INSTALLED = importlib.util.find_spec("espeakng_loader") is not None
needs_voice = pytest.mark.skipif(not IS_INSTALLED, reason="the extra `speech` is not installed")
TEXT = "Good morning. How are you?"


def seconds_of(path: Path) -> float:
    return probe(path, media_type="audio/wav", limits=MediaLimits()).duration_seconds or 0.0


def go_on() -> None:
    pass


@pytest.mark.skipif(IS_INSTALLED, reason="the extra `speech` is installed")
def test_speech_is_refused_with_how_to_get_it_where_it_is_not_installed(tmp_path: Path) -> None:
    parent = gray_clip(tmp_path / "parent.mp4")

    with pytest.raises(EngineRefused, match=r"not installed here; ask the operator for it \(pip install"):
        audio.validate(audio_request(tmp_path, parent, speech=TEXT))


@pytest.mark.parametrize(
    ("text", "voice"),
    [
        ("Hello", "en-us"),
        ("Привет, world", "ru"),
        ("γειά", "el"),
        ("שלום", "he"),
        ("日本語のテキスト", "ja"),
        ("你好", "cmn"),
        ("123 …", "en-us"),
    ],
)
def test_voice_is_chosen_by_the_script(text: str, voice: str) -> None:
    assert usual_voice(text) == voice


@needs_voice
def test_text_is_spoken(tmp_path: Path) -> None:
    speak(TEXT, tmp_path / "speech.wav", voice=None, go_on=go_on)

    assert 1 < seconds_of(tmp_path / "speech.wav") < 5


@needs_voice
@pytest.mark.parametrize("voice", ["de", "de-DE", "EN-US", "en-us+f3"])
def test_voice_is_found_by_its_language(tmp_path: Path, voice: str) -> None:
    speak(TEXT, tmp_path / "speech.wav", voice=voice, go_on=go_on)

    assert seconds_of(tmp_path / "speech.wav") > 1


@needs_voice
def test_voice_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineRefused, match="There is no voice"):
        speak(TEXT, tmp_path / "speech.wav", voice="xx-nobody", go_on=go_on)


@needs_voice
@pytest.mark.parametrize("voice", ["../../etc/passwd", "en us", ""])
def test_voice_whose_name_cannot_be_one_is_refused(voice: str) -> None:
    with pytest.raises(EngineRefused, match="There is no voice"):
        require_voice(voice)


@needs_voice
def test_speaking_stops_when_it_is_asked_to(tmp_path: Path) -> None:
    def stop() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        speak(TEXT * 100, tmp_path / "speech.wav", voice=None, go_on=stop)


@needs_voice
def test_spoken_text_becomes_the_sound_of_the_video(tmp_path: Path) -> None:
    parent = gray_clip(tmp_path / "parent.mp4", frames=100)

    output = set_to_sound(audio_request(tmp_path, parent, speech=TEXT)).artifacts[AssetRole.OUTPUT]

    with av.open(str(output)) as file:
        assert len(file.streams.audio) == 1
    lufs, peak = ebur128(output)
    assert lufs == pytest.approx(-16, abs=1)
    assert peak <= -1
