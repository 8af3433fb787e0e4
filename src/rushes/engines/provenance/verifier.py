"""Has a file's content credentials checked in a child process, for the file may be anybody's."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

from rushes.engines.base import Event
from rushes.engines.child import wire
from rushes.engines.child.calls import call
from rushes.engines.child.limits import GIB, Limits
from rushes.engines.provenance.findings import Finding, Origin, Signatory, Verdict
from rushes.errors import EngineError

VERIFY_LIMITS: Final = Limits(
    memory_bytes=2 * GIB,
    cpu_seconds=120,
    wall_seconds=120.0,
    grace_seconds=0.5,
    open_files=64,
    file_bytes=2**20,
    threads=1,
)


async def verify(path: Path, *, anchors: str, scratch: Path, limits: Limits = VERIFY_LIMITS) -> Finding:
    """Check the credentials of a file.

    Args:
        path: The file.
        anchors: The certificates of this instance's authorities, in PEM; empty if there are none.
        scratch: An existing folder.
        limits: Those of the child.

    Raises:
        EngineError: The checking itself failed.
    """
    arguments = {"path": os.path.abspath(path), "anchors": anchors}  # noqa: ASYNC240, PTH100 — asks the kernel nothing but where we are
    answer, _ = await call(
        wire.Program.VERIFY, arguments, workdir=scratch, limits=limits, on_event=_say_nothing
    )
    try:
        return _finding(wire.mapping(answer.get("finding")))
    except (wire.Garbage, ValueError) as error:
        raise EngineError(f"The finding makes no sense: {error}.") from error


def _finding(fields: Mapping[str, Any]) -> Finding:
    signatory, job = fields.get("signatory"), fields.get("job")
    return Finding(
        verdict=Verdict(fields["verdict"]),
        problems=[wire.text(each) for each in _list(fields.get("problems"))],
        signatory=None if signatory is None else Signatory(signatory),
        name=_text_or_none(fields.get("name")),
        made_at=_text_or_none(fields.get("made_at")),
        job=None
        if job is None
        else {wire.text(name): _fact(each) for name, each in wire.mapping(job).items()},
        origins=[_origin(wire.mapping(each)) for each in _list(fields.get("origins"))],
    )


def _origin(fields: Mapping[str, Any]) -> Origin:
    return Origin(
        title=wire.text(fields.get("title")),
        relationship=wire.text(fields.get("relationship")),
        verdict=Verdict(fields["verdict"]),
    )


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise wire.Garbage(f"{type(value).__name__} instead of a list")
    return cast("list[Any]", value)


def _text_or_none(value: object) -> str | None:
    return None if value is None else wire.text(value)


def _fact(value: object) -> str | bool:
    return value if isinstance(value, bool) else wire.text(value)


def _say_nothing(_: Event) -> None:
    """A check says nothing on its way."""
