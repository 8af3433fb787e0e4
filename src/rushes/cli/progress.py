"""How far something is, on standard output: a bar on a terminal, a line now and then elsewhere."""

from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskProgressColumn, TextColumn

from rushes.client import Job
from rushes.domain.jobs import JobStatus

_DESCRIPTION = TextColumn("{task.description:<24}")


@contextmanager
def job_progress() -> Generator[Callable[[Job], None]]:
    """Yield what is to be called with a job each time that it has changed."""
    console = Console()
    if not console.is_terminal:
        yield _Lines().show
        return
    columns = (_DESCRIPTION, BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[left]}"))
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("submitted", total=100, left="")

        def show(job: Job) -> None:
            progress.update(task, description=_state(job), completed=_percent(job), left=_left(job))

        yield show


@contextmanager
def transfer_progress(text: str) -> Generator[Callable[[int, int], None] | None]:
    """Yield what is to be called with the bytes that have come or gone, and those there are.

    Where there is no terminal nobody watches: that is `None`.
    """
    console = Console()
    if not console.is_terminal:
        yield None
        return
    columns = (_DESCRIPTION, BarColumn(), DownloadColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(text, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


class _Lines:
    """Prints a line at each change of state, and at each tenth of the progress."""

    def __init__(self) -> None:
        self._shown: tuple[str, int] | None = None

    def show(self, job: Job) -> None:
        state = (_state(job), _percent(job) // 10)
        if state != self._shown:
            print(f"{_percent(job):3} %  {_state(job)}  {_left(job)}".rstrip(), flush=True)
            self._shown = state


def _state(job: Job) -> str:
    if job.status is JobStatus.PROCESSING:
        return job.progress_text or "starting"
    return str(job.status)


def _percent(job: Job) -> int:
    return 100 if job.status is JobStatus.COMPLETED else job.progress


def _left(job: Job) -> str:
    if job.status is not JobStatus.PROCESSING or job.estimated_time_remaining in {None, "0s"}:
        return ""
    return f"about {job.estimated_time_remaining} left"
