"""The commands of users: their options and help; what a command does is imported when it runs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from rushes.cli.options import AsJson, Output, Url, option, read_job_id
from rushes.domain.jobs import JobStatus, JobType

if TYPE_CHECKING:
    from rushes.client import Rushes  # it would cost each --help a tenth of a second


JobId = Annotated[
    UUID, typer.Argument(metavar="JOB", help="Id of the job.", show_default=False, parser=read_job_id)
]

user = typer.Typer()


@user.command(epilog="Example: rushes login --url https://rushes.example.org --email ada@example.org")
def login(
    *,
    url: Url = None,
    email: Annotated[str | None, option("EMAIL", "Address to sign in with; else it is asked for.")] = None,
    api_key_stdin: Annotated[
        bool, typer.Option("--api-key-stdin", help="Read an API key from standard input.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Sign in to a server and remember it.

    The password is asked for and not kept: an API key is made with it, and kept in a file that only this
    account of this machine can read. `rushes logout` ends both.
    """
    from rushes.cli.signing import login as run

    run(url=url, email=email, from_stdin=api_key_stdin, as_json=as_json)


@user.command(epilog="Example: rushes logout")
def logout() -> None:
    """Forget the server and the key of the login.

    A key that the login made is revoked; one that was given is only forgotten.
    """
    from rushes.cli.signing import logout as run

    run()


@user.command(epilog="Example: rushes whoami --json")
def whoami(*, url: Url = None, as_json: AsJson = False) -> None:
    """Show the account, its plan and its credits."""
    from rushes.cli.signing import whoami as run

    with _client(url) as client:
        run(client, as_json=as_json)


@user.command(epilog="Example: rushes models")
def models(*, url: Url = None, as_json: AsJson = False) -> None:
    """List the models that a job can name, with their prices."""
    from rushes.cli.showing import show_models as run

    with _client(url) as client:
        run(client.models(), as_json=as_json)


@user.command("list", epilog="Example: rushes list --status active --json")
def list_(
    *,
    status: Annotated[
        list[str] | None,
        option("STATUS", f"Only these: active, {', '.join(JobStatus)}. Repeat it for more."),
    ] = None,
    job_type: Annotated[str | None, option("TYPE", f"Only this: {', '.join(JobType)}.", "--type")] = None,
    search: Annotated[str | None, option("TEXT", "Only those whose prompt contains this.")] = None,
    limit: Annotated[
        int, typer.Option("--limit", "-n", metavar="N", min=1, max=10_000, help="How many at the most.")
    ] = 20,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """List jobs, newest first."""
    from rushes.cli.showing import list_jobs as run

    with _client(url) as client:
        run(client, statuses=status or [], job_type=job_type, search=search, limit=limit, as_json=as_json)


@user.command(epilog="Example: rushes show 0199c0de-0000-7000-8000-000000000000")
def show(job: JobId, *, url: Url = None, as_json: AsJson = False) -> None:
    """Show a job."""
    from rushes.cli.showing import show_job as run

    with _client(url) as client:
        run(client.job(job), as_json=as_json)


@user.command(epilog="Example: rushes watch 0199c0de-0000-7000-8000-000000000000 -o out.mp4")
def watch(
    job: JobId,
    *,
    timeout: Annotated[float | None, option("SECONDS", "Give up after so long.", least=0)] = None,
    output: Output = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Follow a job until it has ended.

    Ends with 0 if it is completed then, and with 1 if it is not. With --json it prints an event a line.
    """
    from rushes.cli.watching import watch as run

    with _client(url) as client:
        run(client, job, output=output, timeout_seconds=timeout, as_json=as_json)


@user.command(epilog="Example: rushes cancel 0199c0de-0000-7000-8000-000000000000")
def cancel(job: JobId, *, url: Url = None, as_json: AsJson = False) -> None:
    """Cancel a job.

    A waiting one is cancelled at once, a running one within seconds. It costs nothing.
    """
    from rushes.cli.showing import show_job as run

    with _client(url) as client:
        run(client.cancel(job), as_json=as_json)


@user.command(epilog="Example: rushes retry 0199c0de-0000-7000-8000-000000000000")
def retry(job: JobId, *, url: Url = None, as_json: AsJson = False) -> None:
    """Ask for a failed job once more, at today's price."""
    from rushes.cli.showing import show_job as run

    with _client(url) as client:
        run(client.retry(job), as_json=as_json)


@user.command(epilog="Example: rushes download 0199c0de-0000-7000-8000-000000000000 -o out.mp4")
def download(job: JobId, *, output: Output = None, url: Url = None, as_json: AsJson = False) -> None:
    """Download what a job made.

    A download that was cut off goes on where it ended.
    """
    from rushes.cli.watching import download as run

    with _client(url) as client:
        run(client, job, output=output or Path(), as_json=as_json)


@user.command(epilog="Example: rushes delete 0199c0de-0000-7000-8000-000000000000")
def delete(job: JobId, *, url: Url = None, as_json: AsJson = False) -> None:
    """Delete a job that has ended, with its files."""
    from rushes.cli.showing import show_deleted as run

    with _client(url) as client:
        client.delete(job)
        run(job, as_json=as_json)


def _client(url: str | None) -> "Rushes":
    from rushes.cli.signing import signed_in

    return signed_in(url)
