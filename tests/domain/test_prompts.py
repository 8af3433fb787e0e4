import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.domain.prompts import (
    MAX_CHARACTERS,
    Strategy,
    Weight,
    clean,
    enhance,
    expand,
    fill,
    placeholders,
    read_weights,
    write_weights,
)
from rushes.domain.vocabulary import VOCABULARY
from rushes.errors import InvalidFields

ALPHABET = "aAbB foxé,.;:!()+-0179 \n{}'"
PROMPTS = st.text(ALPHABET, min_size=1, max_size=60) | st.text(min_size=1, max_size=MAX_CHARACTERS)


def wrong(error: pytest.ExceptionInfo[InvalidFields]) -> list[str]:
    return sorted(problem.field for problem in error.value.fields)


@pytest.mark.parametrize(
    ("prompt", "cleaned"),
    [
        ("  A   fox \n runs ", "A fox runs"),
        ("A fox ,a hare", "A fox, a hare"),
        ("A fox,, ; a hare", "A fox, a hare"),
        ("a very very red fox", "a very red fox"),
        ("fox, snow, Fox, night", "fox, snow, night"),
        ("a fox, ,", "a fox"),
        ("1,000 foxes, 10:30", "1,000 foxes, 10:30"),
        ("Wait... what?!", "Wait... what?!"),
        ("that hat", "that hat"),
    ],
)
def test_cleaning_puts_spaces_and_marks_in_order(prompt: str, cleaned: str) -> None:
    assert clean(prompt) == cleaned


@given(PROMPTS)
def test_what_is_clean_stays_as_it_is(prompt: str) -> None:
    once = clean(prompt)

    assert clean(once) == once
    assert len(once) <= MAX_CHARACTERS


@given(PROMPTS)
def test_what_was_expanded_stays_as_it_is(prompt: str) -> None:
    once = expand(prompt)

    assert expand(once) == once
    assert len(once) <= MAX_CHARACTERS


@given(PROMPTS)
def test_weights_once_written_stay_as_they_are(prompt: str) -> None:
    once = write_weights(prompt)

    assert write_weights(once) == once
    assert len(once) <= MAX_CHARACTERS


@given(PROMPTS.filter(clean), st.sampled_from([Strategy.CLEAN, Strategy.EXPAND, Strategy.WEIGHTS]))
def test_an_enhanced_prompt_can_be_submitted(prompt: str, strategy: Strategy) -> None:
    made = enhance(prompt, strategy, body=None, values={})

    assert 1 <= len(made.enhanced) <= MAX_CHARACTERS


def test_a_prompt_of_which_nothing_is_left_is_refused() -> None:
    with pytest.raises(InvalidFields) as error:
        enhance(" , ", Strategy.CLEAN, body=None, values={})

    assert wrong(error) == ["prompt"]


def test_expanding_adds_one_term_of_each_kind() -> None:
    added = expand("A fox in the snow.").removeprefix("A fox in the snow, ").split(", ")

    assert [term in terms for term, terms in zip(added, VOCABULARY.values(), strict=True)] == [True] * 3


def test_expanding_adds_nothing_of_a_kind_that_is_there() -> None:
    expanded = expand("A fox, Close-Up")

    assert not any(term in expanded for term in VOCABULARY["camera"])


def test_expanding_depends_on_the_words_alone() -> None:
    assert expand("a  fox , a hare").casefold() == expand("A fox, a hare").casefold()


def test_different_prompts_get_different_terms() -> None:
    tails = {expand(f"fox number {number}").partition(", ")[2] for number in range(20)}

    assert len(tails) > 10


def test_expanding_stops_before_it_is_too_long() -> None:
    prompt = "x" * (MAX_CHARACTERS - 12)

    assert expand(prompt) in {f"{prompt}, {term}" for terms in VOCABULARY.values() for term in terms}


@pytest.mark.parametrize(
    ("prompt", "weights"),
    [
        ("a fox++ in snow", [("fox", 1.21)]),
        ("a (red fox)+ in snow-", [("red fox", 1.1), ("snow", 0.9)]),
        ("a (red fox)1.5", [("red fox", 1.5)]),
        ("a well-known fox", []),
        ("a fox - a hare", []),
        ("1+1 is 2", []),
        ("(a fox) runs", []),
        ("fox" + "+" * 900, [("fox", 10.0)]),
        ("(fox)" + "9" * 400, [("fox", 10.0)]),
        ("fox---", [("fox", 0.729)]),
    ],
)
def test_weights_are_read_in_the_syntax_of_compel(prompt: str, weights: list[tuple[str, float]]) -> None:
    assert read_weights(prompt) == [Weight(text=text, weight=weight) for text, weight in weights]


def test_weights_are_written_as_numbers() -> None:
    assert write_weights("a (red fox)+ in  snow--") == "a (red fox)1.1 in (snow)0.81"


def test_weights_that_would_not_fit_are_left_as_signs() -> None:
    prompt = ", ".join(f"w{number}+" for number in range(150))

    assert len(prompt) <= MAX_CHARACTERS
    assert write_weights(prompt) == prompt


def test_a_template_is_filled() -> None:
    assert placeholders("{prompt} in {place}, {prompt}") == ["prompt", "place"]
    assert fill("{prompt} in {place}", {"place": "{prompt}"}, prompt="A fox") == "A fox in {prompt}"


def test_every_missing_and_needless_value_is_named() -> None:
    with pytest.raises(InvalidFields) as error:
        fill(
            "{prompt} in {place} at {time}", {"time": "noon", "colour": "red", "prompt": "x"}, prompt="A fox"
        )

    assert wrong(error) == ["values.colour", "values.place", "values.prompt"]


def test_a_template_that_gets_too_long_is_refused() -> None:
    with pytest.raises(InvalidFields) as error:
        fill("{prompt} {prompt}", {}, prompt="x" * 600)

    assert wrong(error) == ["prompt"]


@pytest.mark.parametrize(
    ("strategy", "values", "field"),
    [(Strategy.TEMPLATE, {}, "template_id"), (Strategy.CLEAN, {"place": "a wood"}, "values")],
)
def test_what_needs_a_template_is_refused_without_one(
    strategy: Strategy, values: dict[str, str], field: str
) -> None:
    with pytest.raises(InvalidFields) as error:
        enhance("A fox", strategy, body=None, values=values)

    assert wrong(error) == [field]


def test_how_much_longer_a_prompt_became_is_told() -> None:
    made = enhance("A fox+", Strategy.TEMPLATE, body="{prompt} in {place}", values={"place": "snow"})

    assert (made.original, made.enhanced) == ("A fox+", "A fox+ in snow")
    assert made.expansion_percentage == 133.3
    assert made.weights == [Weight(text="fox", weight=1.1)]
