import pytest
from PIL import ImageFont, features

from rushes.engines.typesetting.bidi import base_level
from rushes.engines.typesetting.fonts import Weight
from rushes.engines.typesetting.runs import Run, runs_of

BASIC, RAQM = ImageFont.Layout.BASIC, ImageFont.Layout.RAQM


def runs(line: str, *, layout: ImageFont.Layout = BASIC) -> list[Run]:
    return runs_of(line, base_level(line), weight=Weight.BOLD, layout=layout)


def test_each_font_and_each_direction_has_a_run_of_its_own() -> None:
    found = runs("fox 🦊 שלום")

    assert [(run.text, run.face.path.stem, run.is_rtl) for run in found] == [
        ("fox ", "DejaVuSans-Bold", False),
        ("🦊", "NotoEmoji-Bold", False),
        (" ", "DejaVuSans-Bold", False),
        ("םולש", "DejaVuSans-Bold", True),
    ]


def test_runs_of_a_line_from_right_to_left_begin_with_its_end() -> None:
    assert [run.text for run in runs("א 🦊 b")] == ["b", " ", "🦊", " א"]


def test_an_emoji_of_several_characters_stays_whole_between_right_to_left_letters() -> None:
    assert [run.text for run in runs("אב 👩\u200d🚀👍🏽 גד", layout=RAQM)] == [" גד", "👩\u200d🚀👍🏽", "אב "]


def test_brackets_in_right_to_left_text_open_to_the_left() -> None:
    assert "".join(run.text for run in runs("יער (rain) «גד»")) == "«דג» (rain) רעי"


def test_a_box_stands_for_what_no_font_has() -> None:
    (run,) = runs("\U0003fffd\ufe0f")

    assert (run.text, run.face.path.stem) == ("\U0003fffd", "DejaVuSans-Bold")
    assert run.width(20) > 5


@pytest.mark.parametrize("line", ["a\u200eb", "a\u00adb", "a\u2060b"])
def test_what_has_no_shape_is_not_drawn(line: str) -> None:
    assert "".join(run.text for run in runs(line)) == "ab"


@pytest.mark.skipif(not features.check("fribidi"), reason="needs a system with FriBidi")
def test_both_layouts_give_arabic_the_same_width() -> None:
    (basic,) = runs("السلام عليكم")
    (shaped,) = runs("السلام عليكم", layout=ImageFont.Layout.RAQM)

    assert shaped.direction == "rtl"
    assert basic.width(60) == pytest.approx(shaped.width(60), rel=0.03)
