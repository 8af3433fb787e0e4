from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rushes.engines.typesetting.fonts import Weight
from rushes.engines.typesetting.runs import width_of
from rushes.engines.typesetting.wrapping import breaks_no_word, wrap

FOX = "The quick brown fox jumps over the lazy dog"
WORD = "Donaudampfschifffahrtsgesellschaft"


def lines_of(text: str, *, width: float, size: int = 20) -> list[str]:
    return [line.text for line in wrap(text, width=width, size=size, weight=Weight.REGULAR)]


def widths(lines: list[str], *, size: int = 20) -> list[float]:
    return [width_of(line, size=size, weight=Weight.REGULAR) for line in lines]


def test_lines_are_filled_and_none_is_too_wide() -> None:
    lines = lines_of(FOX, width=150)

    assert " ".join(lines) == FOX
    assert max(widths(lines)) <= 150
    assert min(widths([f"{one} {two.split()[0]}" for one, two in pairwise(lines)])) > 150


def test_a_text_that_fits_is_one_line() -> None:
    assert lines_of(FOX, width=10_000) == [FOX]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028"])
def test_every_kind_of_line_end_ends_a_line(end: str) -> None:
    assert lines_of(f"one{end}{end}two", width=500) == ["one", "", "two"]


def test_a_word_that_is_too_wide_is_broken() -> None:
    lines = lines_of(f"a {WORD} b", width=120)

    assert "".join(lines).replace(" ", "") == f"a{WORD}b"
    assert max(widths(lines)) <= 120
    assert not breaks_no_word(WORD, width=120, size=20, weight=Weight.REGULAR)


def test_an_emoji_of_several_characters_is_not_broken() -> None:
    family = "👨\u200d👩\u200d👧"

    assert lines_of(family * 3, width=30) == [family] * 3


def test_a_character_that_is_too_wide_stays_alone_in_its_line() -> None:
    assert lines_of("WWW", width=3) == ["W", "W", "W"]


def test_a_line_keeps_the_direction_of_its_paragraph() -> None:
    lines = wrap("שלום hello hello\nhello שלום", width=90, size=20, weight=Weight.REGULAR)

    assert [(line.text, line.is_rtl) for line in lines] == [
        ("שלום", True),
        ("hello", True),
        ("hello", True),
        ("hello", False),
        ("שלום", False),
    ]


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="abW אب日。🦊-\u0301\n", max_size=60), st.integers(min_value=60, max_value=200))
def test_no_character_is_lost_and_no_line_is_too_wide(text: str, width: int) -> None:
    lines = lines_of(text, width=width)

    assert "".join("".join(lines).split()) == "".join(text.split())
    assert max(widths(lines)) <= width
