"""What every chart over time has: its axes, a place for each step of time, and its numbers as a table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 1000, 200
"""Of the drawing, in units of its own: it is stretched to where it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of time: `name` says when, `mark` is what the axis says of it, if anything."""

    name: str
    mark: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Where a step stands in the drawing, and what is to be said of it."""

    x: float
    width: float
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A chart without its shapes.

    `ticks` are the words of the vertical axis from the top down, at equal distances, `lines` their heights in
    the drawing; `marks` are those of the horizontal one, at equal distances from its start. `rows` are the
    numbers in words, a row for each step, under `columns`; `summary` says in a sentence what the chart shows.
    """

    heading: str
    summary: str
    ticks: tuple[str, ...]
    lines: tuple[float, ...]
    marks: tuple[str, ...]
    cells: tuple[Cell, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def frame(
    heading: str,
    summary: str,
    steps: Sequence[Step],
    *,
    ticks: Sequence[int],
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    word: Callable[[float], str],
) -> Frame:
    """Return what stands around the shapes of a chart; `rows` has the words of each step, by column."""
    width = WIDTH / max(1, len(steps))
    titles = [f"{step.name}: {', '.join(_said(columns, row))}" for step, row in zip(steps, rows, strict=True)]
    return Frame(
        heading=heading,
        summary=summary,
        ticks=tuple(word(tick) for tick in reversed(ticks)),
        lines=tuple(height_of(tick, top=ticks[-1]) for tick in ticks),
        marks=tuple(step.mark for step in steps if step.mark is not None),
        cells=tuple(
            Cell(x=round(number * width, 1), width=round(width, 1), title=title)
            for number, title in enumerate(titles)
        ),
        columns=tuple(columns),
        rows=tuple((step.name, *row) for step, row in zip(steps, rows, strict=True)),
    )


def height_of(value: float, *, top: float) -> float:
    """Return where a value stands in the drawing, measured from above."""
    return round(HEIGHT * (1 - value / top), 1)


def _said(columns: Sequence[str], row: Sequence[str]) -> list[str]:
    return (
        list(row)
        if len(row) == 1
        else [f"{word} {column.lower()}" for column, word in zip(columns, row, strict=True)]
    )
