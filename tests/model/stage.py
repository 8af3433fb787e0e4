"""The system under test: its database as its three roles see it, played one transaction after the other."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from rushes.db.pool import WEB_ROLE, WORKER_ROLE, Database, open_database
from rushes.errors import (
    Conflict,
    IllegalTransition,
    InsufficientCredits,
    InvalidFields,
    Missing,
    RushesError,
)
from tests.model.records import Refusal

REFUSALS: dict[type[RushesError], Refusal] = {
    InvalidFields: Refusal.INVALID,
    InsufficientCredits: Refusal.POOR,
    IllegalTransition: Refusal.ILLEGAL,
    Conflict: Refusal.CONFLICT,
    Missing: Refusal.MISSING,
}

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Three pools on an event loop of their own; close it when the play is over."""

    runner: asyncio.Runner
    owner: Database
    web: Database
    work: Database

    @classmethod
    def open(cls, url: str) -> "Stage":
        runner = asyncio.Runner()
        owner, web, work = (
            runner.run(open_database(url, role=role, connections=1)) for role in (None, WEB_ROLE, WORKER_ROLE)
        )
        return cls(runner=runner, owner=owner, web=web, work=work)

    def close(self) -> None:
        for database in (self.owner, self.web, self.work):
            self.do(database.close())
        self.runner.close()

    def do(self, play: Coroutine[Any, Any, T]) -> T:
        """Let one thing happen."""
        return self.runner.run(play)

    def ask(self, play: Coroutine[Any, Any, T]) -> T | Refusal:
        """Let one thing happen, or learn why it does not."""
        try:
            return self.do(play)
        except (InvalidFields, InsufficientCredits, Conflict, Missing) as error:
            return REFUSALS[type(error)]

    def change(self, statement: str, *args: object) -> list[Any]:
        """Change something as the owner of the database; time passes by this."""
        (rows,) = self.do(_fetch(self.owner, [statement], args))
        return rows

    def read(self, statements: Sequence[str], *args: object) -> list[list[Any]]:
        """Read the answers to some questions about the same."""
        return self.do(_fetch(self.owner, statements, args))

    def as_worker(self, store: Callable[..., Coroutine[Any, Any, T]], **named: Any) -> T:
        """Call one function of a store in a worker's transaction."""
        return self.do(_call(self.work, store, named))


async def _fetch(database: Database, statements: Sequence[str], args: tuple[object, ...]) -> list[list[Any]]:
    async with database.autocommit() as tx:
        return [await tx.fetch(statement, *args) for statement in statements]


async def _call(database: Database, store: Callable[..., Coroutine[Any, Any, T]], named: dict[str, Any]) -> T:
    async with database.transaction() as tx:
        return await store(tx, **named)
