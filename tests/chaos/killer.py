"""The killer: strikes a process of the site at random, again and again."""

import asyncio
import signal
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random

from tests.chaos.processes import Kept, KeptDatabase
from tests.chaos.waits import Pace, pause


class Strike(StrEnum):
    """What is done to whom; a stop is a polite one, which workers answer by handing back."""

    WORKER = "kill worker"
    FREEZE = "freeze worker"
    STOP = "stop worker"
    WEB = "kill web"
    DATABASE = "kill database"


WEIGHTS = {Strike.WORKER: 40, Strike.FREEZE: 20, Strike.STOP: 8, Strike.WEB: 20, Strike.DATABASE: 12}
CERTAIN = (Strike.WORKER, Strike.DATABASE, Strike.FREEZE, Strike.WEB)
"""The first strikes of all: a short run has one of each."""


@dataclass
class Killer:
    """Strikes as often as the pace says; what it has frozen thaws after more than a lease."""

    workers: Sequence[Kept]
    webs: Sequence[Kept]
    database: KeptDatabase
    pace: Pace
    dice: Random
    lease_seconds: float
    interval_seconds: float
    struck: Counter[Strike] = field(default_factory=Counter[Strike])

    async def run(self) -> None:
        """Strike until all is done, and return when everything runs again."""
        strikes = list(WEIGHTS)
        async with asyncio.TaskGroup() as aftermath:
            for number in range(self.pace.kills):
                await pause(min(3 * self.interval_seconds, self.dice.expovariate(1 / self.interval_seconds)))
                await self.pace.may_kill()
                chosen = self.dice.choices(strikes, weights=[WEIGHTS[one] for one in strikes])[0]
                await self._strike(CERTAIN[number] if number < len(CERTAIN) else chosen, aftermath)
                await self.pace.count(killed=1)

    async def _strike(self, strike: Strike, aftermath: asyncio.TaskGroup) -> None:
        while not self._hit(strike, aftermath):
            await pause(0.05)
        self.struck[strike] += 1

    def _hit(self, strike: Strike, aftermath: asyncio.TaskGroup) -> bool:
        worker, web = self.dice.choice(self.workers), self.dice.choice(self.webs)
        match strike:
            case Strike.WORKER:
                return worker.send(signal.SIGKILL)
            case Strike.STOP:
                return worker.ready.is_set() and worker.send(signal.SIGTERM)
            case Strike.WEB:
                return web.send(signal.SIGKILL)
            case Strike.FREEZE:
                return self._freeze(worker, aftermath)
            case Strike.DATABASE:
                return self._kill_database(aftermath)

    def _freeze(self, worker: Kept, aftermath: asyncio.TaskGroup) -> bool:
        pid = worker.pid()
        if pid is None or not worker.ready.is_set():
            return False
        aftermath.create_task(self._thaw(worker, pid))
        return worker.send(signal.SIGSTOP)

    def _kill_database(self, aftermath: asyncio.TaskGroup) -> bool:
        if not self.database.kill():
            return False
        aftermath.create_task(self._revive())
        return True

    async def _thaw(self, worker: Kept, pid: int) -> None:
        await pause(self.lease_seconds * self.dice.uniform(1.1, 2.0))
        if worker.pid() == pid:
            worker.send(signal.SIGCONT)

    async def _revive(self) -> None:
        await pause(self.dice.uniform(0, 1.5))
        await self.database.start()
