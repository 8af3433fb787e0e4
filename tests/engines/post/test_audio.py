from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from rushes.domain.media import AssetRole, Probe
from rushes.engines.base import Cancelled, Input
from rushes.engines.media.remuxing import StreamKind
from rushes.engines.post import audio
from rushes.errors import EngineRefused, MediaRejected
from tests.engines.motion.context import RecordingContext
from tests.engines.post.captions import gray_clip
from tests.engines.post.hearing import (
    RATE,
    audio_request,
    begins_at,
    level_of,
    set_to_sound,
    syllables,
    tone,
    write_sound,
)
from tests.engines.post.media import CAPTIONS, packets, sound_of


@pytest.fixture
def parent(tmp_path: Path) -> Input:
    """A video of 4 s with a tone of 1000 Hz."""
    return gray_clip(tmp_path / "parent.mp4", width=64, height=48, frames=100, tone=1000.0)


@pytest.fixture
def mute(tmp_path: Path) -> Input:
    return gray_clip(tmp_path / "mute.mp4", width=64, height=48, frames=100)


def heard(context: RecordingContext) -> NDArray[np.float32]:
    return sound_of(context.artifacts[AssetRole.OUTPUT])


def test_pictures_and_subtitles_are_copied_bit_by_bit(tmp_path: Path) -> None:
    parent = gray_clip(tmp_path / "whole.mp4", tone=440.0, captions=CAPTIONS)
    sound = write_sound(tmp_path / "new.wav", tone(300, 1))

    output = set_to_sound(audio_request(tmp_path, parent, sound)).artifacts[AssetRole.OUTPUT]

    assert packets(output, StreamKind.VIDEO) == packets(parent.path, StreamKind.VIDEO)
    assert [each for each in packets(output, StreamKind.SUBTITLE) if len(each[2]) > 2] == [
        each for each in packets(parent.path, StreamKind.SUBTITLE) if len(each[2]) > 2
    ]


@pytest.mark.parametrize(("quality", "bit_rate"), [("high", 160_000), ("ultra", 192_000)])
def test_sound_is_stereo_aac_at_48_khz(tmp_path: Path, mute: Input, quality: str, bit_rate: int) -> None:
    noise = [0.2 * np.random.default_rng(seed).standard_normal(4 * RATE) for seed in (1, 2)]
    sound = write_sound(tmp_path / "new.wav", *noise)

    context = set_to_sound(audio_request(tmp_path, mute, sound, video_quality=quality))

    with av.open(str(context.artifacts[AssetRole.OUTPUT])) as file:
        stream = file.streams.audio[0]
        assert (stream.codec_context.name, stream.rate, stream.layout.name) == ("aac", 48_000, "stereo")
        assert stream.bit_rate == pytest.approx(bit_rate, rel=0.1)


def test_index_is_before_the_pictures(tmp_path: Path, mute: Input) -> None:
    sound = write_sound(tmp_path / "new.wav", tone(300, 1))

    output = set_to_sound(audio_request(tmp_path, mute, sound)).artifacts[AssetRole.OUTPUT]

    content = output.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")
    assert list((tmp_path / "work").iterdir()) == [output]


@pytest.mark.parametrize("name", ["new.wav", "new.mp3", "new.m4a", "new.ogg"])
def test_sound_of_every_type_begins_when_it_is_asked_to(tmp_path: Path, mute: Input, name: str) -> None:
    sound = write_sound(tmp_path / name, tone(1000, 1), tone(1000, 1))

    samples = heard(set_to_sound(audio_request(tmp_path, mute, sound, delay_seconds=1.234)))

    assert begins_at(samples) == pytest.approx(1.234, abs=0.01)


@pytest.mark.parametrize("seconds", [0.3, 1.0, 9.0])
def test_sound_is_as_long_as_the_video(tmp_path: Path, mute: Input, seconds: float) -> None:
    sound = write_sound(tmp_path / "new.wav", tone(500, seconds))

    samples = heard(set_to_sound(audio_request(tmp_path, mute, sound)))

    assert len(samples) / RATE == pytest.approx(4, abs=1024 / RATE)


