"""Splits a prompt into shots, the texts of a storyboard's cards."""

import itertools
import re
from dataclasses import dataclass
from typing import Final

LEAST_SECONDS: Final = 1.4
"""How long a card must be seen to be read."""

MOST_SHOTS: Final = 24

_SENTENCE_END: Final = re.compile(r"(?<=[.!?…;؟۔।])\s+|(?<=[。！？；])\s*|[\r\n\x0b\x0c\x85\u2028\u2029]+")
_CLAUSE_END: Final = re.compile(r"(?<=[,،:])\s+|(?<=[，、：])\s*")
_LONG_SENTENCE: Final = 70
_PAUSE_CHARACTERS: Final = 12
"""What every card costs a reader besides its characters."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One card: its text, and when it begins and ends, in seconds."""

    text: str
    start: float
    end: float

    @property
    def seconds(self) -> float:
        """Return how long it lasts."""
        return self.end - self.start


def plan(prompt: str, *, seconds: float) -> list[Shot]:
    """Divide a time among a prompt's shots: sentences and lines, long ones by their clauses.

    Each has a share that grows with its length. Shots that there is no time for are joined with others.
    """
    most = max(1, min(MOST_SHOTS, int(seconds / LEAST_SECONDS)))
    texts = _joined(_pieces(prompt), most)
    spare = seconds - LEAST_SECONDS * len(texts)
    least = LEAST_SECONDS if spare >= 0 else seconds / len(texts)
    costs = [_PAUSE_CHARACTERS + len(text) for text in texts]
    lengths = (least + max(0.0, spare) * cost / sum(costs) for cost in costs)
    cuts = [0.0, *itertools.accumulate(lengths)]
    # Sums of floats may miss the end by a hair.
    cuts[-1] = seconds
    return [Shot(text, *span) for text, span in zip(texts, itertools.pairwise(cuts), strict=True)]


def _pieces(prompt: str) -> list[str]:
    sentences = [part.strip() for part in _SENTENCE_END.split(prompt)]
    return [piece for sentence in sentences if sentence for piece in _clauses(sentence)]


def _clauses(sentence: str) -> list[str]:
    if len(sentence) <= _LONG_SENTENCE:
        return [sentence]
    pieces = [""]
    for clause in _CLAUSE_END.split(sentence):
        longer = f"{pieces[-1]} {clause}".strip()
        if pieces[-1] and len(longer) > _LONG_SENTENCE:
            pieces.append(clause)
        else:
            pieces[-1] = longer
    return pieces


def _joined(pieces: list[str], most: int) -> list[str]:
    """Join the two neighbours that are shortest together, until there are at most `most`."""
    texts = list(pieces)
    while len(texts) > most:
        lengths = [len(first) + len(second) for first, second in itertools.pairwise(texts)]
        shortest = lengths.index(min(lengths))
        texts[shortest : shortest + 2] = [" ".join(texts[shortest : shortest + 2])]
    return texts
