"""Named SQL queries, loaded from the files in `sql/`."""

from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

import aiosql
from aiosql.adapters.asyncpg import AsyncPGAdapter

_FOLDER = Path(__file__).parent / "sql"

T = TypeVar("T")
Member = TypeVar("Member", bound=StrEnum)


class _OnConnections(AsyncPGAdapter):
    """Runs statements on connections alone.

    The library's own adapter looks at each call whether it was given a pool, which takes it longer than it
    takes PostgreSQL to find a row.
    """

    async def select(
        self, conn: Any, query_name: str, sql: str, parameters: Any, record_class: object = None
    ) -> AsyncGenerator[Any]:
        del record_class
        for row in await conn.fetch(sql, *self._ordered(query_name, parameters)):
            yield row

    async def select_one(
        self, conn: Any, query_name: str, sql: str, parameters: Any, record_class: object = None
    ) -> Any:
        del record_class
        return await conn.fetchrow(sql, *self._ordered(query_name, parameters))

    async def select_value(self, conn: Any, query_name: str, sql: str, parameters: Any) -> Any:
        return await conn.fetchval(sql, *self._ordered(query_name, parameters))

    async def insert_update_delete(self, conn: Any, query_name: str, sql: str, parameters: Any) -> str:
        return await conn.execute(sql, *self._ordered(query_name, parameters))

    def _ordered(self, query_name: str, parameters: Any) -> list[Any]:
        ours: Any = self  # the library has no types
        return ours.maybe_order_params(query_name, parameters)


def load(store: str) -> Any:
    """Return the queries of `sql/<store>.sql`, each as an async function `(connection, **parameters)`."""
    library: Any = aiosql
    return library.from_path(_FOLDER / f"{store}.sql", _OnConnections)


def storable(text: str | None) -> str | None:
    """Return a text from outside without what PostgreSQL and JSON cannot hold: NUL and lone surrogates."""
    return None if text is None else text.replace("\0", "").encode(errors="replace").decode()


def columns(value: Any) -> dict[str, Any]:
    """Return the fields of a slotted dataclass, not copied: `asdict` takes a sixth of a job's time."""
    return {name: getattr(value, name) for name in value.__slots__}


def members_of(kind: type[Member]) -> Mapping[str, Member]:
    """Return the members of an enumeration by their values: to call it takes four times as long."""
    return {member.value: member for member in kind}


def maker(kind: type[T]) -> Callable[[Iterable[Any]], T]:
    """Return what makes values of a frozen, slotted dataclass from their fields, in the class's order.

    The class's own constructor has each field set by name, which takes twice as long; a page of jobs has
    more than a thousand fields.
    """
    slotted: Any = kind
    setters: list[Any] = [getattr(kind, name).__set__ for name in slotted.__slots__]

    def make(values: Iterable[Any]) -> T:
        made = object.__new__(kind)
        for set_field, value in zip(setters, values, strict=True):
            set_field(made, value)
        return made

    return make
