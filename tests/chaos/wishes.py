"""What a job of the chaos wants its engine to do; it says so in its prompt."""

from collections.abc import Mapping
from enum import StrEnum
from random import Random


class Wish(StrEnum):
    """How an attempt at the job goes, unless somebody is killed over it."""

    QUICK = "quick"
    SLOW = "slow"
    FLAKY = "flaky"
    BAD = "bad"
    HANG = "hang"
    POISON = "poison"
    CHILD_GOOD = "child good"
    CHILD_FLAKY = "child flaky"
    CHILD_CRASH = "child crash"
    CHILD_HANG = "child hang"
    CHILD_STUBBORN = "child stubborn"


SHARES: Mapping[Wish, float] = {
    Wish.QUICK: 66,
    Wish.SLOW: 8,
    Wish.FLAKY: 8,
    Wish.BAD: 5,
    Wish.HANG: 4,
    Wish.POISON: 0.5,
    Wish.CHILD_GOOD: 3,
    Wish.CHILD_FLAKY: 1,
    Wish.CHILD_CRASH: 0.5,
    Wish.CHILD_HANG: 1,
    Wish.CHILD_STUBBORN: 1,
}
"""How many jobs in a hundred or so have each wish; those of children cost a second of processor each."""

ENDLESS = frozenset({Wish.HANG, Wish.CHILD_HANG, Wish.CHILD_STUBBORN})
"""Wishes that end by a cancel or a kill only."""


def choose(dice: Random) -> Wish:
    """Choose a wish by its share."""
    return dice.choices(list(SHARES), weights=list(SHARES.values()))[0]


def is_for_child(wish: Wish) -> bool:
    """Tell whether the job needs an engine in a child process."""
    return wish.startswith("child")