@pytest.mark.parametrize("rate", [8000, 22_050, 44_100, 96_000])
def test_pitch_stays_at_any_sampling_rate(tmp_path: Path, mute: Input, rate: int) -> None:
    sound = write_sound(tmp_path / "new.wav", tone(1000, 4, rate=rate), rate=rate)

    samples = heard(set_to_sound(audio_request(tmp_path, mute, sound, normalize=False)))

    assert level_of(samples, 1000, 1, 3) == pytest.approx(-14, abs=0.5)
    assert level_of(samples, 1100, 1, 3) < -60


def test_own_sound_is_gone_when_it_is_replaced(tmp_path: Path, parent: Input) -> None:
    sound = write_sound(tmp_path / "new.wav", tone(300, 4))

    samples = heard(set_to_sound(audio_request(tmp_path, parent, sound, mix="replace")))

    assert level_of(samples, 300, 1, 3) > -25
    assert level_of(samples, 1000, 1, 3) < -70


def test_both_sounds_keep_their_levels_when_they_are_mixed(tmp_path: Path, parent: Input) -> None:
    sound = write_sound(tmp_path / "new.wav", tone(300, 4, level=0.1))

    samples = heard(set_to_sound(audio_request(tmp_path, parent, sound, mix="mix", normalize=False)))

    # The parent's tone has a level of 0.3.
    assert level_of(samples, 300, 1, 3) == pytest.approx(-20, abs=0.5)
    assert level_of(samples, 1000, 1, 3) == pytest.approx(-10.5, abs=0.5)


def test_own_sound_makes_way_while_the_new_one_is_heard(tmp_path: Path, parent: Input) -> None:
    voice = write_sound(tmp_path / "voice.wav", syllables(1.5))

    samples = heard(set_to_sound(audio_request(tmp_path, parent, voice, mix="duck", delay_seconds=1)))

    before, under, after = (level_of(samples, 1000, *span) for span in ((0.2, 0.9), (1.2, 2.3), (3.4, 3.9)))
    assert before - 20 < under < before - 6
    assert after == pytest.approx(before, abs=1)


@pytest.mark.parametrize("mix", ["mix", "duck"])
def test_new_sound_stands_alone_when_the_video_is_mute(tmp_path: Path, mute: Input, mix: str) -> None:
    sound = write_sound(tmp_path / "new.wav", tone(300, 4))

    context = set_to_sound(audio_request(tmp_path, mute, sound, mix=mix))

    assert level_of(heard(context), 300, 1, 3) > -25
    assert any("no sound of its own" in line for line in context.logs)


def test_new_sound_fades_in_and_out(tmp_path: Path, mute: Input) -> None:
    sound = write_sound(tmp_path / "new.wav", tone(1000, 2))
    request = audio_request(
        tmp_path, mute, sound, delay_seconds=1, fade_in_seconds=0.5, fade_out_seconds=1, normalize=False
    )

    samples = heard(set_to_sound(request))

    spans = [(1.20, 1.30), (1.6, 1.9), (2.45, 2.55), (2.92, 2.98)]
    quarter, whole, half, nearly_gone = (level_of(samples, 1000, *span) for span in spans)
    assert whole == pytest.approx(-14, abs=0.5)
    assert quarter == pytest.approx(whole - 6, abs=1)
    assert half == pytest.approx(whole - 6, abs=1)
    assert nearly_gone < whole - 20


def test_fade_ends_with_the_video_when_the_sound_is_longer(tmp_path: Path, mute: Input) -> None:
    sound = write_sound(tmp_path / "new.wav", tone(1000, 9))

    samples = heard(set_to_sound(audio_request(tmp_path, mute, sound, fade_out_seconds=2)))

    assert level_of(samples, 1000, 2.9, 3.1) == pytest.approx(level_of(samples, 1000, 1, 1.9) - 6, abs=1)


