"""What a person reads when a command fails: what is wrong and what to do, and no traceback."""

import re
import sys
from collections.abc import Iterator
from typing import Any

import typer
from typer.core import TyperGroup

from rushes.errors import DatabaseUnavailable, RushesError

_ADVICE = {
    DatabaseUnavailable: "Check RUSHES_DATABASE_URL, and that PostgreSQL runs. `rushes doctor` says more.",
}
_PASSWORD = re.compile(r"(?<=://)([^:/@\s]*):[^@\s]+(?=@)")


class ReportingGroup(TyperGroup):
    """The commands, each of whose errors becomes a line on standard error and the exit status 1."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that the arguments name."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            # What has an exit status is Typer's own: a wrong option, or the end of a command.
            if ctx.params.get("debug") or isinstance(error, typer.Abort) or hasattr(error, "exit_code"):
                raise
            print(explain(error), file=sys.stderr)
            raise typer.Exit(1) from None


def explain(error: Exception) -> str:
    """Say in a line or two what went wrong and what can be done about it; passwords are left out."""
    known = next(_known(error), None)
    if known is None:
        text = f"unexpected {type(error).__name__}: {error}. `rushes --debug …` says where."
    elif known.fields:
        text = "\n        ".join(f"{problem.field}: {problem.message}" for problem in known.fields)
    else:
        advice = next((_ADVICE[kind] for kind in _ADVICE if isinstance(known, kind)), "")
        text = f"{known.message} {advice}".rstrip()
    return "rushes: " + _PASSWORD.sub(r"\1:***", text)


def _known(error: BaseException) -> Iterator[RushesError]:
    match error:
        case RushesError():
            yield error
        case BaseExceptionGroup(exceptions=errors):  # a task of several failed
            for each in errors:
                yield from _known(each)
        case _:
            pass
