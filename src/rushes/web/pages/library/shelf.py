"""What of a library its page is asked for, and the addresses that ask for something else."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from rushes.db import library
from rushes.db.library import LibraryFilter
from rushes.db.pool import Tx
from rushes.domain.ids import UserId
from rushes.domain.library import LibraryEntry
from rushes.domain.media import MediaKind
from rushes.web.api.cursors import cursor_after, cut_page, read_cursor
from rushes.web.api.job_filters import CursorText
from rushes.web.api.wording import Text

PATH = "/library"
PAGE_ENTRIES = 20
Density = Literal["comfortable", "compact"]
Kind = Literal["video", "image"]

_KINDS = (MediaKind.VIDEO, MediaKind.IMAGE)


class ShelfQuery(BaseModel):
    """The conditions of a library's page, and where in the list it begins."""

    model_config = ConfigDict(frozen=True)

    type: Kind | None = None
    model: Annotated[Text, Field(min_length=1, max_length=63)] | None = None
    starred: Literal["true"] | None = None
    project: UUID | None = None
    cursor: CursorText = None

    @property
    def kinds(self) -> tuple[MediaKind, ...]:
        """Films, pictures, or both."""
        return _KINDS if self.type is None else (MediaKind(self.type),)

    @property
    def has_conditions(self) -> bool:
        """Whether not all that is kept is asked for."""
        return bool(self.model_dump(exclude_none=True, exclude={"cursor"}))

    def filter(self) -> LibraryFilter:
        """Return what the store takes."""
        return LibraryFilter(
            starred=None if self.starred is None else True, project_id=self.project, model=self.model
        )

    def href(self, **changes: Any) -> str:
        """Return the address of the page with some conditions changed, from its beginning on."""
        asked = self.model_dump(exclude={"cursor"}) | changes
        query = urlencode({name: value for name, value in asked.items() if value is not None})
        return f"{PATH}?{query}" if query else PATH


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A page of a library; the addresses of its neighbours are `None` where there is none."""

    entries: tuple[LibraryEntry, ...]
    newer: str | None
    older: str | None


async def read_shelf(tx: Tx, query: ShelfQuery, *, user_id: UserId) -> Shelf:
    """Return a page of the viewer's library, films and pictures together, newest first.

    Raises:
        InvalidFields: The cursor is none.
    """
    start = read_cursor(query.cursor)
    found = [
        entry
        for kind in query.kinds
        for entry in await library.list_entries(
            tx,
            kind,
            query.filter(),
            user_id=user_id,
            before_time=start.time,
            before_id=start.id,
            count=PAGE_ENTRIES + 1,
        )
    ]
    found.sort(key=lambda entry: (entry.created_at, entry.id), reverse=True)
    page, next_cursor = cut_page(found, limit=PAGE_ENTRIES)
    return Shelf(
        entries=tuple(page),
        newer=await _find_newer(tx, query, page[0], user_id=user_id) if query.cursor and page else None,
        older=next_cursor and query.href(cursor=next_cursor),
    )


async def _find_newer(tx: Tx, query: ShelfQuery, first: LibraryEntry, *, user_id: UserId) -> str | None:
    """Return the address of the page that ends before an entry."""
    newer = await library.list_newer(
        tx,
        query.kinds,
        query.filter(),
        user_id=user_id,
        after_time=first.created_at,
        after_id=first.id,
        count=PAGE_ENTRIES + 1,
    )
    if not newer:
        return None
    # One more than a page: the page of those begins after it. Fewer are the first page.
    is_first = len(newer) <= PAGE_ENTRIES
    return query.href(cursor=None if is_first else cursor_after(newer[-1]))
