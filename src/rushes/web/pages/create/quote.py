"""What a new job would cost and how long it would take, in words."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self, assert_never

from rushes.actions.submit import Quote
from rushes.db.estimates import Estimate
from rushes.domain.waiting import WaitingReason
from rushes.errors import FieldProblem
from rushes.web.durations import in_words


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownQuote:
    """A price with what speaks against it; `price` and `balance` are `None` while something is missing."""

    price: int | None
    balance: int | None
    timing: str
    problem: str | None

    @classmethod
    def of(cls, quoted: Quote) -> Self:
        """Say what a quote found."""
        if quoted.problems:
            return cls.of_problems(quoted.problems, balance=quoted.credits)
        lacking = quoted.total - quoted.credits
        return cls(
            price=quoted.total,
            balance=quoted.credits,
            timing=_timing([one for one in quoted.estimates if one is not None]),
            problem=f"Your balance is {quoted.credits:,}: {_credits(lacking)} missing."
            if lacking > 0
            else None,
        )

    @classmethod
    def of_problems(cls, problems: Sequence[FieldProblem], *, balance: int | None = None) -> Self:
        """Say why there is no price yet."""
        # What is still to be chosen is no mistake; nothing was sent yet.
        wrong = [one.message for one in problems if ".inputs." not in f".{one.field}"]
        return cls(
            price=None,
            balance=balance,
            timing="" if wrong else "The price shows once its files are chosen.",
            problem=wrong[0] if wrong else None,
        )


def _credits(amount: int) -> str:
    return "1 credit is" if amount == 1 else f"{amount:,} credits are"


def _timing(estimates: Sequence[Estimate]) -> str:
    if not estimates:
        return ""
    first = estimates[0]
    runs = [one.run_seconds for one in estimates if one.run_seconds is not None]
    length = f"runs for about {in_words(math.ceil(sum(runs)))}" if len(runs) == len(estimates) else ""
    return " · ".join(filter(None, (_start(first), length)))


def _start(one: Estimate) -> str:
    match one.why_waiting:
        case WaitingReason.LANE_PAUSED:
            return "Paused by the operator"
        case WaitingReason.NO_WORKER:
            return "No worker runs for this model right now"
        case WaitingReason.PARENT:
            return "Starts when the job that it works on is done"
        case WaitingReason.YOUR_LIMIT | WaitingReason.POSITION | WaitingReason.BACKOFF:
            return _in(one)
        case _:
            assert_never(one.why_waiting)


def _in(one: Estimate) -> str:
    if one.wait_seconds is not None and one.wait_seconds >= 1:
        return f"Starts in about {in_words(math.ceil(one.wait_seconds))}"
    if one.why_waiting is WaitingReason.YOUR_LIMIT:
        return "Starts after your other jobs"
    return "Starts at once" if not one.position else f"Starts after {one.position:,} other jobs"
