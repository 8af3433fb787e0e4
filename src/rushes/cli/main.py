"""The command line: commands, options and their help; what a command does is imported when it runs."""

from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rushes.cli.reporting import ReportingGroup
from rushes.domain.accounts import Plan, Role

if TYPE_CHECKING:
    from rushes.settings import Settings  # it would cost each --help a tenth of a second


def _show_version(*, wanted: bool) -> None:
    if wanted:
        print(f"rushes {version('rushes')}")
        raise typer.Exit


Home = Annotated[
    Path | None,
    typer.Option(help="Folder for what is kept on this machine.", show_default="RUSHES_HOME, or the user's"),
]
Host = Annotated[str | None, typer.Option(help="Address to listen on.", show_default="127.0.0.1")]
Port = Annotated[
    int | None, typer.Option(min=0, max=65535, help="Port to listen on; 0 is any.", show_default="8000")
]
Lanes = Annotated[str | None, typer.Option(help="Lanes to serve, with commas between.", show_default="all")]
Slots = Annotated[int | None, typer.Option(min=1, max=64, help="Jobs to run at once.", show_default="1")]

app = typer.Typer(
    cls=ReportingGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    epilog="Example: rushes demo",
)
admin = typer.Typer(no_args_is_help=True, epilog="Example: rushes admin create-user ada@example.org --admin")


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
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="First port to try.", show_default="8000")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="End when the video is made.")] = False,
) -> None:
    """Make a real video from files that ship with Rushes, and leave the site running.

    It has a database and files of its own, in the folder demo of the home folder.
    """
    from rushes.cli.demo import demo as run

    run(_settings(home=home, port=port), once=once)


@app.command(epilog="Example: rushes up --port 8080")
def up(
    *, home: Home = None, host: Host = None, port: Port = None, lanes: Lanes = None, slots: Slots = None
) -> None:
    """Run everything on this machine: the database, the web server and a worker.

    The database is PostgreSQL from a wheel, unless RUSHES_DATABASE_URL names another. Ctrl-C stops it all.
    """
    from rushes.cli.up import up as run

    run(_settings(home=home, host=host, port=port, lanes=lanes, slots=slots))


@app.command(epilog="Example: rushes serve --host 0.0.0.0 --port 80")
def serve(*, home: Home = None, host: Host = None, port: Port = None) -> None:
    """Run a web process. Any number of them can share a database."""
    from rushes.cli.serve import serve as run

    run(_settings(home=home, host=host, port=port))


@app.command(epilog="Example: rushes work --lanes cpu --slots 2")
def work(*, home: Home = None, lanes: Lanes = None, slots: Slots = None) -> None:
    """Run a worker: it takes jobs from its lanes and runs them. Any number of them can share a database."""
    from rushes.cli.work import work as run

    run(_settings(home=home, lanes=lanes, slots=slots))


@app.command(epilog="Example: RUSHES_DATABASE_URL=postgresql://… rushes migrate")
def migrate(*, home: Home = None) -> None:
    """Bring the database to the schema of this version. Doing it twice, or twice at once, is safe."""
    from rushes.cli.migrate import migrate as run

    run(_settings(home=home))


@app.command(epilog="Example: rushes doctor")
def doctor(*, home: Home = None) -> None:
    """Check database, storage, engines, workers, clock, disk and secret, and say how to mend each.

    It exits with 1 if anything is wrong.
    """
    from rushes.cli.doctor import doctor as run

    if not run(_settings(home=home)):
        raise typer.Exit(1)


@admin.callback()
def look_after() -> None:
    """Look after accounts."""


@admin.command(epilog="Example: rushes admin create-user ada@example.org --plan pro --credits 5000")
def create_user(
    email: Annotated[str, typer.Argument(help="Address to sign in with.")],
    *,
    is_admin: Annotated[bool, typer.Option("--admin", help="Let the account administer the site.")] = False,
    plan: Annotated[Plan, typer.Option(help="What the account pays for.")] = Plan.FREE,
    credits_: Annotated[
        int | None,
        typer.Option("--credits", min=0, help="Credits to start with.", show_default="signup_credits"),
    ] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    home: Home = None,
) -> None:
    """Create an account. The password is asked for, or read from standard input."""
    from rushes.actions.accounts import Registration
    from rushes.cli.admin import create_user as run
    from rushes.cli.admin import read_password

    settings = _settings(home=home)
    registration = Registration(
        email=email,
        password=read_password(from_stdin=password_stdin),
        role=Role.ADMIN if is_admin else Role.USER,
        plan=plan,
        credits=settings.signup_credits if credits_ is None else credits_,
    )
    run(settings, registration)


app.add_typer(admin, name="admin")


def _settings(*, lanes: str | None = None, slots: int | None = None, **flags: Any) -> "Settings":
    from rushes.settings import read_settings

    worker = _given({"lanes": lanes, "slots": slots})
    return read_settings(_given({**flags, "worker": worker or None}))


def _given(flags: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in flags.items() if value is not None}
