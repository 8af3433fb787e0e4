"""Settling the endings of attempts together: those that come while one transaction runs go into the next."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import stamina

from rushes.actions.settle import settle
from rushes.db.pool import Database
from rushes.domain.endings import Ending
from rushes.domain.ids import Lease
from rushes.domain.jobs import Job
from rushes.errors import DatabaseUnavailable, LeaseLost, Unavailable

BATCH = 100
"""How many endings go into one transaction at the most: it locks the rows of all their accounts."""

PATIENCE_SECONDS = 300.0
"""How long an ending is tried again while the database is away."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    ending: Ending
    settled: asyncio.Future[Job]


@dataclass(slots=True, kw_only=True)
class Settler:
    """Settles for all attempts of a worker; `run` does the work until it is cancelled."""

    database: Database
    _waiting: list[_Waiting] = field(default_factory=list[_Waiting])
    _came: asyncio.Event = field(default_factory=asyncio.Event)
    _ended: bool = False

    async def settle(self, ending: Ending) -> Job:
        """Have an attempt ended; return its job as it then is.

        Raises:
            LeaseLost: Another attempt owns the job; nothing was written.
            DatabaseUnavailable: The database stayed away for too long, or nobody settles any more.
        """
        if self._ended:
            raise DatabaseUnavailable
        settled: asyncio.Future[Job] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(ending, settled))
        self._came.set()
        return await settled

    async def run(self) -> None:
        """Settle what comes, in the order of its coming."""
        batch: Sequence[_Waiting] = ()
        try:
            while True:
                await self._came.wait()
                batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
                if not self._waiting:
                    self._came.clear()
                await self._settle_batch(batch)
        finally:
            # Nobody settles these any more: their leases will lapse.
            self._ended = True
            _answer_all([*batch, *self._waiting], DatabaseUnavailable())

    async def _settle_batch(self, batch: Sequence[_Waiting]) -> None:
        try:
            settled = await _patiently(self.database, [one.ending for one in batch])
        except Unavailable as error:
            _answer_all(batch, error)
        except Exception:  # noqa: BLE001 - whatever one ending is refused for must not cost the others theirs
            for one in batch:
                await self._settle_alone(one)
        else:
            for one in batch:
                _answer(one, settled.get(one.ending.lease) or LeaseLost())

    async def _settle_alone(self, one: _Waiting) -> None:
        try:
            settled = await _patiently(self.database, [one.ending])
        except Exception as error:  # noqa: BLE001 - handed to the attempt that waits for it
            _answer(one, error)
        else:
            _answer(one, settled.get(one.ending.lease) or LeaseLost())


async def _patiently(database: Database, endings: Sequence[Ending]) -> dict[Lease, Job]:
    async for trial in stamina.retry_context(
        on=DatabaseUnavailable, attempts=None, timeout=PATIENCE_SECONDS, wait_max=2.0
    ):
        with trial:
            return await settle(database, endings)
    raise AssertionError("the last trial returns or raises")


def _answer_all(batch: Sequence[_Waiting], answer: Exception) -> None:
    for one in batch:
        _answer(one, answer)


def _answer(one: _Waiting, answer: Job | Exception) -> None:
    if one.settled.done():
        return
    if isinstance(answer, Exception):
        one.settled.set_exception(answer)
    else:
        one.settled.set_result(answer)
