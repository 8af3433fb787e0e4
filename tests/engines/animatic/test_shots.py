import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.engines.animatic.shots import LEAST_SECONDS, plan

STORY = "A fox runs. It stops! Where is it? Night falls"


def texts(prompt: str, *, seconds: float = 60.0) -> list[str]:
    return [shot.text for shot in plan(prompt, seconds=seconds)]


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        (STORY, ["A fox runs.", "It stops!", "Where is it?", "Night falls"]),
        ("one\ntwo\r\n\r\nthree", ["one", "two", "three"]),
        ("太陽が昇る。海が光る！夜になる", ["太陽が昇る。", "海が光る！", "夜になる"]),
        ("أين هو؟ هنا.", ["أين هو؟", "هنا."]),
        ("version 2.5 of it", ["version 2.5 of it"]),
        ("short, but whole", ["short, but whole"]),
    ],
)
def test_sentences_and_lines_are_shots(prompt: str, expected: list[str]) -> None:
    assert texts(prompt) == expected


def test_a_long_sentence_is_divided_at_its_commas() -> None:
    sentence = "A red fox runs across a snowy hill at sunset, stops at the edge of the wood, and looks back"

    assert texts(sentence) == [
        "A red fox runs across a snowy hill at sunset,",
        "stops at the edge of the wood, and looks back",
    ]


def test_shots_that_there_is_no_time_for_are_joined() -> None:
    assert texts(STORY, seconds=2 * LEAST_SECONDS) == ["A fox runs. It stops!", "Where is it? Night falls"]
    assert texts(STORY, seconds=1.0) == [STORY]


def test_a_longer_text_is_seen_longer() -> None:
    short, long = plan("Hi. This one takes a while to read.", seconds=10)

    assert short.seconds >= LEAST_SECONDS
    assert long.seconds > 1.5 * short.seconds


@given(st.text(min_size=1).filter(lambda text: text.strip()), st.floats(min_value=1, max_value=60))
def test_shots_fill_the_time_without_a_gap(prompt: str, seconds: float) -> None:
    shots = plan(prompt.strip(), seconds=seconds)

    assert shots[0].start == 0
    assert shots[-1].end == seconds
    assert [shot.end for shot in shots[:-1]] == [shot.start for shot in shots[1:]]
    assert min(shot.seconds for shot in shots) >= min(seconds, LEAST_SECONDS) - 1e-6
