"""Has finished outputs signed with their content credentials, in a child process that is given the key."""

import asyncio
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import structlog

from rushes.engines.base import Artifact, Event, Maker, Request
from rushes.engines.child import wire
from rushes.engines.child.artifacts import require_own_file
from rushes.engines.child.calls import call
from rushes.engines.child.limits import GIB, Limits
from rushes.engines.child.spares import Spares
from rushes.engines.provenance.identity import SIGNED_TYPES, Identity

SIGN_LIMITS: Final = Limits(
    memory_bytes=2 * GIB, cpu_seconds=120, wall_seconds=120.0, grace_seconds=0.5, open_files=64, threads=1
)
_log = structlog.stdlib.get_logger(__name__)


class OutputSigner:
    """Signs outputs, each in a child process of its own, for it reads what strangers sent."""

    def __init__(
        self,
        identity: Callable[[], Identity],
        *,
        limits: Limits = SIGN_LIMITS,
        spares: Spares | None = None,
    ) -> None:
        """Sign with what `identity` returns at the time; it is called in a thread.

        Children are taken from `spares`, if given.
        """
        self._identity = identity
        self._limits = limits
        self._spares = spares

    async def sign(self, output: Artifact, maker: Maker, request: Request) -> Artifact | None:
        """Return a signed copy of an output, in the request's `workdir`.

        `None` if its type cannot hold credentials, or if signing failed: that is logged, and costs nobody
        his output.
        """
        if output.probe.media_type not in SIGNED_TYPES:
            return None
        try:
            return await self._sign(output, _claim(maker, request), request.workdir)
        except Exception as error:  # noqa: BLE001 — whatever it is costs nobody his output
            # Without its traceback, whose variables would show the key.
            _log.error("output.unsigned", engine=maker.engine, error=str(error), **request.provenance)
            return None

    async def _sign(self, output: Artifact, claim: Mapping[str, Any], workdir: Path) -> Artifact:
        identity = await asyncio.to_thread(self._identity)
        folder = Path(tempfile.mkdtemp(prefix="sign-", dir=workdir))
        arguments = {
            "path": str(output.path),
            "media_type": output.probe.media_type,
            "claim": claim,
            "identity": asdict(identity),
        }
        await call(
            wire.Program.SIGN,
            arguments,
            workdir=folder,
            limits=self._limits,
            on_event=_log_event,
            spares=self._spares,
        )
        signed = require_own_file(Path(wire.SIGNED_FILE), folder=folder, max_bytes=self._limits.file_bytes)
        return replace(output, path=signed)


def _claim(maker: Maker, request: Request) -> Mapping[str, Any]:
    return {
        **asdict(maker),
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "about": dict(request.provenance),
        "ingredients": [
            {"role": role, "path": str(each.path), "media_type": each.probe.media_type}
            for role, each in request.inputs.items()
        ],
    }


def _log_event(event: Event) -> None:
    _log.debug("output.signer_said", text=event.text)
