"""Write the reference pages that are derived from the code."""

from collections.abc import Iterator
from pathlib import Path

from rushes.errors import RushesError

REFERENCE = Path(__file__).parents[1] / "docs" / "reference"

ERRORS_HEAD = """\
# Errors

Every error that Rushes raises itself has a code. The code is the same in an API answer (`code` of the
`application/problem+json` body), in a job (`error_code`), in the log and on the command line. The kind says
what went wrong in general. The last column tells whether the same request can succeed later without a change.

This page is made from `rushes.errors` by `scripts/make_reference.py`.

| code | kind | meaning | repeat helps |
|---|---|---|---|
"""


def main() -> None:
    """Write all pages."""
    REFERENCE.mkdir(parents=True, exist_ok=True)
    (REFERENCE / "errors.md").write_text(errors_page(), encoding="utf-8")


def errors_page() -> str:
    """Return the page of all error codes, in alphabetical order."""
    rows = sorted(
        f"| `{error.code}` | {error.kind} | {_meaning(error)} | {'yes' if error.retryable else 'no'} |\n"
        for error in _tree(RushesError)
    )
    return ERRORS_HEAD + "".join(rows)


def _tree(error: type[RushesError]) -> Iterator[type[RushesError]]:
    yield error
    for child in error.__subclasses__():
        yield from _tree(child)


def _meaning(error: type[RushesError]) -> str:
    return (error.__doc__ or "").strip().partition("\n")[0]


if __name__ == "__main__":
    main()
