"""What a job costs, and the entries that a price leaves in the ledger."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from rushes.domain.jobs import JobType, Quality
from rushes.domain.options import Resolution
from rushes.errors import FieldProblem

SIGNUP_GRANT = 1000
"""Credits that a new account starts with, unless the settings say otherwise."""

MAX_GRANT = 1_000_000_000
"""The most credits that are granted at a time: what is beyond is a slip of the hand."""

REASON_MAX_CHARACTERS = 200


class EntryKind(StrEnum):
    """The four kinds of ledger entry."""

    GRANT = "grant"
    HOLD = "hold"
    CAPTURE = "capture"
    RELEASE = "release"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """Credits for each second of output by resolution, and the least that a job costs."""

    per_second: Mapping[Resolution, int]
    minimum: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """A model's price: its tariff, tariffs of their own for some job types, and what quality costs.

    `quality_percent` is relative to the tariff; a quality without an entry costs 100.
    """

    tariff: Tariff
    by_type: Mapping[JobType, Tariff] = field(default_factory=dict[JobType, Tariff])
    quality_percent: Mapping[Quality, int] = field(default_factory=dict[Quality, int])

    def of(
        self, *, job_type: JobType, quality: Quality | None, resolution: Resolution, seconds: float
    ) -> int:
        """Return the credits for an output of `seconds`, started seconds counting whole."""
        tariff = self.by_type.get(job_type, self.tariff)
        percent = 100 if quality is None else self.quality_percent.get(quality, 100)
        credits_ = math.ceil(seconds) * tariff.per_second[resolution] * percent
        return max(tariff.minimum, math.ceil(credits_ / 100))


def amount_problem(amount: int, *, field: str = "amount") -> FieldProblem | None:
    """Say what is wrong with the amount of a grant, if anything."""
    if 1 <= amount <= MAX_GRANT:
        return None
    return FieldProblem(field=field, message=f"Give a whole number from 1 to {MAX_GRANT}.")


def reason_problem(reason: str, *, field: str = "reason") -> FieldProblem | None:
    """Say what is wrong with the reason of a grant, if anything; its account's owner can read it."""
    if reason.strip() and len(reason) <= REASON_MAX_CHARACTERS:
        return None
    return FieldProblem(field=field, message=f"Use 1 to {REASON_MAX_CHARACTERS} characters.")
