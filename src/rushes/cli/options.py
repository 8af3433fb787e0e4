"""What the options of several commands are, and the settings that they make."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

if TYPE_CHECKING:
    from rushes.settings import Settings  # it would cost each --help a tenth of a second


def option(metavar: str, text: str, *names: str, least: int | None = None, most: int | None = None) -> Any:
    """Describe an option that replaces a setting; so it has no default of its own."""
    return typer.Option(*names, metavar=metavar, help=text, show_default=False, min=least, max=most)


def read_job_id(text: str) -> UUID:
    """Read the id of a job, as a person gives it.

    Raises:
        BadParameter: It is none.
    """
    try:
        return UUID(text)
    except ValueError as error:
        raise typer.BadParameter("This is no id of a job; `rushes list` shows them.") from error


def _require_folder(file: Path | None) -> Path | None:
    # A job that is paid for must not be the way to find out.
    if file is not None and not file.parent.is_dir():
        raise typer.BadParameter(f"There is no folder {str(file.parent)!r}.")
    return file


Home = Annotated[Path | None, option("FOLDER", "Where the data of this machine is kept.")]
Host = Annotated[str | None, option("ADDRESS", "Address to listen on (127.0.0.1).")]
Port = Annotated[int | None, option("PORT", "Port to listen on; 0 is any (8000).", least=0, most=65535)]
Lanes = Annotated[str | None, option("LANE,…", "Lanes to serve (those of all models).")]
Url = Annotated[str | None, option("URL", "The server (RUSHES_URL, or that of the login).", "--url")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Output = Annotated[
    Path | None,
    typer.Option(
        *("--output", "-o"),
        metavar="FILE",
        help="Keep the output here; a folder is fine.",
        show_default=False,
        callback=_require_folder,
    ),
]
Slots = Annotated[int | None, option("N", "How many jobs to run at once (1).", least=1, most=64)]


def settings_with(*, lanes: str | None = None, slots: int | None = None, **flags: Any) -> "Settings":
    """Read the settings, some of them replaced by options; `None` replaces nothing.

    Raises:
        SettingsError: A setting is wrong.
    """
    from rushes.settings import read_settings

    worker = _given({"lanes": lanes, "slots": slots})
    return read_settings(_given({**flags, "worker": worker or None}))


def _given(flags: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in flags.items() if value is not None}
