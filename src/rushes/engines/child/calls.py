"""One call of a child process: a program goes in, events come by, one answer or one error comes out."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Generator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

import structlog

from rushes.domain.media import AssetRole
from rushes.engines.base import Event, EventKind, Hearer
from rushes.engines.child import sandbox, wire
from rushes.engines.child.kinds import ChildKind
from rushes.engines.child.limits import Limits
from rushes.engines.child.sandbox import Exit
from rushes.engines.child.spares import Spares
from rushes.errors import EngineCrashed, EngineError, EngineTimeout, RushesError

BURST: Final = 200
PER_SECOND: Final = 100.0
ARTIFACTS: Final = 16

_log = structlog.stdlib.get_logger(__name__)


async def call(
    program: wire.Program,
    arguments: Mapping[str, Any],
    *,
    workdir: Path,
    limits: Limits,
    on_event: Hearer,
    spares: Spares | None = None,
) -> tuple[Mapping[str, Any], list[tuple[AssetRole, Path]]]:
    """Run a program in a child and return its answer and the files that it says it made, both untrusted.

    The child is one of `spares`, if there are any; otherwise it is started now.

    Raises:
        EngineCrashed: The child died before it answered.
        EngineTimeout: It used up its time.
        RushesError: What the child said went wrong.
    """
    clock = asyncio.get_running_loop().time
    began, listener = clock(), Listener(on_event, clock=clock)
    kind = ChildKind(
        program=program, target=arguments.get("target"), source=arguments.get("source"), limits=limits
    )
    request = _request(kind, arguments, workdir=workdir)
    try:
        child = await (sandbox.start(kind) if spares is None else spares.take(kind))
        exited = await sandbox.run(child, request, workdir=workdir, limits=limits, on_line=listener.take)
    except wire.Garbage as error:
        raise EngineError(f"The engine said something that is no event: {error}.") from error
    finally:
        if spares is not None:
            spares.replace(kind)
    listener.close(exited)
    if listener.error is not None:
        raise listener.error
    if listener.answer is None or exited.status != 0:
        raise _crash(exited, limits)
    worked = listener.answer.get("worked_seconds")
    _log.debug("engine.child_ended", program=program, seconds=clock() - began, worked_seconds=worked)
    return listener.answer, listener.artifacts


def _request(kind: ChildKind, arguments: Mapping[str, Any], *, workdir: Path) -> bytes:
    fixed = {"program": kind.program, "limits": asdict(kind.limits), "workdir": str(workdir.absolute())}
    return wire.encode({**fixed, **arguments})


class Listener:
    """Reads a child's lines, hands on what is sound and not too much, and keeps its answer."""

    def __init__(self, on_event: Hearer, *, clock: Callable[[], float]) -> None:
        """Hand events to `on_event`; `clock` gives seconds, for the limit on their rate."""
        self.answer: Mapping[str, Any] | None = None
        self.error: RushesError | None = None
        self.artifacts: list[tuple[AssetRole, Path]] = []
        self._on_event = on_event
        self._clock = clock
        self._tokens = float(BURST)
        self._refilled_at = clock()
        self._progress = 0.0
        self._dropped = 0

    def take(self, line: bytes) -> Awaitable[None] | None:
        """Take one line; whatever follows the last one of the conversation is left out.

        What is returned has to be done before the child goes on.

        Raises:
            Garbage: The line is not what a child may send.
        """
        message = wire.decode(line)
        if self.answer is not None or self.error is not None:
            return None
        match message.get("kind"):
            case wire.Last.DONE:
                self.answer = wire.mapping(message.get("fields"))
            case wire.Last.ERROR:
                self.error = wire.error_of(message)
            case _:
                return self._take_event(wire.event_of(message))
        return None

    def close(self, exited: Exit) -> None:
        """Report what was dropped and what the child printed."""
        if self._dropped:
            self._log("warning", f"{self._dropped} events were dropped: the engine sent too many.")
        if exited.log.strip():
            failed = self.error is not None or self.answer is None
            self._log("error" if failed else "debug", exited.log.replace("\0", "")[-wire.TEXT_CHARS :])

    def _take_event(self, event: Event) -> Awaitable[None] | None:
        if event.kind is EventKind.CHECKPOINT:
            # Never dropped: the child waits for each.
            return self._on_event(event) or _Done()
        if event.kind is EventKind.ARTIFACT:
            self._keep_artifact(event)
        elif not self._has_token():
            self._dropped += 1
        elif event.kind is not EventKind.PROGRESS or (event.progress or 0) > self._progress:
            self._progress = max(self._progress, event.progress or 0)
            progress = None if event.progress is None else self._progress
            self._on_event(replace(event, progress=progress))
        return None

    def _keep_artifact(self, event: Event) -> None:
        # Not handed on yet: a file is judged when nothing of the child is left that could swap it.
        fields = event.fields or {}
        self.artifacts.append((wire.role_of(fields.get("role")), Path(wire.text(fields.get("path")))))
        if len(self.artifacts) > ARTIFACTS:
            raise wire.Garbage(f"more than {ARTIFACTS} files")

    def _has_token(self) -> bool:
        now = self._clock()
        self._tokens = min(BURST, self._tokens + (now - self._refilled_at) * PER_SECOND)
        self._refilled_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def _log(self, level: str, text: str) -> None:
        self._on_event(Event(kind=EventKind.LOG, text=text, fields={"level": level}))


class _Done:
    """What is done already; others come to their turn all the same, however many of these there are."""

    def __await__(self) -> Generator[None, None, None]:
        yield


def _crash(exited: Exit, limits: Limits) -> EngineError:
    if exited.status == -signal.SIGXCPU:
        return EngineTimeout(f"The run used up its {limits.cpu_seconds} s of processor time.")
    if exited.status == -signal.SIGKILL:
        return EngineCrashed("The engine was killed (SIGKILL): most likely the machine ran out of memory.")
    if exited.status < 0:
        return EngineCrashed(f"The engine died of {signal.Signals(-exited.status).name}.")
    return EngineCrashed(f"The engine ended with status {exited.status} and without an answer.")
