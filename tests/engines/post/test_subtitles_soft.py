from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import pytest

from rushes.domain.jobs import JobType
from rushes.domain.media import AssetRole, Probe
from rushes.engines.base import Cancelled, Input
from rushes.engines.media.remuxing import StreamKind
from rushes.engines.post import subtitles
from rushes.engines.post.languages import track_language
from rushes.errors import EngineRefused
from tests.engines.motion.context import RecordingContext
from tests.engines.post.captions import SRT, SRT_TIMES, caption, caption_request, gray_clip, words_input
from tests.engines.post.media import CAPTIONS, packets, post_request

VTT = "WEBVTT\n\n00:00.350 --> 00:00.980\nHi\n\n00:01.210 --> 00:01.870 align:start\nTwo\nlines\n"


@pytest.fixture
def parent(tmp_path: Path) -> Input:
    return gray_clip(tmp_path / "parent.mp4", tone=440.0)


@pytest.fixture
def words(tmp_path: Path) -> Input:
    return words_input(tmp_path / "words.srt", SRT)


def shown(path: Path) -> list[tuple[int, int, str]]:
    """Return begin, end and text of what a player shows."""
    found = [
        (round(1000 * start), round(1000 * (start + duration)), sample[2:].decode())
        for start, duration, sample in packets(path, StreamKind.SUBTITLE)
    ]
    return [each for each in found if each[2]]


def output_of(context: RecordingContext) -> Path:
    return context.artifacts[AssetRole.OUTPUT]


def test_track_has_the_words_and_times_of_the_file(tmp_path: Path, parent: Input, words: Input) -> None:
    context = caption(caption_request(tmp_path, parent, words))

    assert shown(output_of(context)) == SRT_TIMES
    assert context.metrics["cues"] == 2
    assert list((tmp_path / "work").iterdir()) == [output_of(context)]


def test_track_is_decoded_as_it_was_written(tmp_path: Path, parent: Input, words: Input) -> None:
    output = output_of(caption(caption_request(tmp_path, parent, words)))

    with av.open(str(output)) as file:
        texts = [subtitle.dialogue.decode() for subtitle in file.decode(subtitles=0)]
    assert texts == ["Hello Wörld", "Two\nlines"]


def test_pictures_and_sound_are_copied_bit_by_bit(tmp_path: Path, parent: Input, words: Input) -> None:
    output = output_of(caption(caption_request(tmp_path, parent, words)))

    assert packets(output, StreamKind.VIDEO) == packets(parent.path, StreamKind.VIDEO)
    assert packets(output, StreamKind.AUDIO) == packets(parent.path, StreamKind.AUDIO)


@pytest.mark.parametrize(
    ("tag", "language"), [("pt-BR", "por"), ("de", "deu"), ("HE", "heb"), ("yue", "yue"), (None, "und")]
)
def test_track_says_its_language(
    tmp_path: Path, parent: Input, words: Input, tag: str | None, language: str
) -> None:
    output = output_of(caption(caption_request(tmp_path, parent, words, language=tag)))

    with av.open(str(output)) as file:
        assert file.streams.subtitles[0].metadata["language"] == language


def test_language_without_a_code_of_three_letters_is_undetermined() -> None:
    assert track_language("xx") == "und"


def test_track_takes_the_place_of_the_parents(tmp_path: Path, words: Input) -> None:
    parent = gray_clip(tmp_path / "captioned.mp4", captions=CAPTIONS)

    output = output_of(caption(caption_request(tmp_path, parent, words)))

    with av.open(str(output)) as file:
        assert len(file.streams.subtitles) == 1
    assert shown(output) == SRT_TIMES


@pytest.mark.parametrize(
    ("content", "media_type", "expected"),
    [
        (VTT, "text/vtt", [(350, 980, "Hi"), (1210, 1870, "Two\nlines")]),
        (SRT, "application/x-subrip", SRT_TIMES),
        ("Hi", "text/plain", [(0, 1000, "Hi")]),
    ],
)
def test_words_come_from_every_kind_of_file(
    tmp_path: Path, parent: Input, content: str, media_type: str, expected: list[tuple[int, int, str]]
) -> None:
    words = words_input(tmp_path / "words", content, media_type)

    output = output_of(caption(caption_request(tmp_path, parent, words)))

    assert shown(output) == expected


def test_script_is_timed_by_reading_speed(tmp_path: Path, parent: Input) -> None:
    output = output_of(caption(caption_request(tmp_path, parent, script="Fifteen letters a second.")))

    assert shown(output) == [(0, 1667, "Fifteen letters a second.")]


def test_what_is_said_after_the_end_is_left_out_and_told(tmp_path: Path, parent: Input) -> None:
    late = SRT + "\n3\n00:00:01,800 --> 00:00:04,000\ncut\n\n4\n00:00:05,000 --> 00:00:06,000\nlost\n"

    context = caption(caption_request(tmp_path, parent, words_input(tmp_path / "late.srt", late)))

    assert shown(output_of(context)) == [*SRT_TIMES, (1800, 2000, "cut")]
    assert context.logs == ["Left out, as they begin after the video's end: 1 of 4 subtitles."]


def test_file_is_refused_when_it_has_nothing_within_the_video(tmp_path: Path, parent: Input) -> None:
    words = words_input(tmp_path / "late.srt", "00:00:05,000 --> 00:00:06,000\nlost\n")

    with pytest.raises(EngineRefused, match=r"after the video's end at 2\.0 s"):
        caption(caption_request(tmp_path, parent, words))

    assert list((tmp_path / "work").iterdir()) == []


def test_nothing_is_left_when_it_is_cancelled(tmp_path: Path, parent: Input, words: Input) -> None:
    context = RecordingContext(caption_request(tmp_path, parent, words), frames_until_cancel=3)

    with pytest.raises(Cancelled):
        subtitles.make(context)

    assert list((tmp_path / "work").iterdir()) == []


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "no words to show; upload subtitles"),
        ({"script": "a", "transcribe": True}, "more than one source of words"),
        ({"transcribe": True}, "Transcription is not installed here; ask the operator"),
        ({"language": "?"}, "option language is wrong"),
    ],
)
def test_request_is_refused_with_what_to_change(
    tmp_path: Path, parent: Input, options: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(EngineRefused, match=sentence):
        subtitles.validate(caption_request(tmp_path, parent, **options))


def test_request_is_refused_when_the_parent_is_a_picture(tmp_path: Path) -> None:
    picture = Input(path=tmp_path / "a.png", probe=Probe(media_type="image/png", width=64, height=48))

    with pytest.raises(EngineRefused, match="image/png file; choose a job that makes videos"):
        subtitles.validate(caption_request(tmp_path, picture, script="Hi"))


def test_request_is_refused_when_there_is_no_parent(tmp_path: Path, parent: Input) -> None:
    request = post_request(JobType.SUBTITLES, tmp_path / "work", parent, script="Hi")

    with pytest.raises(EngineRefused, match="output is missing"):
        subtitles.validate(replace(request, inputs={}))


def test_estimate_grows_with_length_and_with_what_is_drawn(tmp_path: Path, parent: Input) -> None:
    longer = replace(parent, probe=replace(parent.probe, frames=5000, duration_seconds=200.0))
    soft, more, burned = (
        subtitles.estimate(caption_request(tmp_path, each, script="Hi", style=style))
        for each, style in ((parent, "soft"), (longer, "soft"), (longer, "burned"))
    )

    assert 0 < soft < more < burned
