from dataclasses import replace

import numpy as np
import pytest

from rushes.engines.typesetting.drawing import Align, Style, draw_text, fit_style, missing_glyphs, text_height
from rushes.engines.typesetting.fonts import Weight
from rushes.engines.typesetting.layers import Layer

STYLE = Style(size=24)
WIDTH = 320


def drawn_box(layer: Layer) -> tuple[int, int, int, int]:
    """Return the first and last column, and the first and last row, in which anything is drawn."""
    rows, columns = np.nonzero(layer[..., 3])
    return int(columns.min()), int(columns.max()), int(rows.min()), int(rows.max())


def draw(text: str, style: Style = STYLE) -> Layer:
    return draw_text(text, width=WIDTH, style=style)


def test_a_layer_is_as_wide_as_asked_and_as_high_as_its_lines() -> None:
    one, three = draw("one"), draw("one\ntwo\nthree")

    assert one.shape == (text_height("one", width=WIDTH, style=STYLE), WIDTH, 4)
    assert three.shape[0] - one.shape[0] == 2 * round(STYLE.leading * STYLE.size)


def test_nothing_is_drawn_on_the_rim() -> None:
    layer = draw("Ågj pÅ " * 20, replace(STYLE, outline=3))

    left, right, top, bottom = drawn_box(layer)
    assert min(left, top) >= 1
    assert (right, bottom) <= (WIDTH - 2, layer.shape[0] - 2)


def test_letters_have_their_colour_up_to_their_edges() -> None:
    layer = draw("colour", replace(STYLE, colour=(200, 100, 50)))

    seen = layer[layer[..., 3] > 8][:, :3].astype(int)
    assert len(seen) > 100
    assert np.abs(seen - (200, 100, 50)).max() <= 1


def test_an_outline_surrounds_letters_in_its_own_colour() -> None:
    style = replace(STYLE, outline=3, outline_colour=(0, 0, 255))
    layer, plain = draw("outline", style), draw("outline")

    opaque = layer[layer[..., 3] == 255][:, :3]
    assert ((opaque == (0, 0, 255)).all(axis=1)).any()
    assert ((opaque == (255, 255, 255)).all(axis=1)).any()
    assert np.count_nonzero(layer[..., 3]) > 1.5 * np.count_nonzero(plain[..., 3])


@pytest.mark.parametrize(
    ("align", "text", "is_left", "is_right"),
    [
        (Align.START, "short", True, False),
        (Align.START, "שלום", False, True),
        (Align.END, "short", False, True),
        (Align.END, "שלום", True, False),
        (Align.CENTRE, "short", False, False),
    ],
)
def test_lines_stand_where_they_are_aligned(
    *, align: Align, text: str, is_left: bool, is_right: bool
) -> None:
    left, right, _, _ = drawn_box(draw(text, replace(STYLE, align=align)))

    assert (left < 12) is is_left
    assert (right > WIDTH - 12) is is_right


def test_centred_text_has_as_much_room_left_as_right() -> None:
    left, right, _, _ = drawn_box(draw("HIIH", replace(STYLE, align=Align.CENTRE)))

    assert abs(left - (WIDTH - 1 - right)) <= 2


def test_text_is_drawn_the_same_each_time() -> None:
    assert (draw("same 🦊 שלום") == draw("same 🦊 שלום")).all()


def test_emoji_are_drawn_as_large_as_letters() -> None:
    _, _, top, bottom = drawn_box(draw("🦊"))

    assert 0.8 * STYLE.size < bottom - top < 1.6 * STYLE.size


def test_what_no_font_has_is_named_once_each() -> None:
    assert missing_glyphs("fox 🦊 \U0003fffd\U0003fffd שלום\n") == "\U0003fffd"


def test_a_short_text_gets_the_style_as_it_is() -> None:
    assert fit_style("short", width=WIDTH, height=200, style=STYLE, smallest=8) == STYLE


@pytest.mark.parametrize("text", ["fox " * 60, "Donaudampfschifffahrtsgesellschaftskapitän", "日本語。" * 30])
def test_a_long_text_gets_the_largest_size_that_fits(text: str) -> None:
    large = replace(STYLE, size=80, weight=Weight.BOLD)

    fitting = fit_style(text, width=WIDTH, height=200, style=large, smallest=8)

    larger = replace(fitting, size=fitting.size + 1)
    assert 8 < fitting.size < 80
    assert text_height(text, width=WIDTH, style=fitting) <= 200
    assert fit_style(text, width=WIDTH, height=200, style=larger, smallest=8) == fitting


def test_words_are_broken_only_if_no_size_has_room_for_them() -> None:
    whole = fit_style("Mountaineering", width=WIDTH, height=400, style=replace(STYLE, size=100), smallest=8)
    broken = fit_style("x" * 300, width=WIDTH, height=400, style=replace(STYLE, size=100), smallest=8)

    assert text_height("Mountaineering", width=WIDTH, style=whole) == text_height(
        "M", width=WIDTH, style=whole
    )
    assert broken.size > 16


def test_a_text_that_never_fits_gets_the_smallest_size() -> None:
    assert fit_style("fox " * 999, width=60, height=20, style=STYLE, smallest=8).size == 8
