"""What a job costs, and the entries that a price leaves in the ledger."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

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
class Price:
    """A model's price: credits for each output second by resolution, and the least that a job costs."""

    per_second: Mapping[Resolution, int]
    minimum: int

    def of(self, *, resolution: Resolution, seconds: float) -> int:
        """Return the credits for an output of `seconds` at `resolution`, started seconds counting whole."""
        return max(self.minimum, math.ceil(seconds) * self.per_second[resolution])
