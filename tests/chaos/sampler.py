"""Looks at the running site again and again for what must hold at every moment, not only at the end."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from rushes.db.pool import Database
from tests.actions.books import WRONG_BALANCES
from tests.chaos.waits import AWAY, pause

INTERVAL_SECONDS = 0.1
MONEY_EVERY = 10
"""The sums of the ledger are looked at every so many looks."""

SLOTS = """
    SELECT u.id, u.slots, count(*) AS held FROM users u JOIN jobs j ON j.user_id = u.id
    WHERE j.status IN ('validating', 'queued', 'processing')
    GROUP BY u.id HAVING count(*) > u.slots
"""

CAPS = """
    SELECT 'lane ' || l.name AS name, l.cap, count(*) AS running FROM lanes l JOIN jobs j ON j.lane = l.name
    WHERE j.status = 'processing' GROUP BY l.name
    UNION ALL
    SELECT 'model ' || m.slug, m.cap, count(*) FROM models m JOIN jobs j ON j.model = m.slug
    WHERE j.status = 'processing' GROUP BY m.slug
"""

ENDED = """
    SELECT job_id, number, outcome, error_code, error_message, finished_at, log, checkpoint::text,
        external_job_id
    FROM attempts WHERE finished_at > now() - make_interval(secs => $1)
"""

Ended = tuple[Any, ...]


@dataclass
class Sampler:
    """What was seen: breaches, how attempts looked when they had just ended, and how full the caps were."""

    database: Database
    breaches: Counter[str] = field(default_factory=Counter[str])
    ended: dict[tuple[UUID, int], Ended] = field(default_factory=dict[tuple[UUID, int], Ended])
    fullest: Counter[str] = field(default_factory=Counter[str])
    looks: int = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Look until told to stop; a database that is away is waited for."""
        while not stop.is_set():
            try:
                await self._look()
            except AWAY:
                await pause(0.2, until=stop)
            await pause(INTERVAL_SECONDS, until=stop)

    async def find_rewritten(self) -> list[str]:
        """The attempts that have changed since they ended."""
        async with self.database.transaction() as tx:
            now = {(row["job_id"], row["number"]): tuple(row)[2:] for row in await tx.fetch(ENDED, 1e6)}
        return [
            f"attempt {key[1]} of {key[0]} was changed after its end: {seen} became {now.get(key)}"
            for key, seen in self.ended.items()
            if now.get(key) != seen
        ]

    async def _look(self) -> None:
        async with self.database.autocommit() as tx:
            for row in await tx.fetch(SLOTS):
                self.breaches[f"user {row['id']} held {row['held']} of {row['slots']} slots"] += 1
            for row in await tx.fetch(CAPS):
                self.fullest[row["name"]] = max(self.fullest[row["name"]], row["running"])
                if row["cap"] is not None and row["running"] > row["cap"]:
                    self.breaches[f"{row['name']} ran {row['running']} of {row['cap']} at most"] += 1
            for row in await tx.fetch(ENDED, 10.0):
                self.ended.setdefault((row["job_id"], row["number"]), tuple(row)[2:])
            if self.looks % MONEY_EVERY == 0:
                for row in await tx.fetch(WRONG_BALANCES):
                    self.breaches[f"the credits of user {row['id']} were not the sum of his ledger"] += 1
        self.looks += 1
