"""The command line: commands, options and their help; what a command does is imported when it runs."""

from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from rushes.cli.admin_commands import admin
from rushes.cli.options import AsJson, Home, Host, Lanes, Port, Slots, option, settings_with
from rushes.cli.reporting import ReportingGroup
from rushes.cli.submit_commands import submit
from rushes.cli.user_commands import user

_INTERRUPTED = 130  # as a shell says of SIGINT


def _show_version(*, wanted: bool) -> None:
    if wanted:
        print(f"rushes {version('rushes')}")
        raise typer.Exit


app = typer.Typer(
    cls=ReportingGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    epilog="Example: rushes demo",
)

credentials = typer.Typer(no_args_is_help=True, epilog="Example: rushes credentials show > rushes-ca.pem")


@app.callback()
def rushes(
    *,
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error comes from.")] = False,
    show_version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """The job platform behind an AI video or image product.

    Settings come from options, variables RUSHES_… and rushes.toml, in this order.
    """
    del debug, show_version  # the first is read by ReportingGroup


@app.command(epilog="Example: rushes demo --once")
def demo(
    *,
    home: Home = None,
    port: Annotated[int | None, option("PORT", "First port to try (8000).", least=0, most=65535)] = None,
    once: Annotated[bool, typer.Option("--once", help="End when the video is made.")] = False,
    fill: Annotated[bool, typer.Option("--fill", help="Make some sixty jobs more, of every kind.")] = False,
) -> None:
    """Make a real video, and leave the site running.

    The picture and the motion video ship with Rushes. The demo has a database and files of its own, in the
    folder demo of the home folder.
    """
    from rushes.cli.demo import demo as run

    if not run(settings_with(home=home, port=port), once=once, fill=fill):
        raise typer.Exit(_INTERRUPTED)


@app.command(epilog="Example: rushes up --port 8080")
def up(
    *, home: Home = None, host: Host = None, port: Port = None, lanes: Lanes = None, slots: Slots = None
) -> None:
    """Run the database, the web server and a worker in one.

    The database is a PostgreSQL of its own, unless RUSHES_DATABASE_URL names another. Ctrl-C stops it all.
    """
    from rushes.cli.up import up as run

    run(settings_with(home=home, host=host, port=port, lanes=lanes, slots=slots))


@app.command(epilog="Example: rushes serve --host 0.0.0.0 --port 80")
def serve(*, home: Home = None, host: Host = None, port: Port = None) -> None:
    """Run a web process.

    Any number of them, on any machines, can share a database.
    """
    from rushes.cli.serve import serve as run

    run(settings_with(home=home, host=host, port=port))


@app.command(epilog="Example: rushes work --lanes cpu --slots 2")
def work(*, home: Home = None, lanes: Lanes = None, slots: Slots = None) -> None:
    """Run a worker, which makes the videos.

    It takes jobs from its lanes. Any number of workers, on any machines, can share a database.
    """
    from rushes.cli.work import work as run

    run(settings_with(home=home, lanes=lanes, slots=slots))


@app.command(epilog="Example: RUSHES_DATABASE_URL=postgresql://… rushes migrate")
def migrate(*, home: Home = None) -> None:
    """Bring the database to the schema of this version.

    Doing it twice, or twice at once, is safe. It ends by saying from which revision to which it went.
    """
    from rushes.cli.migrate import migrate as run

    run(settings_with(home=home))


@app.command(epilog="Example: rushes doctor")
def doctor(*, home: Home = None) -> None:
    """Check this installation, and say how to mend it.

    It looks at the database, the storage, the engines, the workers, the clock, the disk and the secret, and
    exits with 1 if anything is wrong.
    """
    from rushes.cli.doctor import doctor as run

    if not run(settings_with(home=home)):
        raise typer.Exit(1)


@app.command(epilog="Example: rushes verify --json film.mp4 poster.png")
def verify(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Pictures and videos to check.")],
    *,
    as_json: AsJson = False,
    home: Home = None,
) -> None:
    """Check the content credentials of files.

    It says who signed each file, when, and what made it from what. It exits with 0 if all are as they were
    signed, with 1 if one was changed since, and with 2 if one has no credentials or cannot be read. Whom
    this machine knows as itself is what `rushes credentials show` prints.
    """
    from rushes.cli.verifying import verify_files as run

    if status := run(settings_with(home=home), files, as_json=as_json):
        raise typer.Exit(status)


@credentials.callback()
def look_at_credentials() -> None:
    """Look at what this machine signs its outputs with."""


@credentials.command(epilog="Example: rushes credentials show > rushes-ca.pem")
def show(*, home: Home = None) -> None:
    """Print the certificates that others verify this machine's outputs with.

    They are no secret: hand them to whoever wants to check what was made here. They are made with the first
    output, or here.
    """
    from rushes.cli.credentials import show_certificates as run

    run(settings_with(home=home))


app.add_typer(credentials, name="credentials")
app.add_typer(user)
app.add_typer(submit, name="submit")
app.add_typer(admin, name="admin")
