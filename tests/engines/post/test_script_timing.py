from itertools import pairwise

import pytest

from rushes.engines.post.cues import Cue
from rushes.engines.post.script_timing import (
    COLUMNS,
    FASTEST_COLUMNS_PER_SECOND,
    LONGEST_MS,
    SHORTEST_MS,
    columns_of,
    lay_out,
    timed,
)
from rushes.errors import EngineRefused

SCRIPT = (
    "It was late. Nobody had seen the söméwhat rusty door, which stood open as if it had been waiting "
    "all this time for somebody to come and ask why. 日本語のテキストです。"
    "これはとても長い文章なので二行以上に分ける必要があります。 Why?\nمرحبا بالعالم"
)


def speeds(cues: tuple[Cue, ...]) -> list[float]:
    return [1000 * columns_of(cue.text) / (cue.end_ms - cue.start_ms) for cue in cues]


def test_no_word_is_lost() -> None:
    shown = "".join(cue.text for cue in timed(SCRIPT, length_ms=60_000))

    assert "".join(shown.split()) == "".join(SCRIPT.split())


def test_no_subtitle_has_more_than_two_lines_of_42_columns() -> None:
    lines = [cue.text.split("\n") for cue in timed(SCRIPT, length_ms=60_000)]

    assert max(len(each) for each in lines) == 2
    assert max(columns_of(line) for each in lines for line in each) <= COLUMNS


def test_each_subtitle_can_be_read() -> None:
    cues = timed(SCRIPT, length_ms=60_000)

    assert all(SHORTEST_MS <= cue.end_ms - cue.start_ms <= LONGEST_MS for cue in cues)
    assert max(speeds(cues)) <= 15.1
    assert all(earlier.end_ms < later.start_ms for earlier, later in pairwise(cues))


def test_script_is_read_faster_when_the_video_is_a_little_short() -> None:
    comfortable = timed(SCRIPT, length_ms=60_000)[-1].end_ms

    hurried = timed(SCRIPT, length_ms=comfortable - 500)

    assert comfortable - 600 < hurried[-1].end_ms <= comfortable - 500
    assert max(speeds(hurried)) <= FASTEST_COLUMNS_PER_SECOND + 0.1


def test_script_is_refused_with_both_times_when_the_video_is_too_short() -> None:
    with pytest.raises(EngineRefused, match=r"takes \d+\.\d s to read, but the video lasts 3\.0 s; shorten"):
        timed(SCRIPT, length_ms=3000)


@pytest.mark.parametrize("script", ["", " \n\n "])
def test_script_is_refused_when_it_has_no_words(script: str) -> None:
    with pytest.raises(EngineRefused, match="no words"):
        timed(script, length_ms=3000)


def test_two_lines_are_about_as_long_as_each_other() -> None:
    (cue,) = timed("These words are a little too many for one line of text.", length_ms=9000)

    assert cue.text == "These words are a little too\nmany for one line of text."


def test_word_that_is_longer_than_a_line_is_broken() -> None:
    (cue,) = timed("x" * 50, length_ms=9000)

    assert cue.text.replace("\n", "") == "x" * 50
    assert "\n" in cue.text


def test_what_was_said_at_a_time_is_laid_out_within_that_time() -> None:
    cues = lay_out("word " * 40, start_ms=1000, end_ms=9000)

    assert (cues[0].start_ms, cues[-1].end_ms) == (1000, 9000)
    assert len(cues) == 3
    assert all(earlier.end_ms == later.start_ms for earlier, later in pairwise(cues))


def test_sentence_that_shows_nothing_is_left_out() -> None:
    cues = timed("One.\n\u200b\nTwo.", length_ms=10_000)

    assert [cue.text for cue in cues] == ["One.", "Two."]


def test_script_that_shows_nothing_is_refused() -> None:
    with pytest.raises(EngineRefused, match="no words"):
        timed("\u200b \u3164", length_ms=10_000)
