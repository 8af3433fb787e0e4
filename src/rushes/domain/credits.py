"""What a job costs, and the entries that a price leaves in the ledger."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from rushes.domain.jobs import JobType, Quality
from rushes.domain.options import Resolution

SIGNUP_GRANT = 1000
"""Credits that a new account starts with, unless the settings say otherwise."""


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
