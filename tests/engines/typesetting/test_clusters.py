import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.engines.typesetting.clusters import breakable, clusters


@pytest.mark.parametrize(
    "whole",
    [
        "é",
        "e\u0301",
        "👍🏽",
        "👩\u200d🚀",
        "🇩🇪",
        "❤\ufe0f",
        "1\ufe0f\u20e3",
        "ש\u05c1\u05bc",
        "👨\u200d👩\u200d👧",
    ],
)
def test_what_is_seen_as_one_stays_together(whole: str) -> None:
    assert clusters(f"a{whole}b") == ["a", whole, "b"]


def test_flags_in_a_row_are_told_apart() -> None:
    assert clusters("🇩🇪🇫🇷") == ["🇩🇪", "🇫🇷"]


def test_a_line_may_end_after_white_space_and_hyphens() -> None:
    assert breakable("a well-known fox") == ["a ", "well-", "known ", "fox"]


def test_a_line_may_not_end_at_a_space_that_does_not_break() -> None:
    assert breakable("10\u00a0km far") == ["10\u00a0km ", "far"]


def test_a_line_may_end_between_ideographs_but_not_before_their_full_stop() -> None:
    assert breakable("日本語。「山」へ") == ["日", "本", "語。", "「山」", "へ"]


def test_a_negative_number_is_one_piece() -> None:
    assert breakable("at -5 °C") == ["at ", "-5 ", "°C"]


@given(st.text())
def test_nothing_is_lost_in_pieces(text: str) -> None:
    assert "".join(clusters(text)) == text
    assert "".join(breakable(text)) == text
