"""A line over time with the area under it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from rushes.web.charts.frame import HEIGHT, WIDTH, Frame, Step, frame, height_of

NOTHING = "–"
"""Stands for a value that is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A chart of one value; `line`, `fill` and `dot` are path data of SVG, empty where nothing is known."""

    frame: Frame
    latest: str
    line: str
    fill: str
    dot: str


def area(
    heading: str,
    steps: Sequence[Step],
    values: Sequence[float | None],
    *,
    ticks: Callable[[float], Sequence[int]],
    word: Callable[[float], str],
) -> Area:
    """Return a chart of a value in each step; where it is `None` the line has a gap.

    Args:
        heading: What the values are.
        steps: The steps of time, oldest first.
        values: As many.
        ticks: Returns the numbers of the vertical axis for the highest value.
        word: Writes a value.
    """
    known = [value for value in values if value is not None]
    axis = ticks(max(known, default=0))
    points = [
        None if value is None else (_x(number, len(steps)), height_of(value, top=axis[-1]))
        for number, value in enumerate(values)
    ]
    runs = [[point for point in run if point] for is_there, run in groupby(points, key=bool) if is_there]
    words = [NOTHING if value is None else word(value) for value in values]
    latest = words[-1] if words else NOTHING
    summary = f"{heading}: now {latest}, at most {word(max(known))}." if known else f"{heading}: nothing yet."
    return Area(
        frame=frame(
            heading, summary, steps, ticks=axis, columns=(heading,), rows=[(one,) for one in words], word=word
        ),
        latest=latest,
        line="".join(_line(run) for run in runs),
        fill="".join(f"{_line(run)}V{HEIGHT}H{run[0][0]}Z" for run in runs if len(run) > 1),
        dot=_line([points[-1]]) if points and points[-1] else "",
    )


def _x(number: int, steps: int) -> float:
    return round((number + 0.5) * WIDTH / steps, 1)


def _line(points: Sequence[tuple[float, float]]) -> str:
    (x, y), *rest = points
    # A line of no length: with round ends it is drawn as a dot.
    return f"M{x} {y}" + ("".join(f"L{x} {y}" for x, y in rest) or "h0")
