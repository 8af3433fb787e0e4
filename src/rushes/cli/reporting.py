"""What a person reads when a command fails: what is wrong and what to do, and no traceback."""

import re
import sys
from collections.abc import Iterator
from typing import Any, cast

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
    causes = list(_leaves(error))
    match next((cause for cause in causes if isinstance(cause, RushesError)), causes[0]):
        case RushesError(fields=(_, *_) as problems):
            text = "\n        ".join(f"{problem.field}: {problem.message}" for problem in problems)
        case RushesError() as known:
            advice = next((_ADVICE[kind] for kind in _ADVICE if isinstance(known, kind)), "")
            text = f"{known.message} {advice}".rstrip()
        case cause:
            text = f"unexpected {type(cause).__name__}: {cause}. `rushes --debug …` says where."
    return "rushes: " + _PASSWORD.sub(r"\1:***", text)


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if not isinstance(error, BaseExceptionGroup):
        yield error
        return
    for each in cast("BaseExceptionGroup[BaseException]", error).exceptions:
        yield from _leaves(each)
