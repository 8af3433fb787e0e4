"""What a person reads when a command fails: what is wrong and what to do, and no traceback."""

import re
import sys
from collections.abc import Iterator
from enum import IntEnum
from typing import Any, cast

import typer
from typer.core import TyperGroup

from rushes.errors import DatabaseUnavailable, RushesError

_ADVICE = {
    DatabaseUnavailable: "Check RUSHES_DATABASE_URL, and that PostgreSQL runs. `rushes doctor` says more.",
}
_PASSWORD = re.compile(r"(?<=://)([^:/@\s]*):[^@\s]+(?=@)")


class Status(IntEnum):
    """How a command ends; a shell adds 130 for Ctrl-C."""

    OK = 0
    FAILED = 1
    WRONG_CALL = 2
    NOT_SIGNED_IN = 3
    UNREACHABLE = 4
    REFUSED = 5
    TOO_LATE = 6
    INTERRUPTED = 130


class ReportingGroup(TyperGroup):
    """The commands, each of whose errors becomes a line on standard error and an exit status."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that the arguments name."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            # What has an exit status is Typer's own: a wrong option, or the end of a command.
            if ctx.params.get("debug") or isinstance(error, typer.Abort) or hasattr(error, "exit_code"):
                raise
            print(explain(error), file=sys.stderr)
            raise typer.Exit(status_of(error)) from None


def explain(error: Exception) -> str:
    """Say in a line or two what went wrong and what can be done about it; passwords are left out."""
    from rushes.client.errors import ClientError, Refused

    cause = _cause(error)
    match cause:
        case Refused(errors=(_, *_) as wrong):
            text = "\n        ".join(f"{one.field}: {one.message}" for one in wrong)
        case ClientError() as known:
            advice = _advise(known)
            text = f"{known.message.rstrip('.')}. {advice}" if advice else known.message
        case RushesError(fields=(_, *_) as problems):
            text = "\n        ".join(f"{problem.field}: {problem.message}" for problem in problems)
        case RushesError() as known:
            advice = next((_ADVICE[kind] for kind in _ADVICE if isinstance(known, kind)), "")
            text = f"{known.message} {advice}".rstrip()
        case OSError(filename=str(name), strerror=str(reason)):
            text = f"{name}: {reason}."
        case _:
            text = f"unexpected {type(cause).__name__}: {cause}. `rushes --debug …` says where."
    lines = [text, *getattr(cause, "__notes__", ())]
    return "rushes: " + _PASSWORD.sub(r"\1:***", "\n        ".join(lines))


def _advise(error: Exception) -> str:
    """Return what helps against an error of the client, if that is not in its message."""
    from rushes.client.errors import NotSignedIn, Unreachable

    match error:
        case Unreachable(is_sent=False):
            return "Check that it runs, and its address: --url, RUSHES_URL, or that of the login."
        case NotSignedIn() if not hasattr(error, "__notes__"):
            return "Use `rushes login`, or set RUSHES_API_KEY."
        case _:
            return ""


def status_of(error: Exception) -> Status:
    """Return the exit status that a script can tell an error by."""
    from rushes.client import errors

    match _cause(error):
        case errors.NotSignedIn() | errors.LoginMissing():
            return Status.NOT_SIGNED_IN
        case errors.Unreachable() | errors.InvalidAnswer() | errors.ServerTrouble():
            return Status.UNREACHABLE
        case errors.Refused():
            return Status.REFUSED
        case errors.WaitTimeout():
            return Status.TOO_LATE
        case _:
            return Status.FAILED


def _cause(error: Exception) -> BaseException:
    """Return what an error of several tasks comes from, which may be the error itself."""
    from rushes.client.errors import ClientError

    causes = list(_leaves(error))
    return next((cause for cause in causes if isinstance(cause, RushesError | ClientError)), causes[0])


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if not isinstance(error, BaseExceptionGroup):
        yield error
        return
    for each in cast("BaseExceptionGroup[BaseException]", error).exceptions:
        yield from _leaves(each)
