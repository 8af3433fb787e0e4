"""Has an engine run in a child process, then its output finished in others."""

import tempfile
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

from rushes.domain.media import AssetRole, MediaLimits
from rushes.domain.options import VideoQuality
from rushes.engines.base import Artifact, Event, EventKind, Hearer, Maker, Product, Request
from rushes.engines.child import wire
from rushes.engines.child.artifacts import require_own_file
from rushes.engines.child.calls import call
from rushes.engines.child.limits import GIB, Limits
from rushes.engines.child.spares import Spares
from rushes.engines.provenance.signer import OutputSigner
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
        signer: OutputSigner | None = None,
        spares: Spares | None = None,
    ) -> None:
        """Offer the engines; `limits` are a run's (but its time is the request's).

        Without a `signer`, outputs get no content credentials. Children are taken from `spares`, if given.
        """
        self._engines = engines
        self._limits = limits or Limits()
        self._finish_limits = finish_limits
        self._output_limits = output_limits
        self._signer = signer
        self._spares = spares

    async def run(self, engine: str, request: Request, *, on_event: Hearer) -> Product:
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
            version = wire.text(answer.get("version"))
            generative = spec.generative or answer.get("generative") is True
            maker = Maker(engine=spec.name, engine_version=version, generative=generative)
            product = await self.finish(output, request, maker, on_event)
        except wire.Garbage as error:
            raise EngineError(f"The engine's answer makes no sense: {error}.") from error
        on_event(Event(kind=EventKind.PROGRESS, progress=1.0))
        return product

    async def _make(
        self, spec: EngineSpec, request: Request, on_event: Hearer
    ) -> tuple[Mapping[str, Any], Path]:
        arguments = {
            "target": spec.target,
            "source": None if spec.source is None else str(spec.source),
            "request": wire.request_to(request),
        }
        limits = replace(self._limits, wall_seconds=request.deadline_seconds, network=spec.network)
        answer, files = await call(
            wire.Program.RUN,
            arguments,
            workdir=request.workdir,
            limits=limits,
            on_event=lambda event: on_event(_within_run(event)),
            spares=self._spares if spec.early else None,
        )
        if [role for role, _ in files] != [AssetRole.OUTPUT]:
            raise EngineError("The engine did not hand over exactly one output.")
        path = require_own_file(files[0][1], folder=request.workdir, max_bytes=limits.file_bytes)
        on_event(Event(kind=EventKind.ARTIFACT, fields={"role": AssetRole.OUTPUT, "path": str(path)}))
        return answer, path

    async def finish(self, output: Path, request: Request, maker: Maker, on_event: Hearer) -> Product:
        """Mark an untrusted output if the request says so, measure it, make its previews, and sign it.

        All but the signing is done in one child process; everything lies in the request's `workdir`.

        Raises:
            EngineError: The output cannot be used.
        """
        made, *previews = await self._measure(output, request, on_event)
        signed = self._signer and await self._signer.sign(made, maker, request)
        return Product(
            artifacts=(signed or made, *previews),
            engine=maker.engine,
            engine_version=maker.engine_version,
            generative=maker.generative,
            watermarked=request.watermark,
            signed=signed is not None,
        )

    async def _measure(self, output: Path, request: Request, on_event: Hearer) -> tuple[Artifact, ...]:
        folder = Path(tempfile.mkdtemp(prefix="finish-", dir=request.workdir))
        arguments = {
            "path": str(output),
            "media_limits": asdict(self._output_limits),
            "watermark": request.watermark,
            "video_quality": request.options.get("video_quality") or VideoQuality.HIGH,
        }
        limits = self._finish_limits
        if request.watermark:
            limits = _with_time_to_encode(limits, request)
        try:
            answer, _ = await call(
                wire.Program.FINISH,
                arguments,
                workdir=folder,
                limits=limits,
                on_event=on_event,
                spares=self._spares,
            )
        except MediaRejected as error:
            raise EngineError(f"The engine's output is not usable. {error.message}") from error
        probes = wire.mapping(answer.get("probes"))
        made = {
            role: require_own_file(Path(name), folder=folder, max_bytes=limits.file_bytes)
            for role, name in wire.FINISHED_FILES.items()
            if role in probes and (role is not AssetRole.OUTPUT or request.watermark)
        }
        return tuple(
            Artifact(role=role, path=path, probe=wire.probe_of(probes.get(role)))
            for role, path in ({AssetRole.OUTPUT: output} | made).items()
        )


def _with_time_to_encode(limits: Limits, request: Request) -> Limits:
    seconds = max(limits.wall_seconds, request.deadline_seconds)
    return replace(limits, wall_seconds=seconds, cpu_seconds=max(limits.cpu_seconds, int(4 * seconds)))


def _within_run(event: Event) -> Event:
    return event if event.progress is None else replace(event, progress=event.progress * RUN_SHARE)
