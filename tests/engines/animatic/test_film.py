from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from rushes.engines.animatic.film import Look, OpeningPicture, film, still
from rushes.engines.arrays import Picture
from rushes.engines.media.sizes import Size

LANDSCAPE, PORTRAIT = Size(width=854, height=480), Size(width=480, height=854)
LOOK = Look(size=Size(width=428, height=240), seed=7, follow=1.0, steps=20)
STORY = "A red fox runs. Night falls over the ocean."


def difference(one: Picture, other: Picture) -> float:
    """Return the mean difference, in grey levels."""
    return float(np.abs(one.astype(int) - other).mean())


def text_contrast(picture: Picture, plain: Picture) -> float:
    """Return the contrast ratio (WCAG 2.2) of the letters and what is around them, at the 10th percentile.

    What is around the letters is nearly as it would be without them, but for their shadow.
    """
    white = (picture.min(axis=2) >= 250) & (plain.max(axis=2) < 240)
    near = _spread(white, 6) & ~_spread(white, 2)
    around = ((picture[near] / 255) ** 2.2) @ [0.2126, 0.7152, 0.0722]
    return float(1.05 / (np.percentile(around, 90) + 0.05))


def _spread(mask: np.ndarray, reach: int) -> np.ndarray:
    steps = range(-reach, reach + 1)
    return np.any([np.roll(mask, (y, x), (0, 1)) for y in steps for x in steps], axis=0)


def test_the_same_prompt_and_seed_give_the_same_pixels() -> None:
    one, other = film(STORY, LOOK, seconds=4), film(STORY, LOOK, seconds=4)

    assert all((one.frame(at) == other.frame(at)).all() for at in (0.0, 1.0, 2.0, 3.9))


def test_a_frame_does_not_depend_on_those_drawn_before() -> None:
    one, other = film(STORY, LOOK, seconds=4), film(STORY, LOOK, seconds=4)
    one.frame(0.5)

    assert (one.frame(3.0) == other.frame(3.0)).all()


def test_going_back_finds_the_same_frame() -> None:
    board = film("One. Two. Three. Four.", LOOK, seconds=8)
    first = board.frame(0.5)
    board.frame(7.5)

    assert (board.frame(0.5) == first).all()


def test_portrait_has_the_colours_of_landscape() -> None:
    wide, high = (still("hello", replace(LOOK, size=size)) for size in (LANDSCAPE, PORTRAIT))

    assert np.abs(wide.mean(axis=(0, 1)) - high.mean(axis=(0, 1))).max() < 15


def test_another_prompt_is_another_picture() -> None:
    assert difference(still("A quiet day", LOOK), still("A quiet way", LOOK)) > 5


def test_another_seed_is_another_picture() -> None:
    assert difference(still("A quiet day", LOOK), still("A quiet day", replace(LOOK, seed=8))) > 5


def test_more_steps_give_finer_clouds() -> None:
    coarse, fine = (still("A", replace(LOOK, steps=steps)) for steps in (10, 50))

    def detail(picture: Picture) -> float:
        return float(np.abs(np.diff(picture[:200, 300:].astype(int), axis=1)).mean())

    assert detail(fine) > 1.1 * detail(coarse)


def test_the_background_moves_from_frame_to_frame_but_not_by_jumps() -> None:
    board = film("One long shot", LOOK, seconds=4)

    steps = [difference(board.frame(at / 24), board.frame((at + 1) / 24)) for at in range(30, 60, 3)]

    assert min(steps) > 0.05
    assert max(steps) < 4


def test_one_shot_fades_into_the_next_without_a_cut() -> None:
    board = film(STORY, LOOK, seconds=5)
    frames = [board.frame(index / 24) for index in range(120)]

    steps = [difference(one, two) for one, two in pairwise(frames)]

    assert difference(frames[30], frames[110]) > 20
    assert max(steps) < 8


