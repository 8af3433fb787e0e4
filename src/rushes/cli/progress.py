"""A job's progress on standard output: a bar on a terminal, a line for each step elsewhere."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """How far a job is: its state or stage, percent, and the time left, if known."""

    text: str
    percent: int
    left: str | None


async def show_progress(steps: AsyncIterator[Step]) -> None:
    """Show each step until there is no more."""
    console = Console()
    if console.is_terminal:
        await _show_bar(steps, console)
    else:
        await _print_lines(steps)


async def _show_bar(steps: AsyncIterator[Step], console: Console) -> None:
    columns = (
        TextColumn("{task.description:<24}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[left]}"),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("submitted", total=100, left="")
        async for step in steps:
            progress.update(task, description=step.text, completed=step.percent, left=_left(step))


async def _print_lines(steps: AsyncIterator[Step]) -> None:
    shown = None
    async for step in steps:
        state = (step.text, step.percent // 10)
        if state != shown:
            print(f"{step.percent:3} %  {step.text}  {_left(step)}".rstrip(), flush=True)
            shown = state


def _left(step: Step) -> str:
    return "" if step.left in {None, "0s"} else f"about {step.left} left"
