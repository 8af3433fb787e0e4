from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from rushes.domain.media import AssetRole
from rushes.engines.base import Cancelled, Input
from rushes.engines.media.remuxing import StreamKind
from rushes.engines.post import subtitles
from tests.engines.motion.context import RecordingContext
from tests.engines.motion.media import read_video
from tests.engines.post.captions import (
    SRT,
    caption,
    caption_request,
    gray_clip,
    where_drawn,
    words_input,
)
from tests.engines.post.media import CAPTIONS, packets

SPOKEN = "00:00:00,000 --> 00:00:01,000\n"


def burn(tmp_path: Path, words: str, *, parent: Input | None = None, **options: Any) -> RecordingContext:
    parent = parent or gray_clip(tmp_path / "parent.mp4")
    file = words_input(tmp_path / "words.srt", words)
    return caption(caption_request(tmp_path, parent, file, style="burned", **options))


def frames_of(context: RecordingContext) -> list[np.ndarray]:
    return read_video(context.artifacts[AssetRole.OUTPUT])


def first_frame(
    tmp_path: Path, words: str, *, width: int = 320, height: int = 240, **options: Any
) -> np.ndarray:
    parent = gray_clip(tmp_path / f"{len(words)}.mp4", width=width, height=height, frames=2)
    return frames_of(burn(tmp_path, SPOKEN + words, parent=parent, **options))[0]


def test_text_is_on_the_frames_of_its_time_and_on_no_others(tmp_path: Path) -> None:
    frames = frames_of(burn(tmp_path, SRT))

    drawn = [number for number, frame in enumerate(frames) if where_drawn(frame) is not None]
    assert drawn == [*range(10, 25), *range(30, 40)]
    assert len(frames) == 50


@pytest.mark.parametrize(("width", "height"), [(320, 240), (240, 426), (98, 46)])
@pytest.mark.parametrize("position", ["bottom", "top"])
@pytest.mark.parametrize(
    "words", ["Hi", "A much longer subtitle that does not fit on one line of the picture"]
)
def test_text_stays_in_the_safe_area(
    tmp_path: Path, width: int, height: int, position: str, words: str
) -> None:
    frame = first_frame(tmp_path, words, width=width, height=height, position=position)

    box = where_drawn(frame)
    assert box is not None
    left, top, right, bottom = box
    # The chroma of a pixel at the edge is shared with its neighbour.
    assert left >= width * 0.05 - 2
    assert right <= width * 0.95 + 2
    assert top >= height * 0.05 - 2
    assert bottom <= height * 0.95 + 2


@pytest.mark.parametrize(("position", "rows"), [("bottom", range(120, 240)), ("top", range(120))])
def test_text_stands_where_it_was_asked_for(tmp_path: Path, position: str, rows: range) -> None:
    box = where_drawn(first_frame(tmp_path, "Hi", position=position))

    assert box is not None
    assert box[1] in rows
    assert box[3] - 1 in rows


def test_text_is_in_the_middle(tmp_path: Path) -> None:
    box = where_drawn(first_frame(tmp_path, "HOH"))

    assert box is not None
    assert (box[0] + box[2]) / 2 == pytest.approx(160, abs=3)


def test_letters_are_white_in_a_black_outline(tmp_path: Path) -> None:
    frame = first_frame(tmp_path, "HHH", width=640, height=480)

    box = where_drawn(frame)
    assert box is not None
    text = frame[box[1] : box[3], box[0] : box[2]].astype(int)
    assert text.max() > 240
    assert text.min() < 20
    assert np.abs(text.max(axis=2) - text.min(axis=2)).max() < 30


def test_nothing_changes_outside_the_text(tmp_path: Path) -> None:
    frame = first_frame(tmp_path, "Hi")

    assert np.abs(frame[:150].astype(int) - 100).max() <= 3


@pytest.mark.parametrize(
    "words", ["مرحبا بالعالم", "שלום עולם (2024)", "Yes 😀 👍🏽", "Ünïcödé Ελληνικά Кириллица"]
)
def test_text_of_other_scripts_is_drawn(tmp_path: Path, words: str) -> None:
    context = burn(tmp_path, SPOKEN + words)

    box = where_drawn(frames_of(context)[0])
    assert box is not None
    assert box[2] - box[0] > 40
    assert context.logs == []


