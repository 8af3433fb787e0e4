"""Has untrusted files measured in a child process."""

import os
from dataclasses import asdict
from pathlib import Path
from typing import Final

import structlog

from rushes.domain.media import MediaLimits, Probe
from rushes.engines import wire
from rushes.engines.base import Event
from rushes.engines.calls import call
from rushes.engines.limits import GIB, Limits
from rushes.errors import EngineError

PROBE_LIMITS: Final = Limits(
    memory_bytes=3 * GIB,
    cpu_seconds=60,
    wall_seconds=60.0,
    grace_seconds=0.5,
    open_files=64,
    file_bytes=2**20,
)

_log = structlog.stdlib.get_logger(__name__)


class ChildExaminer:
    """Measures each file in a child process of its own."""

    def __init__(self, *, media_limits: MediaLimits | None = None, limits: Limits = PROBE_LIMITS) -> None:
        """Refuse files beyond `media_limits`; `limits` are those of the child."""
        self._media_limits = media_limits or MediaLimits()
        self._limits = limits

    async def probe(self, path: Path, *, media_type: str, scratch: Path) -> Probe:
        """Measure a file of a sniffed type, decoding it within limits; `scratch` is an existing folder.

        Raises:
            MediaRejected: The file is broken, of another type, or outside the limits.
            EngineError: The measuring itself failed.
        """
        arguments = {
            "path": os.path.abspath(path),  # noqa: ASYNC240, PTH100 — asks the kernel nothing but where we are
            "media_type": media_type,
            "media_limits": asdict(self._media_limits),
        }
        answer, _ = await call(
            wire.Program.PROBE, arguments, workdir=scratch, limits=self._limits, on_event=_log_event
        )
        try:
            return wire.probe_of(answer.get("probe"))
        except wire.Garbage as error:
            raise EngineError(f"The measurements make no sense: {error}.") from error


def _log_event(event: Event) -> None:
    _log.debug("engine.probe_said", text=event.text)
