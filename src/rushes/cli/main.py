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


def _option(metavar: str, text: str, *names: str, least: int | None = None, most: int | None = None) -> Any:
    # The defaults are settings, which an option only replaces.
    return typer.Option(*names, metavar=metavar, help=text, show_default=False, min=least, max=most)


Home = Annotated[Path | None, _option("FOLDER", "Where the data of this machine is kept.")]
Host = Annotated[str | None, _option("ADDRESS", "Address to listen on (127.0.0.1).")]
Port = Annotated[int | None, _option("PORT", "Port to listen on; 0 is any (8000).", least=0, most=65535)]
Lanes = Annotated[str | None, _option("LANE,…", "Lanes to serve (those of all models).")]
Slots = Annotated[int | None, _option("N", "How many jobs to run at once (1).", least=1, most=64)]

_INTERRUPTED = 130  # as a shell says of SIGINT

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
    port: Annotated[int | None, _option("PORT", "First port to try (8000).", least=0, most=65535)] = None,
    once: Annotated[bool, typer.Option("--once", help="End when the video is made.")] = False,
) -> None:
    """Make a real video, and leave the site running.

    The picture and the motion video ship with Rushes. The demo has a database and files of its own, in the
    folder demo of the home folder.
    """
    from rushes.cli.demo import demo as run

    if not run(_settings(home=home, port=port), once=once):
        raise typer.Exit(_INTERRUPTED)


@app.command(epilog="Example: rushes up --port 8080")
def up(
    *, home: Home = None, host: Host = None, port: Port = None, lanes: Lanes = None, slots: Slots = None
) -> None:
    """Run the database, the web server and a worker in one.

    The database is a PostgreSQL of its own, unless RUSHES_DATABASE_URL names another. Ctrl-C stops it all.
    """
    from rushes.cli.up import up as run

    run(_settings(home=home, host=host, port=port, lanes=lanes, slots=slots))


@app.command(epilog="Example: rushes serve --host 0.0.0.0 --port 80")
def serve(*, home: Home = None, host: Host = None, port: Port = None) -> None:
    """Run a web process.

    Any number of them, on any machines, can share a database.
    """
    from rushes.cli.serve import serve as run

    run(_settings(home=home, host=host, port=port))


@app.command(epilog="Example: rushes work --lanes cpu --slots 2")
def work(*, home: Home = None, lanes: Lanes = None, slots: Slots = None) -> None:
    """Run a worker, which makes the videos.

    It takes jobs from its lanes. Any number of workers, on any machines, can share a database.
    """
    from rushes.cli.work import work as run

    run(_settings(home=home, lanes=lanes, slots=slots))


@app.command(epilog="Example: RUSHES_DATABASE_URL=postgresql://… rushes migrate")
def migrate(*, home: Home = None) -> None:
    """Bring the database to the schema of this version.

    Doing it twice, or twice at once, is safe. It ends by saying from which revision to which it went.
    """
    from rushes.cli.migrate import migrate as run

    run(_settings(home=home))


@app.command(epilog="Example: rushes doctor")
def doctor(*, home: Home = None) -> None:
    """Check this installation, and say how to mend it.

    It looks at the database, the storage, the engines, the workers, the clock, the disk and the secret, and
    exits with 1 if anything is wrong.
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
    plan: Annotated[Plan, typer.Option(metavar="PLAN", help="Its plan: free or pro.")] = Plan.FREE,
    credits_: Annotated[
        int | None, _option("N", "Credits to start with (1000).", "--credits", least=0)
    ] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    home: Home = None,
) -> None:
    """Create an account.

    The password is asked for, or read from standard input.
    """
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