def test_text_that_is_read_from_the_right_begins_at_the_right(tmp_path: Path) -> None:
    alone, followed = first_frame(tmp_path, "שלום"), first_frame(tmp_path, "שלום iiiii")
    word, both = where_drawn(alone), where_drawn(followed)
    assert word is not None
    assert both is not None

    rows, width = slice(word[1], word[3]), word[2] - word[0]
    wanted = alone[rows, word[0] : word[2]].astype(int)
    at_the_right = followed[rows, both[2] - width : both[2]].astype(int)
    at_the_left = followed[rows, both[0] : both[0] + width].astype(int)

    assert np.abs(at_the_right - wanted).mean() < 0.5 * np.abs(at_the_left - wanted).mean()


def test_characters_without_a_font_are_told(tmp_path: Path) -> None:
    context = burn(tmp_path, SPOKEN + "a\U0010fffd")

    assert any("No font here" in line for line in context.logs)


def test_sound_and_soft_subtitles_stay(tmp_path: Path) -> None:
    parent = gray_clip(tmp_path / "whole.mp4", tone=440.0, captions=CAPTIONS)

    output = burn(tmp_path, SRT, parent=parent).artifacts[AssetRole.OUTPUT]

    assert packets(output, StreamKind.AUDIO) == packets(parent.path, StreamKind.AUDIO)
    assert [each[2] for each in packets(output, StreamKind.SUBTITLE) if len(each[2]) > 2] == [
        each[2] for each in packets(parent.path, StreamKind.SUBTITLE) if len(each[2]) > 2
    ]


def test_output_is_alone_in_the_folder_and_progress_ends(tmp_path: Path) -> None:
    context = burn(tmp_path, SRT)

    assert list((tmp_path / "work").iterdir()) == [context.artifacts[AssetRole.OUTPUT]]
    assert sum(weight for _, weight in context.stages) == pytest.approx(1)
    assert context.metrics["cues"] == 2


def test_same_words_make_the_same_file(tmp_path: Path) -> None:
    parent = gray_clip(tmp_path / "parent.mp4")

    one, other = (
        packets(burn(tmp_path, SRT, parent=parent).artifacts[AssetRole.OUTPUT], StreamKind.VIDEO)
        for _ in range(2)
    )

    assert one == other


def test_nothing_is_left_when_it_is_cancelled(tmp_path: Path) -> None:
    words = words_input(tmp_path / "words.srt", SRT)
    request = caption_request(tmp_path, gray_clip(tmp_path / "parent.mp4"), words, style="burned")

    with pytest.raises(Cancelled):
        subtitles.make(RecordingContext(request, frames_until_cancel=12))

    assert list((tmp_path / "work").iterdir()) == []


def test_colours_are_said_to_be_those_of_bt_709(tmp_path: Path) -> None:
    output = burn(tmp_path, SRT).artifacts[AssetRole.OUTPUT]

    with av.open(str(output)) as file:
        stream = file.streams.video[0]
        assert (stream.codec_context.color_primaries, stream.codec_context.pix_fmt) == (1, "yuv420p")


@pytest.mark.parametrize("nothing", ["\u200b", "\u200e\u2060", "\ufeff \u00ad", "\u3164"])
def test_subtitle_that_shows_nothing_is_left_out(tmp_path: Path, nothing: str) -> None:
    context = burn(tmp_path, f"{SPOKEN}{nothing}\n\n00:00:01,000 --> 00:00:02,000\nHi")

    frames = frames_of(context)
    assert context.metrics["cues"] == 1
    assert (where_drawn(frames[0]), where_drawn(frames[30]) is None) == (None, False)


def test_glyph_without_a_shape_leaves_the_frame_as_it_is(tmp_path: Path) -> None:
    frame = first_frame(tmp_path, "\u2800")

    assert where_drawn(frame) is None
