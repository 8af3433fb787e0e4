import pytest
from PIL import ImageFont

from rushes.engines.typesetting.fonts import Weight, main_face, open_font
from rushes.engines.typesetting.shaping import shape_rtl


@pytest.mark.parametrize(
    ("written", "drawn"),
    [
        ("سلام", "\ufee1\ufefc\ufeb3"),
        ("باب", "\ufe8f\ufe8e\ufe91"),
        ("ب", "\ufe8f"),
        ("ببب", "\ufe90\ufe92\ufe91"),
        ("دار", "\ufead\ufe8d\ufea9"),
        ("الله", "\ufeea\ufee0\ufedf\ufe8d"),
    ],
    ids=[
        "a ligature",
        "an alef joins one side",
        "alone",
        "all four forms",
        "none join",
        "no glyph for a word",
    ],
)
def test_arabic_letters_have_the_forms_of_their_places(written: str, drawn: str) -> None:
    assert shape_rtl(written) == drawn


@pytest.mark.parametrize(("letter", "mark"), [("ש", "\u05b8"), ("س", "\u064e")], ids=["Hebrew", "Arabic"])
def test_a_mark_is_drawn_on_its_letter(letter: str, mark: str) -> None:
    font = open_font(main_face(Weight.REGULAR), 60, layout=ImageFont.Layout.BASIC)
    alone, marked = (font.getbbox(shape_rtl(text), anchor="ls") for text in (letter, letter + mark))

    assert marked[3] - marked[1] > alone[3] - alone[1]
    assert (marked[0], marked[2]) == (alone[0], alone[2])


def test_a_mark_does_not_part_letters() -> None:
    assert shape_rtl("بَب") == "\ufe90\u064e\ufe91"


def test_a_non_joiner_parts_letters() -> None:
    assert shape_rtl("ب\u200cب") == "\ufe8f\u200c\ufe8f"


def test_brackets_are_mirrored() -> None:
    assert shape_rtl("(א)") == "(א)"
    assert shape_rtl("א(ב") == "ב)א"
