"""Bars over time, each cut into parts that add up."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rushes.web.charts.frame import WIDTH, Frame, Step, frame, height_of
from rushes.web.charts.ticks import count_ticks

_FILLED = 0.8
"""How much of its step a bar takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of one bar, in units of the drawing; `name` is its series'."""

    name: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stacks:
    """A chart of counts in several series, whose sum the bars show."""

    frame: Frame
    total: str
    names: tuple[str, ...]
    parts: tuple[Part, ...]


def stacks(
    heading: str,
    steps: Sequence[Step],
    series: Mapping[str, Sequence[int]],
    *,
    word: Callable[[float], str],
) -> Stacks:
    """Return a chart of some counts in each step, the first series at the bottom.

    Args:
        heading: What is counted.
        steps: The steps of time, oldest first.
        series: As many counts as there are steps, by the name of the series.
        word: Writes a count.
    """
    columns = list(zip(*series.values(), strict=True))
    ticks = count_ticks(max(map(sum, columns), default=0))
    totals = {name: sum(counts) for name, counts in series.items()}
    said = ", ".join(f"{word(total)} {name}" for name, total in totals.items())
    return Stacks(
        frame=frame(
            heading,
            f"{heading}: {said}.",
            steps,
            ticks=ticks,
            columns=[name.capitalize() for name in series],
            rows=[[word(one) for one in column] for column in columns],
            word=word,
        ),
        total=word(sum(totals.values())),
        names=tuple(series),
        parts=_parts(series, frame_width=WIDTH / max(1, len(steps)), top=ticks[-1]),
    )


def _parts(series: Mapping[str, Sequence[int]], *, frame_width: float, top: int) -> tuple[Part, ...]:
    width = round(frame_width * _FILLED, 1)
    below: dict[int, int] = {}
    parts: list[Part] = []
    for name, counts in series.items():
        for number, count in enumerate(counts):
            base = below.get(number, 0)
            below[number] = base + count
            y = height_of(base + count, top=top)
            height = round(height_of(base, top=top) - y, 1)
            x = round((number + (1 - _FILLED) / 2) * frame_width, 1)
            if count:
                parts.append(Part(name=name, x=x, y=y, width=width, height=height))
    return tuple(parts)