@pytest.mark.parametrize("size", [LANDSCAPE, PORTRAIT], ids=["landscape", "portrait"])
@pytest.mark.parametrize(
    "prompt",
    [
        "A",
        "fox " * 250,
        "x" * 1000,
        "日" * 1000,
        "🦊" * 1000,
        "﷽" * 60,
        "שלום עולם " * 100,
        "line\n" * 200,
        "\u0301" * 500,
    ],
    ids=["one", "words", "word", "boxes", "emoji", "wide", "rtl", "lines", "marks"],
)
def test_any_text_of_a_thousand_characters_is_drawn_within_its_margins(size: Size, prompt: str) -> None:
    picture = still(prompt, replace(LOOK, size=size))

    white = (picture.min(axis=2) >= 225)[: int(0.9 * size.height)]
    assert picture.shape == (size.height, size.width, 3)
    assert white.any()
    assert not white[:, : int(0.05 * size.width)].any()
    assert not white[: int(0.05 * size.height)].any()
    assert not white[int(0.88 * size.height) :].any()


@pytest.mark.parametrize("prompt", ["Snow and ice", "The sun and the sky", "Golden sand", "Night"])
def test_letters_can_be_read_on_every_mood(prompt: str) -> None:
    look = replace(LOOK, size=LANDSCAPE)
    board = film(prompt, look, seconds=4)

    assert text_contrast(board.frame(2.0), board.frame(0.0)) >= 3


def test_every_frame_says_that_no_model_was_used() -> None:
    board = film("One shot", replace(LOOK, size=LANDSCAPE), seconds=4)

    # The card has not come yet: all that is white is the footer.
    first = board.frame(0.0)
    rows, columns = np.nonzero(first.min(axis=2) > 190)
    assert rows.min() > 0.9 * LANDSCAPE.height
    assert np.ptp(columns) > 0.25 * LANDSCAPE.width


def half_and_half() -> Picture:
    picture = np.zeros((90, 160, 3), np.uint8)
    picture[:, 80:] = (20, 90, 200)
    return picture


def test_a_reference_is_behind_the_first_shot_only() -> None:
    board = film(STORY, LOOK, seconds=6, opening=OpeningPicture(picture=half_and_half()))
    plain = film(STORY, LOOK, seconds=6)

    first = board.frame(0.0)
    assert first[20, 30].max() < 20
    assert np.abs(first[20, 400].astype(int) - (16, 70, 156)).max() < 16
    assert (board.frame(5.0) == plain.frame(5.0)).all()


def test_an_exact_reference_stays_where_it_is() -> None:
    exact = OpeningPicture(picture=half_and_half(), is_exact=True)

    picture = still("A", LOOK, opening=exact)

    assert np.abs(picture[10, 220:].astype(int) - (20, 90, 200)).max() <= 3
    assert picture[10, :208].max() <= 3


def test_a_reference_shows_as_much_as_it_is_strong() -> None:
    shares = [0.0, 0.5, 1.0]
    pictures = [
        still("A", LOOK, opening=OpeningPicture(picture=half_and_half(), strength=share)) for share in shares
    ]

    blue = [
        difference(each[10:20, 250:], np.full((10, 178, 3), (16, 70, 156), np.uint8)) for each in pictures
    ]

    assert blue[0] > 1.5 * blue[1] > 3 * blue[2]


@pytest.mark.parametrize("is_exact", [True, False])
def test_letters_can_be_read_over_a_white_reference(*, is_exact: bool) -> None:
    white = OpeningPicture(picture=np.full((90, 160, 3), 255, np.uint8), is_exact=is_exact)
    black = OpeningPicture(picture=np.zeros((90, 160, 3), np.uint8), is_exact=is_exact)
    look = replace(LOOK, size=LANDSCAPE)

    over_white, over_black = (still("Hello there", look, opening=each) for each in (white, black))

    letters = over_black.min(axis=2) >= 250
    rim = _spread(letters, 3) & ~_spread(letters, 1)
    assert (over_white[letters] >= 245).all()
    assert np.median(over_white[rim]) < 70
