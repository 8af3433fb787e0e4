"""Opaque marks of where a page of a list ended."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol, TypeVar
from uuid import UUID

from rushes.errors import FieldProblem, InvalidFields


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """The next page begins after what was created at `time` and has this id."""

    time: datetime
    id: UUID


class Listed(Protocol):
    """What stands in a list, newest first."""

    @property
    def id(self) -> UUID:
        """Its own."""
        ...

    @property
    def created_at(self) -> datetime:
        """What the list is in the order of, backwards."""
        ...


T = TypeVar("T", bound=Listed)


START = Cursor(time=datetime(9999, 1, 1, tzinfo=UTC), id=UUID(int=2**128 - 1))
"""Before the newest that can be."""


def cursor_after(last: Listed) -> str:
    """Return the mark of the page that begins after the last of another."""
    return cursor_at(last.created_at, last.id)


def cursor_at(created_at: datetime, id_: UUID) -> str:
    """Return what `cursor_after` does of a row."""
    text = f"{created_at.astimezone(UTC).isoformat()} {id_}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(text: str | None) -> Cursor:
    """Return what `cursor_after` wrote; the start of the list for `None`.

    Raises:
        InvalidFields: It did not write this.
    """
    if text is None:
        return START
    try:
        decoded = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
        time, _, id_ = decoded.partition(" ")
        return Cursor(time=datetime.fromisoformat(time).astimezone(UTC), id=UUID(id_))
    except (binascii.Error, ValueError, OverflowError) as error:
        problem = FieldProblem(field="cursor", message="Use the next_cursor of an earlier answer.")
        raise InvalidFields(fields=(problem,)) from error


def cut_page(found: Sequence[T], *, limit: int) -> tuple[Sequence[T], str | None]:
    """Return the first `limit` of what was found, and the mark of the next page if there is more."""
    page = found[:limit]
    return page, cursor_after(page[-1]) if len(found) > limit else None
