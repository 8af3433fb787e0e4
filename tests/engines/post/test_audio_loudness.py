from pathlib import Path

import numpy as np
import psutil
import pytest

from rushes.domain.media import AssetRole
from rushes.engines.base import Input
from rushes.engines.media.sound_filters import decoded
from rushes.engines.media.sounds import open_sound
from rushes.engines.post.loudness import LoudnessMeter, measure
from tests.engines.motion.context import RecordingContext
from tests.engines.post.captions import gray_clip
from tests.engines.post.hearing import (
    RATE,
    Samples,
    audio_request,
    clicks,
    ebur128,
    set_to_sound,
    syllables,
    tone,
    write_sound,
)

NOISE = np.random.default_rng(5).standard_normal(4 * RATE)
SOUNDS = {
    "speech": syllables(4),
    "quiet": syllables(4, level=0.1),
    "tone": tone(440, 4),
    "loud noise": np.clip(NOISE, -1, 1),
    "square": 0.99 * np.sign(tone(997, 4)),
    "music under speech": syllables(4) + tone(220, 4, level=0.05),
}


@pytest.fixture
def mute(tmp_path: Path) -> Input:
    return gray_clip(tmp_path / "mute.mp4", width=64, height=48, frames=100)


def normalized(tmp_path: Path, parent: Input, samples: Samples, **options: object) -> RecordingContext:
    return set_to_sound(
        audio_request(tmp_path, parent, write_sound(tmp_path / "new.wav", samples), **options)
    )


@pytest.mark.parametrize("name", SOUNDS)
def test_sound_has_the_loudness_and_the_headroom_that_are_promised(
    tmp_path: Path, mute: Input, name: str
) -> None:
    context = normalized(tmp_path, mute, SOUNDS[name])

    lufs, peak = ebur128(context.artifacts[AssetRole.OUTPUT])
    assert lufs == pytest.approx(-16, abs=1)
    assert peak <= -1


def test_reported_figures_are_those_of_the_output(tmp_path: Path, mute: Input) -> None:
    context = normalized(tmp_path, mute, SOUNDS["speech"])

    lufs, peak = ebur128(context.artifacts[AssetRole.OUTPUT])
    assert context.metrics["loudness_lufs"] == pytest.approx(lufs, abs=0.1)
    assert context.metrics["true_peak_dbtp"] == pytest.approx(peak, abs=0.1)


def test_loudness_is_that_of_both_sounds_when_they_are_mixed(tmp_path: Path) -> None:
    parent = gray_clip(tmp_path / "loud.mp4", width=64, height=48, frames=100, tone=1000.0)

    context = normalized(tmp_path, parent, SOUNDS["speech"], mix="mix")

    lufs, peak = ebur128(context.artifacts[AssetRole.OUTPUT])
    assert lufs == pytest.approx(-16, abs=1)
    assert peak <= -1


def test_loudness_stays_when_it_is_not_to_be_changed(tmp_path: Path, mute: Input) -> None:
    context = normalized(tmp_path, mute, tone(1000, 4, level=0.05), normalize=False)

    # A sine of 1000 Hz in both channels is as many LUFS as its peak is decibels (ITU-R BS.1770-5, annex 1).
    assert ebur128(context.artifacts[AssetRole.OUTPUT])[0] == pytest.approx(20 * np.log10(0.05), abs=0.3)


def test_peaks_are_held_down_even_when_the_loudness_is_not_changed(tmp_path: Path, mute: Input) -> None:
    context = normalized(tmp_path, mute, SOUNDS["square"], normalize=False)

    assert ebur128(context.artifacts[AssetRole.OUTPUT])[1] <= -1


def test_silence_stays_silent(tmp_path: Path, mute: Input) -> None:
    context = normalized(tmp_path, mute, np.zeros(4 * RATE))

    assert context.metrics["loudness_lufs"] == -70
    assert any("nothing to hear" in line for line in context.logs)


def test_hiss_is_not_made_as_loud_as_speech(tmp_path: Path, mute: Input) -> None:
    context = normalized(tmp_path, mute, 0.0008 * NOISE)

    assert context.metrics["loudness_lufs"] < -25
    assert any("very quiet" in line for line in context.logs)


def test_single_clicks_are_not_crushed(tmp_path: Path, mute: Input) -> None:
    context = normalized(tmp_path, mute, clicks(4))

    assert context.metrics["true_peak_dbtp"] <= -1
    assert context.metrics["loudness_lufs"] < -17
    assert any("peaks let it become no louder" in line for line in context.logs)


def test_shortest_sounds_have_a_loudness(tmp_path: Path) -> None:
    sound = write_sound(tmp_path / "blip.wav", tone(1000, 0.1, level=0.5))

    with open_sound(sound.path, media_type="audio/wav") as file:
        found = measure(decoded(file, in_step=False))

    assert -20 < found.lufs < -6
    assert found.samples == RATE // 10


def test_nothing_is_silent() -> None:
    assert LoudnessMeter().read().is_silent


def test_memory_does_not_grow_with_the_length(tmp_path: Path) -> None:
    short, long = (
        gray_clip(tmp_path / f"{seconds}.mp4", width=32, height=32, frames=seconds * 2, rate=2, tone=500.0)
        for seconds in (5, 40)
    )
    voice = write_sound(tmp_path / "voice.wav", tone(300, 3))
    process = psutil.Process()
    set_to_sound(audio_request(tmp_path, short, voice, mix="duck"))
    before = process.memory_info().rss

    set_to_sound(audio_request(tmp_path, long, voice, mix="duck", delay_seconds=2))

    # What it is longer by is 13 MB of stereo in floating point.
    assert process.memory_info().rss - before < 8e6
