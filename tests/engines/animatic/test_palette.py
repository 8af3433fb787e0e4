import numpy as np
import pytest

from rushes.engines.animatic.palette import BRIGHTEST, Colours, choose, moods_in


def colours(text: str, *, seed: int = 1, follow: float = 1.0) -> Colours:
    return choose(text, prompt=text, follow=follow, dice=np.random.default_rng(seed))


def luminance(colour: np.ndarray) -> float:
    """Return the relative luminance of an sRGB colour (WCAG 2.2)."""
    share = colour / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize(
    "words",
    ["sunset", "Sonnenuntergang", "coucher de soleil", "Закат", "غروب", "الغروب", "השקיעה", "日落の時"],
)
def test_one_mood_has_words_in_many_languages(words: str) -> None:
    assert moods_in(words)[0] == moods_in("sunset")[0]


@pytest.mark.parametrize("word", ["sung", "merry", "rotten", "iced", "starch", "marble"])
def test_a_short_mood_word_is_not_found_in_another_word(word: str) -> None:
    assert moods_in(word) == []


def test_moods_come_in_the_order_of_the_words() -> None:
    assert moods_in("The ocean by night") == [*moods_in("ocean"), *moods_in("night")]
    assert moods_in("flowers") == moods_in("flower")


def test_a_shot_without_a_mood_has_that_of_the_prompt() -> None:
    fire = np.random.default_rng(1)
    top, _, _ = choose("It goes on.", prompt="It goes on. Fire!", follow=2.0, dice=fire)

    assert top[0] > 2 * top[2]


def test_an_ocean_is_blue_and_a_fire_is_red() -> None:
    ocean, fire = colours("ocean")[0], colours("fire")[0]

    assert ocean[2] > ocean[1] > ocean[0]
    assert fire[0] > fire[1] > fire[2]


def test_colours_follow_the_mood_more_at_a_higher_scale() -> None:
    own = colours("ocean", follow=2.0)[0]

    assert (
        np.abs(colours("ocean", follow=1.0)[0] - own).sum()
        < np.abs(colours("ocean", follow=0.5)[0] - own).sum()
    )


def test_another_seed_draws_other_colours_where_no_word_says_which() -> None:
    assert np.abs(colours("hello", seed=1) - colours("hello", seed=2)).max() > 20


@pytest.mark.parametrize("text", ["snow", "gold", "sky", "sun", "hello"])
def test_no_colour_is_too_bright_for_white_letters(text: str) -> None:
    assert max(luminance(colour) for colour in colours(text)) <= BRIGHTEST + 0.02
