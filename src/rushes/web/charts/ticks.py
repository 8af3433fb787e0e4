"""Round numbers for the axes of charts."""

import math
from collections.abc import Iterator
from itertools import chain, count

INTERVALS = 4
"""Into how many parts an axis is cut at the most."""

_SHORT_TIMES = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200)
_DAY_SECONDS = 86_400


def count_ticks(highest: float) -> tuple[int, ...]:
    """Return whole numbers from 0 to `highest` or a little above, in steps such as 1, 2, 5, 10 or 20."""
    return _ticks(highest, _decimal_steps(1))


def time_ticks(highest: float) -> tuple[int, ...]:
    """Return seconds from 0 to `highest` or a little above, in steps that are round on a clock."""
    return _ticks(highest, chain(_SHORT_TIMES, _decimal_steps(_DAY_SECONDS)))


def _ticks(highest: float, steps: Iterator[int]) -> tuple[int, ...]:
    step = next(each for each in steps if each * INTERVALS >= highest)
    # An axis needs a height, also where all is zero.
    intervals = max(1, math.ceil(highest / step))
    return tuple(number * step for number in range(intervals + 1))


def _decimal_steps(unit: int) -> Iterator[int]:
    return (unit * first * 10**power for power in count() for first in (1, 2, 5))
