"""Write the reference pages that are derived from the code."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic_core import PydanticUndefined
from typer.main import get_group

from rushes.cli.main import app
from rushes.errors import RushesError
from rushes.settings import describe_settings, variable_of
from scripts.api_page import api_page

REFERENCE = Path(__file__).parents[1] / "docs" / "reference"

ERRORS_HEAD = """\
# Errors

Every error that Rushes raises itself has a code. The code is the same in an API answer (`code` of the
`application/problem+json` body), in a job (`error_code`), in the log and on the command line. The kind says
what went wrong in general. The last column tells whether the same request can succeed later without a change.

One code is of none of them: `method_not_allowed` (status 405) answers a method that an address does not have;
the header `Allow` names those that it has. What is asked in OpenAI's words is answered with
[some codes of theirs](../how-to/openai-sdk.md#errors-and-repeats).

This page is made from `rushes.errors` by `scripts/make_reference.py`.

| code | kind | meaning | repeat helps |
|---|---|---|---|
"""

SETTINGS_HEAD = """\
# Settings

A setting is taken from the first of these that has it:

1. an option of the command, such as `--port`;
2. an environment variable; one that is empty counts as not set;
3. the file `rushes.toml` in the current folder, or the file that the variable `RUSHES_CONFIG` names.

A name with a dot is a key in a table of the file: `worker.slots` is `slots` under `[worker]`.

```toml
port = 8080

[worker]
lanes = ["cpu"]
slots = 2
```

Every command refuses to start if a value is wrong, if the file has a key that is no setting, or if there is a
variable `RUSHES_…` that is no setting; only `RUSHES_TEST_…` is left alone. Passwords and the secret are never
printed. In Kubernetes, a service called `rushes` adds such variables to each pod:
set `enableServiceLinks: false`.

This page is made from `rushes.settings` by `scripts/make_reference.py`.

| name | variable | default | meaning |
|---|---|---|---|
"""

COMMANDS_HEAD = """\
# Commands

Every command ends with the status 0 if all went well, 1 if something went wrong, and 2 if it was called
wrongly; those that speak to a server over HTTP have [more](../how-to/command-line.md#in-scripts). What went
wrong is said on standard error; `rushes --debug …` adds where. The log goes there as well, one JSON object
per line, or in words if that is a terminal.

`up`, `serve`, `work` and `demo` run until Ctrl-C (SIGINT) or SIGTERM, and then end in order. A second signal
ends them at once: jobs that were running are tried again when their leases lapse, and no process is left.

This page is made from `rushes.cli.main` by `scripts/make_reference.py`.
"""


def main() -> None:
    """Write all pages."""
    REFERENCE.mkdir(parents=True, exist_ok=True)
    pages = {
        "api": api_page(),
        "commands": commands_page(),
        "errors": errors_page(),
        "settings": settings_page(),
    }
    for name, page in pages.items():
        (REFERENCE / f"{name}.md").write_text(page, encoding="utf-8")


def errors_page() -> str:
    """Return the page of all error codes, in alphabetical order."""
    rows = sorted(
        f"| `{error.code}` | {error.kind} | {_meaning(error)} | {'yes' if error.retryable else 'no'} |\n"
        for error in _tree(RushesError)
    )
    return ERRORS_HEAD + "".join(rows)


def settings_page() -> str:
    """Return the page of all settings, in the order of the code."""
    rows = (
        f"| `{name}` | `{variable_of(name)}` | {_default(field)} | {field.description} |\n"
        for name, field in describe_settings()
    )
    return SETTINGS_HEAD + "".join(rows)


def commands_page() -> str:
    """Return the page of all commands, in the order of `rushes --help`."""
    return COMMANDS_HEAD + "".join(_sections(get_group(app), "rushes"))


def _tree(error: type[RushesError]) -> Iterator[type[RushesError]]:
    yield error
    for child in error.__subclasses__():
        yield from _tree(child)


def _meaning(error: type[RushesError]) -> str:
    return (error.__doc__ or "").strip().partition("\n")[0]


def _default(field: Any) -> str:
    if field.default is PydanticUndefined or field.default is None:
        return ""
    return f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"


def _sections(group: Any, path: str) -> Iterator[str]:
    for name, command in group.commands.items():
        children = getattr(command, "commands", {})
        if not children or command.invoke_without_command:
            yield _section(command, f"{path} {name}")
        if children:
            yield from _sections(command, f"{path} {name}")


def _section(command: Any, path: str) -> str:
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    usage = " ".join([path, *(each.name.upper() for each in arguments), "[OPTIONS]"])
    example = command.epilog.removeprefix("Example: ")
    rows = "".join(f"| `{_signature(each)}` | {each.help} |\n" for each in command.params)
    table = f"\n| argument or option | meaning |\n|---|---|\n{rows}" if rows else ""
    return f"\n## {path}\n\n{_words(command)}\n\n```sh\n{example}\n```\n\nUsage: `{usage}`\n{table}"


def _signature(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return parameter.name.upper()
    return ", ".join(parameter.opts) + ("" if parameter.is_flag else f" {parameter.metavar}")


def _words(command: Any) -> str:
    return "\n\n".join(" ".join(part.split()) for part in command.help.split("\n\n"))


if __name__ == "__main__":
    main()
