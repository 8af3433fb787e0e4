"""Keeps children that have started and imported ahead of their request."""

import asyncio
import contextlib
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

import structlog

from rushes.engines.child import sandbox
from rushes.engines.child.kinds import ChildKind
from rushes.engines.child.sandbox import Child

IDLE_SECONDS: Final = 600.0
"""How long a spare waits for a request before its memory is given back."""

_log = structlog.stdlib.get_logger(__name__)


@dataclass(slots=True, kw_only=True, eq=False)
class _Spare:
    kind: ChildKind
    child: Child | None = None
    started: asyncio.Event = field(default_factory=asyncio.Event)
    is_taken: bool = False

    async def take(self, keeper: asyncio.Task[None]) -> Child | None:
        """Take its child from its keeper, who ends it otherwise; `None` if it did not start or has died."""
        try:
            await self.started.wait()
            self.is_taken = self.child is not None and self.child.is_alive()
        finally:
            keeper.cancel()
        return self.child if self.is_taken else None


class Spares:
    """One spare child for each program, each used once; none is left when the `async with` ends."""

    def __init__(self, *, idle_seconds: float = IDLE_SECONDS) -> None:
        """Let a spare wait for so long."""
        self._idle_seconds = idle_seconds
        self._spares: dict[str, tuple[_Spare, asyncio.Task[None]]] = {}
        self._keepers: set[asyncio.Task[None]] = set()
        self._has_ended = False

    async def __aenter__(self) -> Self:
        """Begin without any: the first to be replaced brings the first."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        """End all spares."""
        self._has_ended = True
        self._spares.clear()
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)

    async def take(self, kind: ChildKind) -> Child:
        """Return a child that serves the kind: the spare, or one that is started now."""
        spare, keeper = self._spares.get(kind.program, (None, None))
        if spare is None or keeper is None or not spare.kind.serves(kind):
            return await sandbox.start(kind)
        del self._spares[kind.program]
        return await spare.take(keeper) or await sandbox.start(kind)

    def replace(self, kind: ChildKind) -> None:
        """Have a spare started, unless its program has one; call when a child of the kind has ended.

        One that is there stays, of whatever kind: kinds that take turns do not throw each other's away.
        """
        if self._has_ended or kind.program in self._spares:
            return
        spare = _Spare(kind=kind)
        keeper = asyncio.create_task(self._keep(spare))
        self._spares[kind.program] = spare, keeper
        self._keepers.add(keeper)
        keeper.add_done_callback(self._keepers.discard)

    async def _keep(self, spare: _Spare) -> None:
        try:
            spare.child = await sandbox.start(spare.kind, ahead=True)
            spare.started.set()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._idle_seconds):
                    await spare.child.process.wait()
        except OSError as error:
            _log.warning("engine.no_spare", program=spare.kind.program, error=str(error))
        finally:
            spare.started.set()
            if self._spares.get(spare.kind.program, (None,))[0] is spare:
                del self._spares[spare.kind.program]
            if spare.child is not None and not spare.is_taken:
                await sandbox.discard(spare.child)
