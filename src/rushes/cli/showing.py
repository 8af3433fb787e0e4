"""What users see of their jobs and of the catalogue: tables for people, JSON for programs."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import cast
from uuid import UUID

import orjson
from pydantic import BaseModel
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from rushes.client import Job, JobFilter, Model, Rushes

_PROMPT_CHARACTERS = 40


def print_document(document: BaseModel | Mapping[str, object]) -> None:
    """Print one document as JSON."""
    content = document.model_dump(mode="json") if isinstance(document, BaseModel) else document
    print(orjson.dumps(content, option=orjson.OPT_INDENT_2).decode())


def print_fields(fields: Mapping[str, object]) -> None:
    """Print names and values, one pair to a line."""
    width = max(map(len, fields)) + 2
    for name, value in fields.items():
        print(f"{name + ':':<{width}}{value}")


def show_job(job: Job, *, as_json: bool) -> None:
    """Print one job."""
    if as_json:
        print_document(job)
    else:
        print_fields({name: value for name, value in _fields(job).items() if value not in {None, ""}})


def list_jobs(
    client: Rushes,
    *,
    statuses: Sequence[str],
    job_type: str | None,
    search: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """Print the newest jobs: of these states, of this type, and with this in their prompts."""
    given = {"status": statuses, "job_type": job_type, "query": search}
    # What is no status or type, the server refuses with the list of those that are.
    wanted = cast("JobFilter", {name: value for name, value in given.items() if value is not None})
    jobs = list(islice(client.jobs(**wanted), limit))
    if as_json:
        print(
            orjson.dumps([job.model_dump(mode="json") for job in jobs], option=orjson.OPT_INDENT_2).decode()
        )
        return
    if not jobs:
        print("There are no such jobs." if statuses or job_type or search else "There are no jobs yet.")
        return
    table = _table("Job", "State", "Type", "Created", "Prompt")
    for job in jobs:
        prompt = (job.prompt or "")[:_PROMPT_CHARACTERS]
        state = f"{job.status} {job.progress} %" if job.progress and not job.is_final else str(job.status)
        table.add_row(str(job.id), state, str(job.job_type), _moment(job.created_at), Text(prompt))
    Console().print(table)


def show_models(models: Iterable[Model], *, as_json: bool) -> None:
    """Print the catalogue."""
    if as_json:
        documents = [model.model_dump(mode="json") for model in models]
        print(orjson.dumps(documents, option=orjson.OPT_INDENT_2).decode())
        return
    table = _table("Model", "Makes", "Credits per second", "At least")
    for model in models:
        prices = ", ".join(f"{name}: {price}" for name, price in model.credits_per_second.items())
        table.add_row(model.slug, ", ".join(model.job_types), prices, str(model.credits_minimum))
    Console().print(table)


def show_deleted(job_id: UUID, *, as_json: bool) -> None:
    """Say that a job was deleted."""
    if as_json:
        print_document({"id": str(job_id), "deleted": True})
    else:
        print(f"Deleted {job_id}.")


def _fields(job: Job) -> Mapping[str, object]:
    return {
        "Job": job.id,
        "State": job.status,
        "Why": job.error_message or job.error_code or job.cancelled_reason or job.why_waiting,
        "Progress": None if job.is_final else f"{job.progress} %",
        "Left": job.estimated_time_remaining,
        "In the queue": None if job.queue_position is None else f"{job.queue_position} before it",
        "Type": job.job_type,
        "Model": job.model,
        "Prompt": job.prompt,
        "Created": _moment(job.created_at),
        "Ended": job.completed_at and _moment(job.completed_at),
        "Attempts": f"{job.attempts} of {job.max_attempts}",
        "Credits": job.credits_charged if job.is_final else f"at most {job.price}",
        "Output": job.output and f"{job.output.duration_seconds:g} s, {job.output.file_size_bytes} bytes",
    }


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"


def _table(*names: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, collapse_padding=True)
    for name in names:
        table.add_column(name, no_wrap=name == "Job", overflow="fold")
    return table
