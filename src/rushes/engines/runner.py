"""Has an engine run in a child process, then its output measured and previewed in another."""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

from rushes.domain.media import AssetRole, MediaLimits
from rushes.engines import wire
from rushes.engines.artifacts import require_own_file
from rushes.engines.base import Artifact, Event, EventKind, Product, Request
from rushes.engines.calls import call
from rushes.engines.limits import GIB, Limits
from rushes.engines.registry import ENGINES, EngineSpec
from rushes.errors import EngineError, MediaRejected

FINISH_LIMITS: Final = Limits(memory_bytes=4 * GIB, cpu_seconds=300, wall_seconds=180.0, grace_seconds=0.5)
OUTPUT_LIMITS: Final = MediaLimits(
    image_bytes=256 * 1024**2, video_bytes=4 * GIB, duration_seconds=600.0, frames=60 * 600
)
RUN_SHARE: Final = 0.95
"""How much of the whole progress is the engine's run; the rest is the finish."""


class ChildRunner:
    """Runs each job in a child process of its own."""

    def __init__(
        self,
        *,
        engines: Mapping[str, EngineSpec] = ENGINES,
        limits: Limits | None = None,
        finish_limits: Limits = FINISH_LIMITS,
        output_limits: MediaLimits = OUTPUT_LIMITS,
    ) -> None:
        """Offer the engines; `limits` are a run's (but its time is the request's)."""
        self._engines = engines
        self._limits = limits or Limits()
        self._finish_limits = finish_limits
        self._output_limits = output_limits

    async def run(self, engine: str, request: Request, *, on_event: Callable[[Event], None]) -> Product:
        """Run to the end; cancelling the task stops the engine and all that it started within 5 s.

        The output, its poster, and a video's hover preview and spritesheet lie in the request's `workdir`,
        which is made here, and which the caller removes.

        Raises:
            EngineError: The run failed; its `retryable` says whether another attempt may help.
            MediaRejected: The engine found an input broken.
        """
        spec = self._engines.get(engine)
        if spec is None:
            raise EngineError(f"There is no engine {engine!r} here.")
        request.workdir.mkdir(parents=True, exist_ok=True)
        try:
            answer, output = await self._make(spec, request, on_event)
            on_event(Event(kind=EventKind.STAGE, progress=RUN_SHARE, text="finish"))
            artifacts = await self.finish(output, request.workdir, on_event)
            version = wire.text(answer.get("version"))
        except wire.Garbage as error:
            raise EngineError(f"The engine's answer makes no sense: {error}.") from error
        on_event(Event(kind=EventKind.PROGRESS, progress=1.0))
        return Product(
            artifacts=artifacts, engine=spec.name, engine_version=version, generative=spec.generative
        )

    async def _make(
        self, spec: EngineSpec, request: Request, on_event: Callable[[Event], None]
    ) -> tuple[Mapping[str, Any], Path]:
        arguments = {
            "target": spec.target,
            "source": None if spec.source is None else str(spec.source),
            "request": wire.request_to(request),
        }
        limits = replace(self._limits, wall_seconds=request.deadline_seconds)
        answer, files = await call(
            wire.Program.RUN,
            arguments,
            workdir=request.workdir,
            limits=limits,
            on_event=lambda event: on_event(_within_run(event)),
        )
        if [role for role, _ in files] != [AssetRole.OUTPUT]:
            raise EngineError("The engine did not hand over exactly one output.")
        path = require_own_file(files[0][1], folder=request.workdir, max_bytes=limits.file_bytes)
        on_event(Event(kind=EventKind.ARTIFACT, fields={"role": AssetRole.OUTPUT, "path": str(path)}))
        return answer, path

    async def finish(
        self, output: Path, workdir: Path, on_event: Callable[[Event], None]
    ) -> tuple[Artifact, ...]:
        """Measure an untrusted output and make its previews, in a child process.

        Raises:
            EngineError: The output cannot be used.
        """
        folder = Path(tempfile.mkdtemp(prefix="finish-", dir=workdir))
        arguments = {"path": str(output), "media_limits": asdict(self._output_limits)}
        try:
            answer, _ = await call(
                wire.Program.FINISH, arguments, workdir=folder, limits=self._finish_limits, on_event=on_event
            )
        except MediaRejected as error:
            raise EngineError(f"The engine's output is not usable. {error.message}") from error
        probes = wire.mapping(answer.get("probes"))
        files = {AssetRole.OUTPUT: output} | {
            role: require_own_file(Path(name), folder=folder, max_bytes=self._finish_limits.file_bytes)
            for role, name in wire.FINISHED_FILES.items()
            if role in probes
        }
        return tuple(
            Artifact(role=role, path=path, probe=wire.probe_of(probes.get(role)))
            for role, path in files.items()
        )


def _within_run(event: Event) -> Event:
    return event if event.progress is None else replace(event, progress=event.progress * RUN_SHARE)
