"""`rushes submit`: files are uploaded, the job is submitted, and followed if that is asked for."""

from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

from rushes.cli.progress import transfer_progress
from rushes.cli.showing import show_job
from rushes.cli.watching import watch as watch_job
from rushes.client import Rushes, Wanted
from rushes.client.errors import Refused
from rushes.domain.jobs import JobType


def submit(
    client: Rushes,
    job_type: JobType,
    wanted: Wanted,
    files: Mapping[str, Path],
    *,
    key: str | None,
    watch: bool,
    output: Path | None,
    as_json: bool,
) -> None:
    """Submit a job of files that are uploaded first, and follow it if `watch` or `output` says so.

    Args:
        client: Who submits it.
        job_type: What is to be made.
        wanted: What it is asked for with besides; the server judges it.
        files: Where its inputs are, by role.
        key: An idempotency key of the caller's own.
        watch: Wait until it has ended.
        output: Where to keep what was made; then it is waited for too.
        as_json: Print for programs.
    """
    uploaded = {role: _upload(client, file, role) for role, file in files.items()}
    whole: Wanted = {**wanted, "inputs": uploaded}
    job = client.submit(job_type, idempotency_key=key, **whole)
    if not (watch or output):
        show_job(job, as_json=as_json)
        return
    if not as_json:
        print(f"Job {job.id}, at most {job.price} credits", flush=True)
    watch_job(client, job.id, output=output, as_json=as_json)


def _upload(client: Rushes, file: Path, role: str) -> UUID:
    with transfer_progress(f"uploading {role}") as show:
        try:
            return client.upload(file, role=role, on_progress=show).id
        except Refused as refused:
            refused.add_note(f"This is about {file}.")
            raise
