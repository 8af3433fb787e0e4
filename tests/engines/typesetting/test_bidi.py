import pytest
from bidi import get_display
from hypothesis import given
from hypothesis import strategies as st

from rushes.engines.typesetting.bidi import base_level, visual_runs

MIXED = st.text(alphabet="abאבبج12٣(),.+-$% []\u0301\u200f", max_size=20)


def seen(line: str) -> str:
    """Return the characters as they are seen from left to right, brackets as they were written."""
    runs = visual_runs(line, base_level(line))
    return "".join(text[::-1] if is_rtl else text for text, is_rtl in runs)


def test_runs_come_from_left_to_right_each_as_it_was_written() -> None:
    assert visual_runs("יער (rain) 12", 1) == [
        ("12", False),
        (") ", True),
        ("rain", False),
        ("יער (", True),
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("car אבג!", "car גבא!"),
        ("אבג car", "car גבא"),
        ("אבג 123 דה", "הד 123 גבא"),
        ("a (b אב) ג", "a (b בא) ג"),
        ("عدد 1,5%", "%1,5 ددع"),
        ("x אב 1-2 y", "x 1-2 בא y"),
        ("אב\ta ", " a בא"),
        ("אב \u202eab\u202c\u2067!", "!ab בא"),
    ],
    ids=["left base", "right base", "number", "brackets", "Arabic number", "range", "tab", "explicit marks"],
)
def test_lines_are_seen_in_the_order_of_the_standard(line: str, expected: str) -> None:
    assert seen(line) == expected


@pytest.mark.parametrize(
    ("paragraph", "level"), [("", 0), ("123", 0), ("1 אב", 1), ("«مرحبا»", 1), ("abc אב", 0)]
)
def test_a_paragraph_has_the_direction_of_its_first_letter(paragraph: str, level: int) -> None:
    assert base_level(paragraph) == level


@given(MIXED)
def test_finding_the_directions_does_not_change_the_order(line: str) -> None:
    assert seen(line) == get_display(line)


@given(st.text())
def test_every_letter_is_in_one_run(line: str) -> None:
    letters = [each for each in line if each.isalnum()]

    assert sorted(each for each in seen(line) if each.isalnum()) == sorted(letters)
