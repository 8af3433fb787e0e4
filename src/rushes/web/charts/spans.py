"""Lengths of time of several kinds, one below the other, as bars of a common scale."""

from collections.abc import Sequence
from dataclasses import dataclass

from rushes.web.durations import in_words

LENGTH = 100
"""Of the longest bar, in units of the drawing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was measured of one kind: seconds that half, and nine of ten, keep within."""

    name: str
    median: float
    high: float
    samples: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanBar:
    """One kind: its lengths as bars and in words."""

    name: str
    median: str
    high: str
    median_length: float
    high_length: float
    samples: int


def spans(measured: Sequence[Measured]) -> tuple[SpanBar, ...]:
    """Return a bar for each kind; the longest is as long as can be."""
    longest = max((one.high for one in measured), default=0)
    return tuple(
        SpanBar(
            name=one.name,
            median=in_words(one.median),
            high=in_words(one.high),
            median_length=_length(one.median, longest),
            high_length=_length(one.high, longest),
            samples=one.samples,
        )
        for one in measured
    )


def _length(seconds: float, longest: float) -> float:
    return round(LENGTH * seconds / longest, 1) if longest else 0.0
