"""Has untrusted files measured, and posters of them made, in a child process."""

import os
from dataclasses import asdict
from pathlib import Path
from typing import Final

import structlog

from rushes.domain.media import AssetRole, MediaKind, MediaLimits, kind_of
from rushes.engines.base import Event, Examined
from rushes.engines.child import wire
from rushes.engines.child.artifacts import require_own_file
from rushes.engines.child.calls import call
from rushes.engines.child.limits import GIB, Limits
from rushes.errors import EngineError

PROBE_LIMITS: Final = Limits(
    memory_bytes=3 * GIB,
    cpu_seconds=60,
    wall_seconds=60.0,
    grace_seconds=0.5,
    open_files=64,
    file_bytes=2**20,
)

_SEEN: Final = frozenset({MediaKind.IMAGE, MediaKind.VIDEO})

_log = structlog.stdlib.get_logger(__name__)


class ChildExaminer:
    """Looks at each file in a child process of its own."""

    def __init__(self, *, media_limits: MediaLimits | None = None, limits: Limits = PROBE_LIMITS) -> None:
        """Refuse files beyond `media_limits`; `limits` are those of the child."""
        self._media_limits = media_limits or MediaLimits()
        self._limits = limits

    async def examine(self, path: Path, *, media_type: str, scratch: Path) -> Examined:
        """Measure a file of a sniffed type, decoding it within limits; `scratch` is an existing folder.

        A poster of what can be seen lies there afterwards, unless making it failed.

        Raises:
            MediaRejected: The file is broken, of another type, or outside the limits.
            EngineError: The measuring itself failed.
        """
        if kind_of(media_type) not in _SEEN:
            return await self._examine(path, media_type, scratch, poster=False)
        try:
            return await self._examine(path, media_type, scratch, poster=True)
        except EngineError as error:
            # It may have been the poster that the child died of, which is no reason to refuse a file.
            _log.info("engine.poster_failed", error=error.message)
            return await self._examine(path, media_type, scratch, poster=False)

    async def _examine(self, path: Path, media_type: str, scratch: Path, *, poster: bool) -> Examined:
        arguments = {
            "path": os.path.abspath(path),  # noqa: ASYNC240, PTH100 — asks the kernel nothing but where we are
            "media_type": media_type,
            "media_limits": asdict(self._media_limits),
            "poster": poster,
        }
        answer, _ = await call(
            wire.Program.PROBE, arguments, workdir=scratch, limits=self._limits, on_event=_log_event
        )
        try:
            probe = wire.probe_of(answer.get("probe"))
        except wire.Garbage as error:
            raise EngineError(f"The measurements make no sense: {error}.") from error
        return Examined(
            probe=probe, poster=self._poster_in(scratch) if answer.get("poster") is True else None
        )

    def _poster_in(self, scratch: Path) -> Path:
        name = Path(wire.FINISHED_FILES[AssetRole.POSTER])
        return require_own_file(name, folder=scratch, max_bytes=self._limits.file_bytes)


def _log_event(event: Event) -> None:
    _log.debug("engine.probe_said", text=event.text)
