"""Tells whether an engine could run here, by loading it as a run would: in a confined child process."""

from pathlib import Path
from typing import Final

from rushes.engines.base import Event
from rushes.engines.child import wire
from rushes.engines.child.calls import call
from rushes.engines.child.limits import Limits
from rushes.engines.registry import EngineSpec
from rushes.errors import EngineError

LOAD_LIMITS: Final = Limits(cpu_seconds=120, wall_seconds=120.0, grace_seconds=0.5)


async def engine_version(spec: EngineSpec, *, scratch: Path) -> str:
    """Return the version of an engine that can be loaded; `scratch` is an existing folder.

    Raises:
        EngineError: It cannot; the message says why.
    """
    said: list[str] = []

    def note(event: Event) -> None:
        said.append(event.text or "")

    arguments = {"target": spec.target, "source": None if spec.source is None else str(spec.source)}
    try:
        answer, _ = await call(
            wire.Program.LOAD, arguments, workdir=scratch, limits=LOAD_LIMITS, on_event=note
        )
        return wire.text(answer.get("version"))
    except wire.Garbage as error:
        raise EngineError(f"The engine's answer makes no sense: {error}.") from error
    except EngineError as error:
        # The last line of a traceback says what went wrong.
        reason = "".join(said).strip().rpartition("\n")[2]
        raise EngineError(f"{error.message} {reason}".rstrip()) from error
