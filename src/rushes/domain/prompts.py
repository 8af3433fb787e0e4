"""Making a prompt better by rules that anybody can follow: the same prompt always comes out the same."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from rushes.domain.ids import PromptTemplateId
from rushes.domain.vocabulary import VOCABULARY
from rushes.errors import FieldProblem, InvalidFields

MAX_CHARACTERS = 1000
_UP, _DOWN = 1.1, 0.9
"""What one `+` and one `-` multiply a weight by, as the library compel has it."""

_MOST = 10.0
_SPACE = re.compile(r"\s+")
_SPACE_BEFORE = re.compile(r"\s+([,.;:!?])")
_REPEATED_MARK = re.compile(r"([,;:])(?:\s*[,;:])+")
_REPEATED_WORD = re.compile(r"\b(\w+)(?:\s+\1\b)+", re.IGNORECASE)
_MARK_AND_WORD = re.compile(r"([,;])(?=[^\W\d])")
_EMPHASIS = re.compile(
    r"(?:\(([^()]+)\)|(?<![\w()+-])(\w[\w'’-]*?))"  # some words in brackets, or one word,
    r"(\++|-+(?![\w-])|(?<=\))\d+(?:\.\d+)?)(?![\w+]|\.\d)"  # and the signs or the number after it
)
_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]{0,31})\}")

PROMPT = "prompt"
"""The placeholder that every template has."""


class Strategy(StrEnum):
    """How a prompt is worked on."""

    TEMPLATE = "template"
    WEIGHTS = "weights"
    EXPAND = "expand"
    CLEAN = "clean"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptTemplate:
    """A text with places such as `{prompt}`, and what is done to it once it is filled."""

    id: PromptTemplateId
    name: str
    body: str
    strategy: Strategy
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """How much a part of a prompt counts; 1 is as much as any other."""

    text: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Enhanced:
    """A prompt and what became of it; `expansion_percentage` is below 0 if it is shorter now."""

    original: str
    enhanced: str
    strategy: Strategy
    weights: Sequence[Weight]
    expansion_percentage: float


def enhance(prompt: str, strategy: Strategy, *, body: str | None, values: Mapping[str, str]) -> Enhanced:
    """Work on a prompt, after putting it into a template's `body` if there is one.

    Raises:
        InvalidFields: A placeholder has no value, a value no placeholder, the strategy needs a template, or
            nothing is left, or more than `MAX_CHARACTERS`.
    """
    if strategy is Strategy.TEMPLATE and body is None:
        raise _wrong("template_id", "Name a template: the strategy `template` fills one.")
    if body is None and values:
        raise _wrong("values", "There is no template to put these into.")
    text = prompt if body is None else fill(body, values, prompt=prompt)
    match strategy:
        case Strategy.EXPAND:
            text = expand(text)
        case Strategy.WEIGHTS:
            text = write_weights(text)
        case Strategy.CLEAN | Strategy.TEMPLATE:
            text = clean(text)
    if not 1 <= len(text) <= MAX_CHARACTERS:
        problem = f"{len(text)} characters would be left; 1 to {MAX_CHARACTERS} are allowed."
        raise _wrong("prompt", problem)
    return Enhanced(
        original=prompt,
        enhanced=text,
        strategy=strategy,
        weights=read_weights(text),
        expansion_percentage=round((len(text) - len(prompt)) * 100 / len(prompt), 1),
    )


def clean(text: str) -> str:
    """Return a prompt with single spaces, its marks in their places, and nothing said twice.

    A text that this would make too long is left as it is.
    """
    while (cleaner := _cleaner(text)) != text and len(cleaner) <= MAX_CHARACTERS:
        text = cleaner
    return text


def placeholders(body: str) -> list[str]:
    """Return the names of a template's placeholders, each once, in their order."""
    return list(dict.fromkeys(_PLACEHOLDER.findall(body)))


def fill(body: str, values: Mapping[str, str], *, prompt: str) -> str:
    """Return a template with its placeholders filled in; what a value says is taken as it is.

    Raises:
        InvalidFields: A placeholder has no value, or a value no placeholder, all of which are named; or the
            result has more than `MAX_CHARACTERS`.
    """
    names = [name for name in placeholders(body) if name != PROMPT]
    problems = [_value_problem(name, "The template needs this.") for name in names if name not in values]
    problems += [
        _value_problem(name, "The template has no other place for this.")
        for name in values
        if name not in names
    ]
    if problems:
        raise InvalidFields(fields=tuple(problems))
    filled = _PLACEHOLDER.sub(lambda found: {**values, PROMPT: prompt}[found[1]], body)
    if len(filled) > MAX_CHARACTERS:
        message = f"In the template these are {len(filled)} characters; at most {MAX_CHARACTERS} are allowed."
        raise _wrong("prompt", message)
    return filled


def expand(text: str) -> str:
    """Return a prompt followed by terms of camera, light and style, where they fit and it has none itself.

    Which ones follows from the words of the prompt alone.
    """
    text = clean(text)
    seed = sha256(text.casefold().encode()).digest()
    for number, terms in enumerate(VOCABULARY.values()):
        is_said = any(term.casefold() in text.casefold() for term in terms)
        longer = [", ".join(filter(None, (text.rstrip(" .,;:"), term))) for term in terms]
        if fitting := [one for one in longer if not is_said and len(one) <= MAX_CHARACTERS]:
            text = fitting[seed[number] % len(fitting)]
    return text


def read_weights(text: str) -> list[Weight]:
    """Return what a prompt emphasises, in the syntax of compel: `word++`, `(some words)-`, `(words)1.3`."""
    return [Weight(text=found[1] or found[2], weight=_weight(found[3])) for found in _EMPHASIS.finditer(text)]


def write_weights(text: str) -> str:
    """Return a prompt with each weight as a number, unless that makes it too long."""
    text = clean(text)
    written = _EMPHASIS.sub(lambda found: f"({found[1] or found[2]}){_weight(found[3]):g}", text)
    return written if len(written) <= MAX_CHARACTERS else text


def _cleaner(text: str) -> str:
    text = _SPACE_BEFORE.sub(r"\1", _SPACE.sub(" ", text))
    text = _MARK_AND_WORD.sub(r"\1 ", _REPEATED_MARK.sub(r"\1", text))
    parts = _REPEATED_WORD.sub(r"\1", text).strip(" ,;").split(", ")
    return ", ".join({part.casefold(): part for part in reversed(parts)}[key] for key in _keys(parts))


def _keys(parts: Sequence[str]) -> list[str]:
    """Return what each part is known by, without regard to case, each once."""
    return list(dict.fromkeys(part.casefold() for part in parts))


def _weight(mark: str) -> float:
    match mark[0]:
        case "+":
            weight = _UP ** min(len(mark), 100)
        case "-":
            weight = _DOWN ** len(mark)
        case _:
            weight = float(mark[:20])
    return round(min(_MOST, weight), 3)


def _value_problem(name: str, message: str) -> FieldProblem:
    return FieldProblem(field=f"values.{name}", message=message)


def _wrong(field: str, message: str) -> InvalidFields:
    return InvalidFields(fields=(FieldProblem(field=field, message=message),))