def test_nothing_is_left_when_it_is_cancelled(tmp_path: Path, parent: Input) -> None:
    sound = write_sound(tmp_path / "new.wav", tone(300, 4))
    counted = RecordingContext(audio_request(tmp_path, parent, sound, mix="duck"))
    audio.make(counted)
    counted.artifacts[AssetRole.OUTPUT].unlink()

    for asked in range(0, counted.asked, counted.asked // 7):
        with pytest.raises(Cancelled):
            audio.make(RecordingContext(counted.request, frames_until_cancel=asked))

    assert list((tmp_path / "work").iterdir()) == []


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "no sound to add; upload one"),
        ({"delay_seconds": 4.0, "speech": "Hi"}, r"begin at 4 s, but the video lasts 4\.0 s"),
        ({"fade_in_seconds": 11}, "option fade_in_seconds is wrong"),
    ],
)
def test_request_is_refused_with_what_to_change(
    tmp_path: Path, parent: Input, options: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(EngineRefused, match=sentence):
        audio.validate(audio_request(tmp_path, parent, **options))


def test_request_is_refused_when_there_are_both_a_sound_and_a_text(tmp_path: Path, parent: Input) -> None:
    sound = write_sound(tmp_path / "new.wav", tone(300, 1))

    with pytest.raises(EngineRefused, match="both a sound and a text"):
        audio.validate(audio_request(tmp_path, parent, sound, speech="Hi"))


def test_request_is_refused_when_the_parent_is_a_picture(tmp_path: Path) -> None:
    picture = Input(path=tmp_path / "a.png", probe=Probe(media_type="image/png", width=64, height=48))

    with pytest.raises(EngineRefused, match="image/png file; choose a job that makes videos"):
        audio.validate(audio_request(tmp_path, picture, speech="Hi"))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"RIFF\x24\x00\x00\x00WAVEfmt ",
        b"not a sound at all",
        b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:1/a.wav\n",
        b"RIFF\xff\xff\xff\xffWAVEfmt \x10\x00\x00\x00\x01\x00\xff\xff\x01\x00\x00\x00" + bytes(64),
    ],
)
@pytest.mark.parametrize("media_type", ["audio/wav", "audio/mpeg", "audio/mp4", "audio/ogg"])
def test_broken_sound_is_refused_in_words(
    tmp_path: Path, parent: Input, content: bytes, media_type: str
) -> None:
    path = tmp_path / "new"
    path.write_bytes(content)
    sound = Input(path=path, probe=Probe(media_type=media_type, width=0, height=0, duration_seconds=1.0))

    with pytest.raises((MediaRejected, EngineRefused), match=r"\.$"):
        set_to_sound(audio_request(tmp_path, parent, sound))

    assert list((tmp_path / "work").iterdir()) == []


def test_estimate_grows_with_the_video(tmp_path: Path, parent: Input) -> None:
    sound = write_sound(tmp_path / "new.wav", tone(300, 1))
    longer = replace(parent, probe=replace(parent.probe, duration_seconds=200.0))

    short, long = (audio.estimate(audio_request(tmp_path, each, sound)) for each in (parent, longer))

    assert 0 < short < long


def test_delay_that_leaves_no_sample_is_refused(tmp_path: Path, mute: Input) -> None:
    sound = write_sound(tmp_path / "new.wav", tone(300, 1))

    with pytest.raises(EngineRefused, match="let it begin earlier"):
        audio.validate(audio_request(tmp_path, mute, sound, delay_seconds=3.999995))


def test_sound_may_begin_at_the_last_sample(tmp_path: Path, mute: Input) -> None:
    sound = write_sound(tmp_path / "new.wav", tone(300, 1))

    context = set_to_sound(audio_request(tmp_path, mute, sound, delay_seconds=4 - 1 / RATE, normalize=False))

    assert len(heard(context)) / RATE == pytest.approx(4, abs=0.05)


def test_sound_of_which_nothing_is_left_is_refused_in_words(tmp_path: Path, mute: Input) -> None:
    sound = write_sound(tmp_path / "new.wav", tone(300, 1 / 8000, rate=8000), rate=8000)

    with pytest.raises(EngineRefused, match="too short"):
        set_to_sound(audio_request(tmp_path, mute, sound))


def test_voice_beside_an_uploaded_sound_is_refused(tmp_path: Path, mute: Input) -> None:
    sound = write_sound(tmp_path / "new.wav", tone(300, 1))

    with pytest.raises(EngineRefused, match="A voice goes with a text"):
        audio.validate(audio_request(tmp_path, mute, sound, voice="en"))
