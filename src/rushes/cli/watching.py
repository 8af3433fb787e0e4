"""`rushes watch` and `rushes download`: how a job goes on, and what it made."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import orjson
import typer

from rushes.cli.progress import job_progress, transfer_progress
from rushes.cli.reporting import Status
from rushes.cli.showing import print_document
from rushes.client import Job, JobEvent, JobNotCompleted, Rushes
from rushes.domain.jobs import JobStatus


def watch(
    client: Rushes,
    job_id: UUID,
    *,
    output: Path | None,
    timeout_seconds: float | None = None,
    as_json: bool,
) -> None:
    """Follow a job until it has ended, then download what it made if `output` says where to.

    Raises:
        JobNotCompleted: It did not end well.
        WaitTimeout: It has not ended in time.
    """
    with _interruptible(job_id):
        if as_json:
            job = client.wait(job_id, on_event=_print_event, timeout_seconds=timeout_seconds)
        else:
            with job_progress() as show:
                job = client.wait(
                    job_id, on_event=lambda event: show(event.job), timeout_seconds=timeout_seconds
                )
        is_completed = job.status is JobStatus.COMPLETED
        file = _fetch(client, job_id, output) if is_completed and output else None
    if as_json:
        _print_end(job, file)
    elif file:
        print(f"Saved {file}.")
    if not is_completed:
        raise JobNotCompleted(job)


def download(client: Rushes, job_id: UUID, *, output: Path, as_json: bool) -> None:
    """Download what a job made, and say where it is."""
    file = _fetch(client, job_id, output)
    if as_json:
        print_document({"id": str(job_id), "file": str(file), "bytes": file.stat().st_size})
    else:
        print(f"Saved {file}.")


def _fetch(client: Rushes, job_id: UUID, output: Path) -> Path:
    with transfer_progress("downloading") as show:
        return client.download(job_id, output, on_progress=show)


def _print_event(event: JobEvent) -> None:
    _print_line({"event": event.name, "id": event.id, "job": event.job.model_dump(mode="json")})


def _print_end(job: Job, file: Path | None) -> None:
    _print_line(
        {
            "event": "ended",
            "id": None,
            "job": job.model_dump(mode="json"),
            "file": None if file is None else str(file),
        }
    )


def _print_line(document: dict[str, object]) -> None:
    print(orjson.dumps(document).decode(), flush=True)


@contextmanager
def _interruptible(job_id: UUID) -> Generator[None]:
    """Say at Ctrl-C that only the watching has ended."""
    try:
        yield
    except KeyboardInterrupt:
        print(f"The job goes on: rushes watch {job_id}", file=sys.stderr)
        raise typer.Exit(Status.INTERRUPTED) from None
